"""The palette: conversations, commands and models, by keyboard."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation

ZEBRAS = conversation("Striped animals", "echo", ["Which animal has stripes?", "The okapi and the quagga."])
OLD = conversation("Recipe for borscht", "echo", ["How?", "Beetroot."], age=timedelta(days=2))


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [ZEBRAS, OLD]


@pytest.fixture
def items(page: Page) -> Locator:
    return page.get_by_test_id("palette-item")


async def open_palette(page: Page) -> None:
    await page.keyboard.press("Control+K")
    await expect(page.get_by_test_id("palette-search")).to_be_focused()


async def test_a_conversation_is_opened_by_its_title(chat: ChatPage, page: Page, items: Locator) -> None:
    await chat.open()
    await open_palette(page)
    await page.keyboard.type("borscht")
    await expect(items.first).to_contain_text("Recipe for borscht")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{OLD.path}")
    await expect(page.get_by_test_id("palette")).to_have_count(0)
    await expect(chat.text).to_have_text("Beetroot.")


async def test_a_message_is_found_and_opened(chat: ChatPage, page: Page, items: Locator) -> None:
    await chat.open()
    await open_palette(page)
    await page.keyboard.type("quagga")
    found = items.filter(has_text="The okapi and the quagga")
    await expect(found).to_be_visible()
    await found.click()
    await page.wait_for_url(f"**{ZEBRAS.path}?message=*")
    await expect(page.locator('[data-found="true"]')).to_contain_text("quagga")


async def test_focus_returns_when_it_is_closed(chat: ChatPage, page: Page) -> None:
    await chat.open(OLD.path)
    await page.get_by_test_id("conversation-settings").focus()
    await open_palette(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("palette")).to_have_count(0)
    await expect(page.get_by_test_id("conversation-settings")).to_be_focused()
    await open_palette(page)
    await page.mouse.click(5, 5)
    await expect(page.get_by_test_id("palette")).to_have_count(0)
    await expect(page.get_by_test_id("conversation-settings")).to_be_focused()


@pytest.mark.parametrize(
    ("typed", "first", "address"),
    [
        ("new ch", "New chat", "/"),
        ("temporary", "New temporary chat", "/?temporary=true"),
        ("settings keyb", "Settings: Keyboard", "/settings/keyboard"),
        ("settings prompts", "Settings: Prompts", "/settings/prompts"),
        ("trash", "Trash", "/trash"),
    ],
)
async def test_commands_open_pages(
    chat: ChatPage, page: Page, items: Locator, typed: str, first: str, address: str
) -> None:
    await chat.open(OLD.path)
    await open_palette(page)
    await page.keyboard.type(typed)
    await expect(items.first).to_contain_text(first)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(re.escape(f"{chat.url}{address}") + "/?$"))


async def test_share_and_export_from_the_palette(chat: ChatPage, page: Page, items: Locator) -> None:
    await chat.open(OLD.path)
    await open_palette(page)
    await page.keyboard.type("share this")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("share-dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("share-dialog")).to_be_hidden()
    await open_palette(page)
    await page.keyboard.type("export json")
    await expect(items).not_to_have_count(0)
    async with page.expect_download() as download:
        await page.keyboard.press("Enter")
    assert (await download.value).suggested_filename.endswith(".json")


async def test_commands_without_a_use_are_left_out(chat: ChatPage, page: Page, items: Locator) -> None:
    await chat.open()
    await open_palette(page)
    await expect(items.filter(has_text="New chat")).to_have_count(1)
    for title in ("Export as JSON", "Share this conversation", "Delete this conversation"):
        await expect(items.filter(has_text=title)).to_have_count(0)


async def test_a_model_is_chosen_and_the_message_box_ready(
    chat: ChatPage, page: Page, items: Locator
) -> None:
    await chat.open(OLD.path)
    await chat.composer.focus()
    await open_palette(page)
    await page.keyboard.type("markdown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await items.filter(has_text=re.compile("^markdownLoop$")).click()
    await expect(chat.picker).to_have_text("markdown")
    await expect(chat.composer).to_be_focused()


async def test_late_results_move_nothing(chat: ChatPage, page: Page, items: Locator) -> None:
    held: asyncio.Future[Route] = asyncio.get_running_loop().create_future()
    await chat.open()
    await page.route("**/api/search?q=set", lambda route: held.set_result(route))
    await open_palette(page)
    await page.keyboard.type("echo")
    await expect(items.filter(has_text="echo").first).to_be_visible()  # the models are loaded
    await page.get_by_test_id("palette-search").fill("set")
    await expect(items.filter(has_text="Settings").first).to_be_visible()
    await page.keyboard.press("ArrowDown")
    active = page.locator('[data-testid="palette-item"][data-active="true"]')
    before, count = await active.inner_text(), await items.count()
    found = '[{"href": "/c/x", "title": [["Set theory", true]], "excerpt": []}]'
    await (await held).fulfill(status=200, content_type="application/json", body=found)
    await expect(items).to_have_count(count + 1)
    await expect(items.last).to_have_text("Set theory")
    assert await active.inner_text() == before


async def test_the_palette_is_named_for_screen_readers(chat: ChatPage, page: Page) -> None:
    await chat.open(OLD.path)
    await open_palette(page)
    field = page.get_by_role("combobox", name="Search and commands")
    active = await field.get_attribute("aria-activedescendant")
    await expect(page.locator(f'[id="{active}"]')).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("ArrowDown")
    assert await field.get_attribute("aria-activedescendant") != active
    await page.keyboard.type("no such thing anywhere")
    await expect(page.get_by_test_id("palette")).to_contain_text("Nothing found.")
