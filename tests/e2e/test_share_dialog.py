"""Sharing as a person does it: choose, make a link, read it elsewhere, change it, take it back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.axe import violations_in_both_schemes
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.socket_gate import SocketGate
from tests.running_app import RunningApp

KEY = "sk-canary-0123456789abcdef"
MAIL = "ann@example.org"
SHARED = conversation(
    "A talk to be shared",
    turns=[
        f"My key is {KEY}, is it safe?",
        "Keep it **to yourself**.",
        "Something private",
        f"Write to {MAIL} about it.",
        "A last question",
        "A last answer",
    ],
)
UPDATED = conversation("A talk that goes on", turns=["The first question", "The first answer"])
PROTECTED = conversation("A talk behind a passphrase", turns=["Who goes there?", "A friend"])
REVOKED = conversation("A talk taken back", turns=["Shall I?", "Better not"])
DELETED = conversation("A talk deleted", turns=["Forget this", "Forgotten"])
PLAIN = conversation("Nothing secret here", turns=["What is two and two?", "Four"])


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [SHARED, UPDATED, PROTECTED, REVOKED, DELETED, PLAIN]


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The settings list every link there is."""
    return own_app


class Dialog:
    """The Share dialog over the chat page."""

    def __init__(self, chat: ChatPage) -> None:
        self.chat = chat
        self.page = chat.page
        self.box = chat.page.get_by_test_id("share-dialog")
        self.button = chat.page.get_by_test_id("share-open")
        self.messages = chat.page.get_by_test_id("share-message")
        self.secrets = chat.page.get_by_test_id("share-secret")
        self.problem = chat.page.get_by_test_id("share-problem")
        self.address = chat.page.get_by_test_id("share-link")

    def get(self, name: str) -> Locator:
        return self.page.get_by_test_id(f"share-{name}")

    async def open(self, planted: Planted) -> None:
        await self.chat.open(planted.path)
        await self.button.click()
        await expect(self.messages).to_have_count(len(planted.turns))

    async def publish(self) -> str:
        """Make the link and return its address."""
        await self.get("publish").click()
        return await self.made()

    async def made(self) -> str:
        await expect(self.address).to_have_value(re.compile(r"/share/[\w-]{43}$"))
        return await self.address.input_value()

    async def again(self) -> None:
        await self.get("again").click()
        await expect(self.messages.first).to_be_visible()


@pytest.fixture
def dialog(chat: ChatPage) -> Dialog:
    return Dialog(chat)


@asynccontextmanager
async def reader(browser: Browser, *, scripts: bool = False, **options: Any) -> AsyncIterator[Page]:
    """Somebody else's browser."""
    context = await browser.new_context(java_script_enabled=scripts, **options)
    yield await context.new_page()
    await context.close()


async def status(page: Page, address: str) -> int:
    response = await page.goto(address)
    assert response is not None
    return response.status


async def test_a_reader_sees_what_was_chosen_and_nothing_else(dialog: Dialog, browser: Browser) -> None:
    await dialog.open(SHARED)
    await expect(dialog.secrets).to_have_count(2)
    await dialog.secrets.first.get_by_test_id("share-secret-toggle").click()
    await expect(dialog.get("readable")).to_have_text("1 possible secret will be visible")
    await dialog.messages.nth(2).get_by_test_id("share-include").click()
    await expect(dialog.messages.nth(2).get_by_test_id("share-include")).not_to_be_checked()
    await dialog.messages.nth(3).get_by_test_id("share-end").click()
    await expect(dialog.messages.nth(4)).to_have_attribute("data-beyond", "true")
    await dialog.get("title").fill("What became of it")
    address = await dialog.publish()
    await expect(dialog.get("qr")).to_be_visible()
    await expect(dialog.get("local")).to_be_visible()
    await expect(dialog.get("copy")).to_have_text("Copied")

    for scripts in (False, True):
        async with reader(browser, scripts=scripts) as page:
            assert await status(page, address) == 200
            await expect(page.get_by_role("heading", level=1)).to_have_text("What became of it")
            await expect(page.get_by_role("article")).to_have_count(3)
            words = await page.locator("body").inner_text()
            assert "My key is [redacted], is it safe?" in words
            assert f"Write to {MAIL} about it." in words
            await expect(page.locator("article strong")).to_have_text("to yourself")
            source = await page.content()
        for absent in (KEY, "Something private", "A last question", "A last answer", SHARED.title):
            assert absent not in source


