"""Choosing a model, and what a conversation tells it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import FloatRect, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation, plant_provider
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp
from webchat.providers.health import FAILURES_TO_OPEN

OTHER = conversation("Another talk", "reasoning", ["Hi", "Hello there"])
FAILING = conversation("Never answered", "error-500", age=timedelta(days=1), provider="Tired")


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [OTHER, FAILING]


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The defaults of Settings are changed here."""
    return own_app


async def told(chat: ChatPage) -> dict[str, Any]:
    """What the upstream was told for the last answer, of the model `parameters`."""
    await chat.has_status("complete")
    found: dict[str, Any] = json.loads(await chat.stored_text())
    return found


async def open_settings(chat: ChatPage) -> None:
    await chat.page.goto(f"{chat.url}/settings")
    await expect(chat.page.get_by_test_id("defaults-save")).to_be_visible()


async def test_the_list_is_searched_by_words(chat: ChatPage, page: Page) -> None:
    await chat.open()
    await chat.picker.click()
    options = page.get_by_test_id("model-option")
    await expect(page.get_by_test_id("model-search")).to_be_focused()
    await expect(options.nth(20)).to_be_attached()
    await page.keyboard.type("loop MARK")

    await expect(options).to_have_count(1)
    await expect(options).to_have_attribute("data-model", "Loop:markdown")
    await page.keyboard.type("nothing like this")
    await expect(options).to_have_count(0)
    await expect(page.get_by_role("listbox")).to_contain_text("No models match")
    await page.mouse.click(600, 600)
    await expect(page.get_by_role("listbox")).to_be_hidden()


async def test_a_model_is_chosen_with_the_keyboard_alone(chat: ChatPage, page: Page) -> None:
    await chat.open()
    before = await chat.picker.inner_text()
    await chat.picker.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("loop stream")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("listbox")).to_be_hidden()
    await expect(chat.picker).to_be_focused()
    await expect(chat.picker).to_have_text(before)
    await page.keyboard.press("Enter")
    await page.keyboard.type("error-midstream")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Enter")

    await expect(chat.picker).to_have_text("error-midstream")
    await expect(chat.composer).to_be_focused()
    await chat.picker.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(chat.picker).not_to_have_text("error-midstream")


async def test_the_highlight_stays_on_its_model_when_others_come_before_it(
    chat: ChatPage, page: Page
) -> None:
    await chat.open()
    await chat.picker.click()
    await page.get_by_test_id("model-search").press("ArrowDown")
    highlighted = page.locator('[data-testid="model-option"][data-active="true"]')
    model = await highlighted.get_attribute("data-model")
    assert model is not None
    used = page.get_by_role("group", name="Recently used").get_by_test_id("model-option")
    other = ChatPage(await page.context.new_page(), chat.url)
    await other.open()
    await other.ask("Used last", "echo")
    await other.has_status("complete")

    await expect(used.first).to_have_attribute("data-model", "Loop:echo")
    await expect(highlighted).to_have_attribute("data-model", model)


async def test_the_choice_is_kept_for_the_conversation_and_for_the_next_new_one(
    chat: ChatPage, page: Page
) -> None:
    await chat.open()
    await chat.ask("Hello", model="echo")
    await chat.has_address()
    await chat.choose("length")
    await page.reload()
    await expect(chat.picker).to_have_text("length")
    await chat.ask("Once more")
    await expect(chat.answer.get_by_test_id("message-note")).to_contain_text("cut off at the length limit")
    await page.get_by_test_id("new-chat").click()
    await expect(chat.messages).to_have_count(0)

    await expect(chat.picker).to_have_text("length")
    await chat.sidebar.filter(has_text=OTHER.title).click()
    await expect(chat.picker).to_have_text("reasoning")


async def test_system_prompt_and_temperature_reach_the_model(chat: ChatPage, page: Page) -> None:
    await chat.open()
    await chat.choose("parameters")
    await page.get_by_test_id("conversation-settings").click()
    await page.get_by_test_id("system-prompt").fill("You are a pirate. Привет!")
    await page.get_by_test_id("temperature").fill("0,3")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("system-prompt")).to_be_hidden()
    await chat.ask("Hello")

    request = await told(chat)
    assert request["model"] == "parameters"
    assert request["temperature"] == 0.3
    assert request["messages"] == [
        {"role": "system", "content": "You are a pirate. Привет!"},
        {"role": "user", "content": "Hello"},
    ]
    await chat.has_address()
    await page.reload()
    await page.get_by_test_id("conversation-settings").click()
    await expect(page.get_by_test_id("system-prompt")).to_have_value("You are a pirate. Привет!")
    await expect(page.get_by_test_id("temperature")).to_have_value("0.3")
    await page.get_by_test_id("system-prompt").fill("You are a nurse.")
    await page.get_by_test_id("temperature").fill("")
    await chat.composer.click()
    await expect(page.get_by_test_id("system-prompt")).to_be_hidden()
    await chat.ask("And now?")
    request = await told(chat)
    assert "temperature" not in request
    assert request["messages"][0]["content"] == "You are a nurse."
    assert [message["content"] for message in request["messages"][1:4:2]] == ["Hello", "And now?"]


@pytest.mark.parametrize("refused", ["7", "warm"])
async def test_what_is_no_temperature_is_refused(chat: ChatPage, page: Page, refused: str) -> None:
    await chat.open(OTHER.path)
    await page.get_by_test_id("conversation-settings").click()
    await page.get_by_test_id("temperature").fill(refused)
    await page.keyboard.press("Tab")

    field, problem = page.get_by_test_id("temperature"), page.get_by_test_id("temperature-problem")
    await expect(problem).to_contain_text("from 0 to 2")
    await expect(field).to_have_value(refused)
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(field).to_have_attribute("aria-describedby", str(await problem.get_attribute("id")))
    await field.fill("")
    await page.keyboard.press("Tab")
    await expect(problem).to_be_hidden()
    await expect(field).to_have_attribute("aria-invalid", "false")


