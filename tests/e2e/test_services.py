"""The five free services in the chat page, and Settings that say how each has done and put them in order."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Locator, Page, Position, expect

from tests.e2e.chat_page import ChatPage
from tests.running_app import RunningApp, free_port
from tests.upstreams.services import ServiceUrls, services_process
from webchat.providers.registry import FREE_SERVICES

MODELS = {service.kind: service().models[0] for service in FREE_SERVICES}
ORDER = ["Guide", *MODELS]
QUOTA_WORDS = "当前地区当日额度已消耗完"


@pytest.fixture(scope="module")
def services(chromium: str) -> Iterator[ServiceUrls]:
    with services_process() as services:
        yield services


@pytest.fixture(scope="module")
def app(built: None, services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """One webchat that finds the five services by its environment."""
    with RunningApp(tmp_path_factory.mktemp("services") / "data", services.environment()) as running:
        yield running


@pytest.fixture(autouse=True)
def _well(services: ServiceUrls) -> Iterator[None]:
    """Every test leaves the services well."""
    yield
    services.call("POST", "fault", name="")
    services.call("POST", "forget")


class SettingsPage:
    """The list of providers in Settings."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.items = page.get_by_test_id("provider-item")

    async def open(self) -> None:
        await self.page.goto(f"{self.url}/settings/models")
        await expect(self.items).to_have_count(len(ORDER))

    def item(self, name: str) -> Locator:
        return self.page.locator(f'[data-testid="provider-item"][data-name="{name}"]')

    def handle(self, name: str) -> Locator:
        return self.item(name).get_by_test_id("provider-move")

    def health(self, name: str) -> Locator:
        return self.item(name).get_by_test_id("provider-health")

    async def has_order(self, *names: str) -> None:
        for place, name in enumerate(names):
            await expect(self.items.nth(place)).to_have_attribute("data-name", name)

    async def test_says(self, name: str, state: str, words: str | re.Pattern[str]) -> None:
        result = self.item(name).get_by_test_id("provider-test-result")
        await expect(result).to_have_attribute("data-state", state)
        await expect(result).to_contain_text(words)

    async def switch(self, name: str, on: bool) -> None:
        switch = self.item(name).get_by_test_id("provider-enabled")
        await switch.click()
        await expect(switch).to_have_attribute("aria-checked", "true" if on else "false")

    async def set_address(self, name: str, address: str) -> None:
        await self.item(name).get_by_test_id("provider-edit").click()
        await self.page.get_by_test_id("provider-url").fill(address)
        await self.page.get_by_test_id("provider-save").click()


@pytest.fixture
def settings(page: Page, app: RunningApp) -> SettingsPage:
    return SettingsPage(page, app.url)


async def choose_auto(chat: ChatPage) -> None:
    await chat.picker.click()
    await chat.page.locator('[data-testid="model-option"][data-model="Auto:auto"]').click()
    await expect(chat.picker).to_have_text("auto")


def note(chat: ChatPage) -> Locator:
    return chat.answer.get_by_test_id("message-note")


# Answers.


@pytest.mark.parametrize("service", MODELS)
async def test_an_answer_from_each(chat: ChatPage, service: str) -> None:
    await chat.open()
    await chat.choose(MODELS[service], provider=service)
    await chat.ask("Grüße 👋")

    await chat.has_status("complete")
    await expect(chat.text).to_have_text(re.compile(rf"^{service} .*heard: .*Grüße 👋"))
    await expect(note(chat)).to_contain_text(MODELS[service])


@pytest.mark.parametrize("service", ["ChatgptFree", "ChatGptt"])
async def test_a_stale_nonce_is_healed_unseen(chat: ChatPage, services: ServiceUrls, service: str) -> None:
    await chat.open()
    await chat.choose(MODELS[service], provider=service)
    await chat.ask("First")
    services.call("POST", "forget")
    services.call("POST", "expire", service=service)
    await chat.ask("Second")

    await chat.has_status("complete")
    await expect(chat.text).to_contain_text(f"{service} heard:")
    seen = services.call("GET", "requests", service=service)[service]
    assert [each["refused"] for each in seen] == ["nonce", None, None]
    await note(chat).click()
    await expect(chat.page.get_by_test_id("attempt")).to_have_count(1)