async def test_an_update_is_seen_by_who_has_the_link_and_keeps_what_was_left_out(
    dialog: Dialog, browser: Browser
) -> None:
    await dialog.open(UPDATED)
    await dialog.messages.first.get_by_test_id("share-redact").click()
    await expect(dialog.messages.first).to_contain_text("Redacted")
    address = await dialog.publish()
    await dialog.get("done").click()
    await expect(dialog.box).to_be_hidden()
    await dialog.chat.ask("The second question", model="echo")

    async with reader(browser) as page:
        await page.goto(address)
        await expect(page.get_by_role("article")).to_have_count(2)
        await expect(page.locator("body")).not_to_contain_text("second question")
        await dialog.button.click()
        await expect(dialog.messages).to_have_count(4)
        await expect(dialog.messages.first).to_contain_text("Redacted")
        await dialog.get("title").fill("It went on")
        await dialog.get("update").click()
        assert await dialog.made() == address
        await page.reload()
        await expect(page.get_by_role("article")).to_have_count(4)
        await expect(page.get_by_role("heading", level=1)).to_have_text("It went on")
        await expect(page.locator("body")).not_to_contain_text("The first question")


async def test_what_was_typed_stays_when_it_cannot_be(dialog: Dialog, browser: Browser) -> None:
    await dialog.open(PROTECTED)
    await dialog.get("title").fill("Who goes there")
    await dialog.get("passphrase").fill("short")
    await dialog.get("publish").click()
    await expect(dialog.problem).to_contain_text("6 to 200 characters")
    await expect(dialog.get("title")).to_have_value("Who goes there")
    await expect(dialog.get("passphrase")).to_have_value("short")
    await dialog.get("passphrase").fill("open sesame")
    await dialog.get("may-continue").check()
    await dialog.get("expiry").select_option("day")
    address = await dialog.publish()

    async with reader(browser) as page:
        await page.goto(address)
        await expect(page.locator("body")).not_to_contain_text("A friend")
        await page.get_by_label("Passphrase").fill("open sesame")
        await page.get_by_role("button").click()
        await expect(page.locator("body")).to_contain_text("A friend")
        await page.get_by_role("button", name="Continue in webchat").click()
        await page.wait_for_url("**/c/*")


async def test_the_dialog_keeps_the_focus_and_gives_it_back(dialog: Dialog) -> None:
    await dialog.open(PLAIN)
    await expect(dialog.secrets).to_have_count(0)
    await dialog.get("title").focus()
    for _ in range(25):
        await dialog.page.keyboard.press("Tab")
        assert await dialog.page.evaluate("document.activeElement.matches('body, dialog, dialog *')")
    await dialog.get("title").focus()
    await dialog.page.keyboard.press("Escape")
    await expect(dialog.box).to_be_hidden()
    await expect(dialog.button).to_be_focused()
    await dialog.button.click()
    await expect(dialog.messages).to_have_count(2)
    await dialog.page.mouse.click(5, 5)
    await expect(dialog.box).to_be_hidden()
    await dialog.button.click()
    await expect(dialog.messages).to_have_count(2)
    await dialog.page.keyboard.press("Control+Shift+O")  # shortcuts do nothing behind a dialog
    await expect(dialog.box).to_be_visible()
    await dialog.page.get_by_test_id("new-chat").evaluate("link => link.click()")
    await dialog.page.wait_for_url(f"{dialog.chat.url}/")
    await dialog.chat.sidebar.filter(has_text=PLAIN.title).click()
    await expect(dialog.chat.messages).to_have_count(2)
    await expect(dialog.box).to_be_hidden()
    await dialog.button.click()
    await expect(dialog.messages).to_have_count(2)
    await dialog.page.reload()
    await expect(dialog.button).to_be_enabled()
    await expect(dialog.box).to_be_hidden()
    await dialog.button.click()
    await expect(dialog.messages).to_have_count(2)