async def test_the_defaults_of_settings_are_what_a_new_conversation_begins_with(
    chat: ChatPage, page: Page
) -> None:
    await open_settings(chat)
    await page.get_by_test_id("default-system-prompt").fill("Answer in rhymes.")
    await page.get_by_test_id("default-temperature").fill("1.5")
    await page.get_by_test_id("defaults-save").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("Saved")
    picker = page.get_by_test_id("default-model").get_by_test_id("model-picker")
    await picker.click()
    await page.get_by_test_id("model-search").fill("loop:parameters")
    await page.get_by_test_id("model-option").click()
    await expect(picker).to_contain_text("parameters")
    await page.reload()
    await expect(page.get_by_test_id("default-system-prompt")).to_have_value("Answer in rhymes.")
    await expect(page.get_by_test_id("default-temperature")).to_have_value("1.5")
    await expect(picker).to_contain_text("parameters")

    await chat.open()
    await expect(chat.picker).to_have_text("parameters")
    await chat.ask("Hello")
    request = await told(chat)
    assert request["temperature"] == 1.5
    assert request["messages"][0] == {"role": "system", "content": "Answer in rhymes."}
    await chat.ask("Now this", model="echo")
    await page.get_by_test_id("new-chat").click()
    await expect(chat.picker).to_have_text("parameters")

    await open_settings(chat)
    await page.get_by_test_id("default-temperature").fill("3")
    await page.get_by_test_id("default-temperature").evaluate("field => field.removeAttribute('max')")
    await page.get_by_test_id("defaults-save").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("from 0 to 2")


async def test_models_are_grouped_starred_and_remembered(chat: ChatPage, page: Page) -> None:
    await chat.open()
    await chat.choose("length")
    await chat.ask("Hello")
    await chat.picker.click()
    recent = page.get_by_role("group", name="Recently used")
    await expect(recent.locator('[data-model="Loop:length"]')).to_be_visible()
    await expect(page.get_by_role("group", name="Loop", exact=True)).to_be_visible()
    await page.keyboard.type("markdown")
    await page.keyboard.press("Alt+Enter")
    star = page.locator('[data-model="Loop:markdown"]').get_by_test_id("model-star")
    await expect(star).to_have_attribute("data-starred", "true")
    await page.get_by_test_id("model-search").fill("")
    favourites = page.get_by_role("group", name="Favourites")
    await expect(favourites.get_by_test_id("model-option")).to_have_count(1)
    await page.keyboard.press("Escape")

    await page.goto(f"{chat.url}/settings")
    picker = page.get_by_test_id("default-model").get_by_test_id("model-picker")
    await expect(picker).not_to_have_text("Choose a model")
    await picker.click()
    await favourites.get_by_test_id("model-star").click()
    await expect(favourites).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("listbox")).to_be_hidden()


async def test_the_list_says_what_a_model_can_and_which_provider_is_paused(
    chat: ChatPage, page: Page, app: RunningApp, upstream: Upstream
) -> None:
    await plant_provider(app.data_dir, "Tired", upstream.url)
    await chat.open(FAILING.path)
    await chat.picker.click()
    search = page.get_by_test_id("model-search")
    options = page.get_by_test_id("model-option")
    echo = page.locator('[data-model="Tired:echo"]')
    await search.fill("Tired")
    await expect(echo).to_be_visible(timeout=30_000)  # until the next round over the providers
    await expect(page.locator('[data-model="Tired:sees"]')).to_contain_text("sees pictures")
    await expect(page.locator('[data-model="Tired:reasoning"]')).to_contain_text("131k context")
    await expect(options.filter(has_text="Paused")).to_have_count(0)
    await page.keyboard.press("Escape")
    for number in range(FAILURES_TO_OPEN):
        await chat.ask(f"Question {number}")
        await expect(chat.error_card).to_be_visible()

    await chat.picker.click()
    await search.fill("Tired")
    await expect(echo).to_contain_text("Paused")
    await search.fill("Loop:echo")
    await expect(page.locator('[data-model="Loop:echo"]')).not_to_contain_text("Paused")


def overlap(one: FloatRect | None, other: FloatRect | None) -> bool:
    assert one is not None
    assert other is not None
    across = one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
    down = one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]
    return across and down


async def test_a_changed_prompt_is_confirmed_beside_its_field(chat: ChatPage, page: Page) -> None:
    notice, details = page.get_by_test_id("notice"), page.get_by_test_id("conversation-settings")
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 844})
        await chat.open(OTHER.path)
        await details.click()
        prompt = page.get_by_test_id("system-prompt")
        await prompt.focus()
        await page.keyboard.press("Tab")  # left as it was
        await prompt.fill(f"Be brief, at {width}.")
        await page.keyboard.press("Tab")
        await expect(notice).to_have_text("The system prompt was saved.")
        await expect(notice).to_have_role("status")
        await expect(page.get_by_test_id("temperature")).to_be_focused()
        await page.keyboard.type("0.4")
        await page.keyboard.press("Tab")
        await expect(notice).to_have_text("The temperature was saved.")
        for field in (prompt, page.get_by_test_id("temperature"), details):
            assert not overlap(await notice.bounding_box(), await field.bounding_box()), width
        await page.get_by_test_id("temperature").fill("")
        await page.keyboard.press("Tab")