async def test_a_quota_falls_over_to_the_next_and_the_message_says_so(
    chat: ChatPage, services: ServiceUrls, settings: SettingsPage
) -> None:
    services.set_fault("FreeGpt", "quota-suffix")
    services.set_fault("AIChatFree", "quota-in-200")
    await chat.open()
    await choose_auto(chat)
    await chat.ask("Hello")

    await chat.has_status("complete")
    await expect(chat.text).to_have_text(re.compile("^ChatgptFree heard: "))
    await expect(note(chat)).to_contain_text(MODELS["ChatgptFree"])
    await expect(note(chat)).to_have_attribute("aria-expanded", "false")
    await note(chat).click()
    attempts = chat.page.get_by_test_id("attempt")
    await expect(attempts).to_have_count(3)
    for place, words in enumerate(
        [
            ["FreeGpt", MODELS["FreeGpt"], "failed", "quota", QUOTA_WORDS],
            ["AIChatFree", MODELS["AIChatFree"], "failed", "quota", QUOTA_WORDS],
            ["ChatgptFree", MODELS["ChatgptFree"], "answered in", "first text after"],
        ]
    ):
        for part in words:
            await expect(attempts.nth(place)).to_contain_text(part)
    await chat.has_address()
    await chat.page.reload()
    await expect(attempts).to_have_count(3)
    await note(chat).click()
    await expect(attempts).to_have_count(0)

    await settings.open()
    failing, healthy = settings.health("FreeGpt"), settings.health("ChatgptFree")
    await expect(failing).to_have_attribute("data-condition", "failing")
    for part in (
        "Failing",
        "success in the last",
        "Last failure just now: FreeGpt's free quota is used up",
        QUOTA_WORDS,
    ):
        await expect(failing).to_contain_text(part)
    await expect(healthy).to_have_attribute("data-condition", "healthy")
    for part in ("Healthy", "100% success in the last", "first text after", "last success just now"):
        await expect(healthy).to_contain_text(part)
    await expect(settings.health("Guide")).to_have_count(0)


async def test_a_cut_in_mid_answer_is_continued_with_another(chat: ChatPage, services: ServiceUrls) -> None:
    services.set_fault("FreeGpt", "cut-after", times=1)
    await chat.open()
    await chat.choose(MODELS["FreeGpt"], provider="FreeGpt")
    await chat.ask("Tell me a story")

    await chat.has_status("error")
    await expect(chat.text).to_have_text("The beginning of")
    await expect(chat.error_card).to_contain_text("What arrived is saved")
    await note(chat).click()
    attempts = chat.page.get_by_test_id("attempt")
    await expect(attempts).to_have_count(1)
    await chat.page.get_by_test_id("continue-with").click()
    wanted = f"ChatGptt:{MODELS['ChatGptt']}"
    await chat.page.locator(f'[data-testid="model-option"][data-model="{wanted}"]').click()

    await chat.has_status("complete")
    await expect(chat.text).to_have_text(re.compile("^The beginning of ChatGptt heard: "))
    await expect(chat.text).to_contain_text("Tell me a story")
    await expect(chat.error_card).to_have_count(0)
    await expect(note(chat)).to_contain_text(MODELS["ChatGptt"])
    await expect(attempts).to_have_count(2)
    await expect(attempts.nth(0)).to_contain_text("FreeGpt")
    await expect(attempts.nth(1)).to_contain_text("ChatGptt")


async def test_a_cut_in_mid_answer_is_started_over(chat: ChatPage, services: ServiceUrls) -> None:
    services.set_fault("FreeGpt", "cut-after", times=1)
    await chat.open()
    await chat.choose(MODELS["FreeGpt"], provider="FreeGpt")
    await chat.ask("Tell me a story")
    await chat.has_status("error")
    retry = chat.page.get_by_test_id("retry")
    await expect(retry).to_have_text("Start over")
    await retry.click()

    await chat.has_status("complete")
    await expect(chat.text).to_have_text("FreeGpt heard: Tell me a story")
    await expect(chat.answer.get_by_test_id("branch-place")).to_have_text("2/2")
    await chat.answer.get_by_test_id("branch-previous").click()
    await expect(chat.text).to_have_text("The beginning of")


# Settings.


async def test_the_test_button_asks_the_service(settings: SettingsPage, services: ServiceUrls) -> None:
    await settings.open()
    await settings.item("FlowGpt").get_by_test_id("provider-test").click()
    await settings.test_says("FlowGpt", "passed", re.compile(r"^\S+ answered in (\d+ ms|\d+\.\d s)\.$"))
    services.set_fault("FlowGpt", "challenge-403")
    await settings.item("FlowGpt").get_by_test_id("provider-test").click()

    await settings.test_says("FlowGpt", "failed", "Just a moment")


async def test_one_that_is_switched_off_is_asked_by_nobody(settings: SettingsPage, chat: ChatPage) -> None:
    await settings.open()
    await settings.switch("FreeGpt", on=False)
    await chat.open()
    await chat.picker.click()
    await expect(chat.page.locator('[data-testid="model-option"][data-model^="FreeGpt:"]')).to_have_count(0)
    await chat.page.keyboard.press("Escape")
    await choose_auto(chat)
    await chat.ask("Hello")
    await expect(chat.text).to_have_text(re.compile("^AIChatFree heard: "))

    await settings.open()
    await settings.switch("FreeGpt", on=True)