async def test_a_dialog_opened_again_at_once_stays_open(dialog: Dialog) -> None:
    gate = SocketGate()
    await gate.attach(dialog.page)
    await dialog.open(PLAIN)
    await dialog.publish()
    gate.close()
    await dialog.get("done").click()
    await dialog.button.evaluate("button => button.click()")
    gate.open()
    await expect(dialog.messages).to_have_count(2)
    await dialog.messages.first.get_by_test_id("share-redact").click()

    await expect(dialog.messages.first).to_contain_text("Redacted")
    await expect(dialog.box).to_be_visible()


async def test_there_is_no_button_where_there_is_nothing_to_share(dialog: Dialog) -> None:
    await dialog.chat.open("/")

    await expect(dialog.button).to_be_hidden()


async def test_a_link_is_changed_and_taken_back_in_the_settings(
    dialog: Dialog, browser: Browser, chat: ChatPage
) -> None:
    await dialog.open(REVOKED)
    address = await dialog.publish()
    await chat.page.goto(f"{chat.url}/settings/sharing")
    row = chat.page.get_by_test_id("link-row").filter(has_text=REVOKED.title)
    await expect(row).to_contain_text("2 messages")
    await row.get_by_test_id("link-expiry").select_option("never")
    await expect(row).to_contain_text("never expires")
    await row.get_by_test_id("link-passphrase").click()
    await row.get_by_test_id("link-passphrase-field").fill("open sesame")
    await row.get_by_test_id("link-passphrase-save").click()
    await expect(row.get_by_test_id("link-passphrase")).to_have_text("Change passphrase")

    async with reader(browser) as page:
        await page.goto(address)
        await expect(page.get_by_label("Passphrase")).to_be_visible()
        await row.get_by_test_id("link-revoke").click()
        await expect(row).to_contain_text("Delete this link?")
        assert await status(page, address) == 200
        await row.get_by_test_id("link-revoke-confirm").click()
        await expect(row).to_have_count(0)
        assert await status(page, address) == 404


async def test_a_deletion_says_that_links_go_with_it_and_undo_brings_them_back(
    dialog: Dialog, browser: Browser, chat: ChatPage
) -> None:
    await dialog.open(DELETED)
    address = await dialog.publish()
    await dialog.again()
    await dialog.publish()
    await chat.page.goto(f"{chat.url}/history")
    item = chat.page.locator(f'[data-testid="history-item"][data-id="{DELETED.id}"]')
    await item.get_by_test_id("history-delete").click()
    await expect(chat.page.get_by_test_id("undo-bar")).to_contain_text(
        f"“{DELETED.title}” was deleted with its 2 shared links. Undo restores them."
    )

    async with reader(browser) as page:
        assert await status(page, address) == 404
        await chat.page.get_by_test_id("undo").click()
        await expect(item).to_be_visible()
        assert await status(page, address) == 200


async def test_everybody_can_use_it(dialog: Dialog, app: RunningApp) -> None:
    await dialog.open(SHARED)
    assert await violations_in_both_schemes(dialog.page) == []
    await dialog.publish()
    assert await violations_in_both_schemes(dialog.page) == []
    await dialog.page.goto(f"{app.url}/settings/sharing")
    await expect(dialog.page.get_by_test_id("link-row").first).to_be_visible()
    assert await violations_in_both_schemes(dialog.page) == []
