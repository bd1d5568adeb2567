"""Order in the history and the sidebar: pins, folders, tags, the archive, the trash, many at once."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.axe import violations_in_both_schemes
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.test_appearance import fits
from tests.running_app import RunningApp

MANY = [
    conversation(f"Talk number {number}", turns=["Hi", "Hello"], age=timedelta(minutes=number))
    for number in range(80)
]


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return MANY


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The tests count what there is, and leave it as they found it."""
    return own_app


class Order:
    """The history page and the sidebar."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.items = page.get_by_test_id("history-item")
        self.notice = page.get_by_test_id("notice")
        self.bar = page.get_by_test_id("bulk-bar")
        self.undo = page.get_by_test_id("undo")
        self.pinned = page.get_by_test_id("sidebar-pinned").get_by_test_id("conversation-item")
        self.recent = page.get_by_test_id("sidebar-recent").get_by_test_id("conversation-item")
        self.menu = page.get_by_test_id("action-menu")

    async def open(self, path: str = "/history") -> None:
        await self.page.goto(self.url + path)
        await expect(self.recent.first).to_be_visible()

    def item(self, planted: Planted) -> Locator:
        return self.page.locator(f'[data-testid="history-item"][data-id="{planted.id}"]')

    async def choose(self, item: Locator, action: str, menu: str = "history-menu") -> None:
        """Choose an action in the menu of a row."""
        await item.hover()
        await item.get_by_test_id(menu).click()
        await self.menu.get_by_test_id(action).click()
        await expect(self.menu).to_have_count(0)

    async def in_sidebar(self, planted: Planted, action: str) -> None:
        link = self.page.locator(f'[data-testid="conversation-item"][data-id="{planted.id}"]')
        await self.choose(link.locator(".."), action, "sidebar-menu")

    async def select(self, *positions: int, shift: bool = False) -> None:
        for position in positions:
            box = self.items.nth(position).get_by_test_id("history-pick")
            await box.click(modifiers=["Shift"] if shift else [])

    async def has_selected(self, number: int) -> None:
        await expect(self.page.get_by_test_id("bulk-count")).to_have_text(f"{number} selected")

    async def create_folder(self, name: str) -> None:
        await self.page.get_by_test_id("folders").click()
        dialog = self.page.get_by_test_id("folder-dialog")
        await dialog.get_by_test_id("folder-name").fill(name)
        await dialog.get_by_test_id("folder-create").click()
        await expect(dialog.get_by_test_id("folder").last.get_by_test_id("folder-rename")).to_have_value(name)
        await dialog.get_by_role("button", name="Close").click()
        await expect(dialog).to_be_hidden()

    async def delete_folder(self) -> None:
        await self.page.get_by_test_id("folders").click()
        await self.page.get_by_test_id("folder-delete").first.click()
        await self.page.get_by_test_id("folder-delete-confirm").click()
        await expect(self.page.get_by_test_id("folder")).to_have_count(0)
        await self.page.get_by_test_id("folder-dialog").get_by_role("button", name="Close").click()


@pytest.fixture
def order(chat: ChatPage) -> Order:
    return Order(chat.page, chat.url)


async def test_a_pinned_conversation_stands_first_in_the_sidebar(order: Order) -> None:
    await order.open()
    await order.choose(order.item(MANY[7]), "pin")
    await expect(order.pinned).to_have_text([MANY[7].title])
    await expect(order.item(MANY[7]).get_by_label("Pinned")).to_be_visible()
    await order.page.reload()
    await expect(order.pinned).to_have_text([MANY[7].title])
    await expect(order.recent.nth(7)).to_have_text(MANY[8].title)

    await order.in_sidebar(MANY[7], "unpin")
    await expect(order.pinned).to_have_count(0)
    await expect(order.recent.nth(7)).to_have_text(MANY[7].title)


async def test_the_sidebar_goes_on_as_it_is_scrolled(order: Order) -> None:
    await order.open("/")
    await expect(order.recent).to_have_count(30)
    await order.recent.last.scroll_into_view_if_needed()
    await expect(order.recent).to_have_count(60)
    await order.recent.last.scroll_into_view_if_needed()

    await expect(order.recent).to_have_count(80)
    titles = await order.recent.all_inner_texts()
    assert titles == [planted.title for planted in MANY]


async def test_a_conversation_is_renamed_and_deleted_in_the_sidebar(order: Order, chat: ChatPage) -> None:
    await chat.open(MANY[3].path)
    await order.in_sidebar(MANY[3], "rename")
    field = order.page.get_by_test_id("sidebar-title")
    await expect(field).to_be_focused()
    await field.fill("A better name")
    await field.press("Enter")
    await expect(order.recent.nth(3)).to_have_text("A better name")
    await expect(order.page.get_by_test_id("conversation-title")).to_have_text("A better name")
    await order.in_sidebar(MANY[3], "rename")
    await field.fill(MANY[3].title)
    await field.press("Enter")
    await expect(order.recent.nth(3)).to_have_text(MANY[3].title)

    await order.in_sidebar(MANY[3], "delete")
    await order.page.wait_for_url(f"{order.url}/")
    await expect(order.page.get_by_test_id("undo-bar")).to_contain_text(f"{MANY[3].title}” was deleted.")
    await order.undo.click()
    await expect(order.recent.nth(3)).to_have_text(MANY[3].title)


async def test_a_folder_of_the_sidebar_shows_its_conversations(order: Order, chat: ChatPage) -> None:
    page = order.page
    await order.open()
    await order.create_folder("Empty")
    folders, inside = page.get_by_test_id("sidebar-folder"), page.get_by_test_id("sidebar-inside")
    await expect(folders).to_have_text(["Empty"])
    await folders.first.focus()
    await page.keyboard.press("Enter")
    await expect(inside).to_have_text("No conversations in this folder.")
    await page.get_by_test_id("history-select").click()
    await order.select(0)
    await order.select(11, shift=True)
    await page.get_by_test_id("bulk-move").select_option("Empty")
    rows = inside.get_by_test_id("conversation-item")
    await expect(rows).to_have_count(10)
    await page.get_by_test_id("sidebar-more-inside").click()
    await expect(rows).to_have_count(12)

    await rows.nth(4).click()
    await page.wait_for_url(f"**{MANY[4].path}")
    await expect(folders.first).to_have_attribute("aria-expanded", "true")
    await expect(rows.nth(4)).to_have_attribute("aria-current", "page")
    await expect(rows.nth(3)).to_have_attribute("aria-current", "false")
    await rows.nth(4).locator("..").hover()
    await rows.nth(4).locator("..").get_by_test_id("sidebar-menu").click()
    await order.menu.get_by_test_id("rename").click()
    await expect(page.get_by_test_id("sidebar-title")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("sidebar-title")).to_have_count(0)
    await folders.first.click()
    await expect(inside).to_have_count(0)
    await order.open()
    await order.delete_folder()
    await expect(folders).to_have_count(0)


async def test_the_sidebar_works_on_a_phone(order: Order) -> None:
    page = order.page
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.goto(f"{order.url}/history")
    await order.create_folder("A folder with a name that is too long for a narrow sidebar on a phone")
    await page.get_by_test_id("menu").click()
    folder = page.get_by_test_id("sidebar-folder")
    await folder.click()
    await expect(page.get_by_test_id("sidebar-inside")).to_be_visible()
    assert await violations_in_both_schemes(page) == []
    await fits(page)
    await page.keyboard.press("Escape")
    await order.delete_folder()


async def test_the_page_on_screen_is_marked_in_the_sidebar(order: Order) -> None:
    await order.open()
    marked = order.page.locator('#sidebar [aria-current="page"]')
    await expect(marked).to_have_text("History")
    await order.open(MANY[2].path)

    await expect(marked).to_have_text(MANY[2].title)


async def test_the_share_dialog_opens_from_the_sidebar(order: Order) -> None:
    await order.open()
    await order.in_sidebar(MANY[5], "share")
    await expect(order.page.get_by_test_id("share-title")).to_have_value(MANY[5].title)


async def test_the_menu_works_with_the_keyboard(order: Order) -> None:
    await order.open()
    opener = order.items.first.get_by_test_id("history-menu")
    await opener.focus()
    await order.page.keyboard.press("Enter")
    await expect(order.menu.get_by_test_id("rename")).to_be_focused()
    await order.page.keyboard.press("ArrowUp")
    await expect(order.menu.get_by_test_id("delete")).to_be_focused()
    await order.page.keyboard.press("Home")
    await order.page.keyboard.press("ArrowDown")
    await expect(order.menu.get_by_test_id("pin")).to_be_focused()
    await order.page.keyboard.press("Escape")

    await expect(order.menu).to_have_count(0)
    await expect(opener).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
async def test_everybody_can_use_it(order: Order, width: int) -> None:
    page = order.page
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(f"{order.url}/history")
    await order.items.first.get_by_test_id("history-menu").click()
    assert await violations_in_both_schemes(page) == []
    await page.keyboard.press("Escape")
    await page.get_by_test_id("history-select").click()
    await order.select(0, 1)
    await order.has_selected(2)
    assert await violations_in_both_schemes(page) == []
    await page.get_by_test_id("folders").click()
    await expect(page.get_by_test_id("folder-dialog")).to_be_visible()
    assert await violations_in_both_schemes(page) == []
    await page.keyboard.press("Escape")
    await fits(page)
    await page.get_by_test_id("bulk-delete").click()
    await page.get_by_test_id("trash").click()
    await expect(page.get_by_test_id("trash-item")).to_have_count(2)
    assert await violations_in_both_schemes(page) == []
    await fits(page)
    for number in (1, 0):
        await page.get_by_test_id("restore").first.click()
        await expect(page.get_by_test_id("trash-item")).to_have_count(number)
    await page.goto(f"{order.url}/?temporary=true")
    await expect(page.get_by_test_id("temporary-note")).to_be_visible()
    assert await violations_in_both_schemes(page) == []
    await fits(page)


async def test_an_archived_conversation_is_found_in_the_archive(order: Order) -> None:
    await order.open()
    await order.choose(order.item(MANY[1]), "archive")
    await expect(order.item(MANY[1])).to_have_count(0)
    await expect(order.recent.nth(1)).to_have_text(MANY[2].title)
    await order.page.get_by_test_id("archived-filter").click()
    await expect(order.items).to_have_count(1)
    await order.choose(order.item(MANY[1]), "unarchive")
    await expect(order.items).to_have_count(0)
    await order.page.get_by_test_id("archived-filter").click()

    await expect(order.item(MANY[1])).to_be_visible()


async def test_folders_and_tags_narrow_the_list(order: Order) -> None:
    await order.open()
    await order.create_folder("Work")
    await order.choose(order.item(MANY[2]), "move")
    dialog = order.page.get_by_test_id("labels-dialog")
    await dialog.get_by_test_id("labels-folder").select_option("Work")
    await dialog.get_by_test_id("labels-tags").fill("#Recipes, to read")
    await dialog.get_by_test_id("labels-save").click()
    await expect(dialog).to_be_hidden()
    await expect(order.item(MANY[2])).to_contain_text("Work #recipes #to read")
    await order.page.get_by_test_id("tag-filter").select_option("recipes (1)")
    await expect(order.items).to_have_count(1)
    await order.page.get_by_test_id("folder-filter").select_option("Work")
    await expect(order.items).to_have_count(1)
    await order.page.get_by_test_id("tag-filter").select_option("")
    await order.delete_folder()
    await expect(order.items).to_have_count(50)

    await order.choose(order.item(MANY[2]), "move")
    await dialog.get_by_test_id("labels-tags").fill("")
    await dialog.get_by_test_id("labels-save").click()
    await expect(order.page.get_by_test_id("tag-filter")).to_have_count(0)


async def test_many_are_selected_with_shift_and_changed_together(order: Order) -> None:
    await order.open()
    await order.create_folder("Old")
    await order.page.get_by_test_id("history-select").click()
    await expect(order.page.get_by_test_id("bulk-delete")).to_be_disabled()
    await order.select(1)
    await order.select(4, shift=True)
    await order.has_selected(4)
    await order.select(2)
    await order.has_selected(3)
    await order.page.get_by_test_id("bulk-move").select_option("Old")
    await expect(order.notice).to_contain_text("3 conversations were moved.")
    await expect(order.bar).to_have_count(0)
    await expect(order.item(MANY[4])).to_contain_text("Old")
    await expect(order.item(MANY[2])).not_to_contain_text("Old")

    await order.page.get_by_test_id("history-select").click()
    await order.select(0, 1)
    await order.page.get_by_test_id("bulk-tag").fill("later")
    await order.page.get_by_test_id("bulk-tag").press("Enter")
    await expect(order.notice).to_contain_text("2 conversations were tagged.")
    await expect(order.item(MANY[0])).to_contain_text("#later")

    await order.page.get_by_test_id("history-select").click()
    await order.select(0, 1)
    await order.page.get_by_test_id("bulk-archive").click()
    await expect(order.notice).to_contain_text("2 conversations were archived.")
    await expect(order.item(MANY[0])).to_have_count(0)
    await order.page.get_by_test_id("archived-filter").click()
    await order.page.get_by_test_id("history-select").click()
    await order.page.get_by_test_id("bulk-all").click()
    await order.has_selected(2)
    await order.page.get_by_test_id("bulk-archive").click()
    await expect(order.items).to_have_count(0)
    await order.page.get_by_test_id("archived-filter").click()
    await expect(order.item(MANY[0])).to_be_visible()
    await order.delete_folder()


@pytest.mark.parametrize(("format", "name"), [("json", ".json"), ("markdown", ".zip"), ("html", ".html")])
async def test_the_selected_ones_are_exported(order: Order, format: str, name: str) -> None:
    await order.open()
    await order.page.get_by_test_id("history-select").click()
    export = order.page.locator(f'[data-testid="bulk-export"][data-format="{format}"]')
    await expect(export).to_be_disabled()
    await order.select(1)
    await order.select(3, shift=True)
    async with order.page.expect_download() as starting:
        await export.click()
    download = await starting.value
    data = await asyncio.to_thread(Path(await download.path()).read_bytes)

    assert download.suggested_filename.endswith(name)
    if format == "json":
        titles = {each["title"] for each in json.loads(data)["conversations"]}
        assert titles == {planted.title for planted in MANY[1:4]}
    await order.has_selected(3)


async def test_many_are_deleted_restored_and_deleted_forever(order: Order) -> None:
    await order.open()
    await order.page.get_by_test_id("history-select").click()
    await order.select(0)
    await order.select(2, shift=True)
    await order.page.get_by_test_id("bulk-delete").click()
    await expect(order.page.get_by_test_id("undo-bar")).to_contain_text("3 conversations were deleted.")
    await expect(order.item(MANY[0])).to_have_count(0)
    await order.undo.click()
    await expect(order.items.first).to_contain_text(MANY[0].title)
    await expect(order.recent.first).to_have_text(MANY[0].title)

    for planted in (MANY[77], MANY[78], MANY[79]):
        await order.page.goto(f"{order.url}/history")
        await order.page.get_by_test_id("history-more").click()
        await order.item(planted).get_by_test_id("history-delete").click()
        await expect(order.item(planted)).to_have_count(0)
    await order.page.get_by_test_id("trash").click()
    binned = order.page.get_by_test_id("trash-item")
    await expect(binned).to_have_count(3)
    await expect(binned.first).to_contain_text(MANY[79].title)
    await expect(binned.first).to_contain_text("gone in 29 days")
    await binned.first.get_by_test_id("restore").click()
    await expect(binned).to_have_count(2)
    await binned.first.get_by_test_id("trash-pick").click()
    await order.page.get_by_test_id("delete-forever").click()
    await order.page.get_by_test_id("confirm-forever").click()
    await expect(binned).to_have_count(1)
    await order.page.get_by_test_id("empty-trash").click()
    await order.page.get_by_test_id("confirm-forever").click()

    await expect(order.page.get_by_text("Deleted conversations will appear here.")).to_be_visible()
    await order.open()
    await order.page.get_by_test_id("history-more").click()
    await expect(order.items).to_have_count(78)


async def test_a_change_in_another_tab_keeps_the_place_and_the_selection(
    order: Order, browser: Browser
) -> None:
    context = await browser.new_context()
    other = Order(await context.new_page(), order.url)
    await order.open()
    await order.page.get_by_test_id("history-more").click()
    await order.page.get_by_test_id("history-select").click()
    read = order.item(MANY[60])
    await read.get_by_test_id("history-pick").click()
    before = await read.bounding_box()
    await other.open()
    await other.choose(other.item(MANY[40]), "pin")
    await expect(order.pinned).to_have_count(1)
    assert await read.bounding_box() == before
    await order.has_selected(1)
    await other.choose(other.item(MANY[40]), "unpin")

    await expect(order.pinned).to_have_count(0)
    assert await read.bounding_box() == before
    await context.close()


async def test_unused_conversations_are_deleted_if_somebody_wants_that(page: Page, app: RunningApp) -> None:
    await page.goto(f"{app.url}/settings/data")
    field = page.get_by_test_id("delete-after")
    await expect(field).to_have_value("")
    await field.fill("soon")
    await page.get_by_test_id("delete-after-save").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("must be a whole number")
    await field.fill("365")
    await page.get_by_test_id("delete-after-save").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("unused for 365 days")
    await page.reload()
    await expect(field).to_have_value("365")
    await field.fill("")
    await page.get_by_test_id("delete-after-save").click()

    await expect(page.get_by_test_id("notice")).to_contain_text("kept until you delete them")