async def test_the_order_is_changed_with_the_keyboard(settings: SettingsPage, chat: ChatPage) -> None:
    await settings.open()
    await settings.has_order(*ORDER)
    await settings.handle("FlowGpt").focus()
    for place in (4, 3, 2, 1, 0):
        await settings.page.keyboard.press("ArrowUp")
        await expect(settings.items.nth(place)).to_have_attribute("data-name", "FlowGpt")
        await expect(settings.handle("FlowGpt")).to_be_focused()
    await settings.page.keyboard.press("ArrowUp")
    await settings.page.keyboard.press("ArrowDown")
    await settings.has_order("Guide", "FlowGpt", "FreeGpt")
    await chat.open()
    await choose_auto(chat)
    await chat.ask("Hello")
    await expect(chat.text).to_have_text(re.compile("^FlowGpt .*heard: Hello$"))

    await settings.open()
    await settings.has_order("Guide", "FlowGpt", "FreeGpt")
    await settings.handle("FlowGpt").focus()
    # As fast as keys are pressed: each press counts from where the one before has put it.
    for _ in range(4):
        await settings.page.keyboard.press("ArrowDown")
    await settings.has_order(*ORDER)
    await expect(settings.handle("FlowGpt")).to_be_focused()


async def test_the_order_is_changed_by_dragging(settings: SettingsPage) -> None:
    await settings.page.set_viewport_size({"width": 1280, "height": 2000})
    await settings.open()
    last = await settings.item("FlowGpt").bounding_box()
    assert last is not None
    bottom: Position = {"x": last["width"] / 2, "y": last["height"] - 4}
    await settings.handle("Guide").drag_to(settings.item("FlowGpt"), target_position=bottom)
    await settings.has_order(*MODELS, "Guide")
    await settings.page.reload()
    await settings.has_order(*MODELS, "Guide")

    top: Position = {"x": last["width"] / 2, "y": 4}
    await settings.handle("Guide").drag_to(settings.item("FreeGpt"), target_position=top)
    await settings.has_order(*ORDER)


async def test_the_order_is_changed_with_a_finger(settings: SettingsPage) -> None:
    await settings.page.set_viewport_size({"width": 390, "height": 2000})
    await settings.open()
    await settings.has_order(*ORDER)
    start = await settings.handle("Guide").bounding_box()
    goal = await settings.item("FlowGpt").bounding_box()
    assert start is not None
    assert goal is not None
    x, y, end = start["x"] + 8, start["y"] + 8, goal["y"] + goal["height"] - 4
    touch = await settings.page.context.new_cdp_session(settings.page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x, "y": (y + end) / 2}]),
        ("touchMove", [{"x": x, "y": end}]),
        ("touchEnd", []),
    ):
        await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    await settings.has_order(*MODELS, "Guide")

    await settings.handle("Guide").focus()
    for _ in MODELS:
        await settings.page.keyboard.press("ArrowUp")
    await settings.has_order(*ORDER)


async def test_escape_ends_dragging(settings: SettingsPage) -> None:
    await settings.page.set_viewport_size({"width": 1280, "height": 2000})
    await settings.open()
    await settings.has_order(*ORDER)
    await settings.handle("Guide").hover()
    await settings.page.mouse.down()
    await settings.item("FlowGpt").hover()
    await expect(settings.item("FlowGpt")).to_have_attribute("data-drop", re.compile("before|after"))
    await settings.page.keyboard.press("Escape")
    await expect(settings.item("FlowGpt")).not_to_have_attribute("data-drop", re.compile("."))
    await settings.page.mouse.up()

    await settings.page.reload()
    await settings.has_order(*ORDER)


async def test_an_address_applies_at_once(
    settings: SettingsPage, chat: ChatPage, services: ServiceUrls
) -> None:
    url = services.urls["FreeGpt"]
    await settings.open()
    await expect(settings.item("FreeGpt")).to_contain_text(url)
    await settings.set_address("FreeGpt", f"http://127.0.0.1:{free_port()}")
    await settings.test_says("FreeGpt", "failed", "cannot be reached")
    await chat.open()
    await chat.choose(MODELS["FreeGpt"], provider="FreeGpt")
    await chat.ask("Hello")
    await chat.has_status("error")
    await expect(chat.error_card).to_contain_text("FreeGpt cannot be reached")

    await settings.open()
    await settings.set_address("FreeGpt", f"http://127.0.0.1:{free_port()}, {url}/")
    await settings.test_says("FreeGpt", "passed", "answered in")
    await chat.open()
    await chat.choose(MODELS["FreeGpt"], provider="FreeGpt")
    await chat.ask("Hello again")
    await expect(chat.text).to_have_text("FreeGpt heard: Hello again")

    await settings.open()
    await settings.item("FreeGpt").get_by_test_id("provider-edit").click()
    address = settings.page.get_by_test_id("provider-url")
    await expect(address).not_to_have_value("")
    await address.fill("")
    await expect(address).to_have_attribute("placeholder", url)
    await settings.page.get_by_test_id("provider-save").click()
    await settings.test_says("FreeGpt", "passed", "answered in")
