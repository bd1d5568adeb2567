"""A history of ten thousand conversations: it is searched, ordered and read like a short one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.async_api import Locator, Page, expect

from tests.benchmarks.history_data import (
    COMMON,
    FOLDER,
    HOME,
    MIDDLE_WORD,
    RARE,
    RARE_TAG,
    THOUSAND,
    Filled,
    Size,
    fill,
)
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import plant
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp
from webchat.storage.location import DATABASE_FILE

SIZE = Size(10_000, turns=2, deep=0, words=5)


@pytest.fixture(scope="module")
def large(
    built: None, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningApp, Filled]]:
    """A webchat with a long history. Tests change it, and compare the lists with the database."""
    data_dir = tmp_path_factory.mktemp("large") / "data"
    plant(data_dir, upstream.url, [])
    filled = fill(data_dir / DATABASE_FILE, SIZE)
    running = RunningApp(data_dir).start()
    yield running, filled
    running.kill()


@pytest.fixture(scope="module")
def app(large: tuple[RunningApp, Filled]) -> RunningApp:
    return large[0]


@pytest.fixture(scope="module")
def filled(large: tuple[RunningApp, Filled]) -> Filled:
    return large[1]


def ids(filled: Filled, where: str = "1", limit: int = 500) -> list[str]:
    """The conversations that a list must show, newest first."""
    with closing(sqlite3.connect(filled.database.path)) as connection:
        found = connection.execute(
            "SELECT id FROM conversation WHERE deleted_at IS NULL AND archived_at IS NULL"
            f" AND ({where}) ORDER BY updated_at DESC, id DESC LIMIT {limit}"
        )
        return [id_ for (id_,) in found]


def count(filled: Filled, where: str) -> int:
    """The number of conversations with a property."""
    with closing(sqlite3.connect(filled.database.path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM conversation WHERE {where}").fetchone()[0])


class LargeHistory:
    """The history page and the sidebar."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.items = page.get_by_test_id("history-item")
        self.recent = page.get_by_test_id("sidebar-recent").get_by_test_id("conversation-item")
        self.more = page.get_by_test_id("history-more")
        self.notice = page.get_by_test_id("notice")

    async def open(self) -> None:
        await self.page.goto(f"{self.url}/history")
        await expect(self.items).to_have_count(50)

    def item(self, id_: str) -> Locator:
        return self.page.locator(f'[data-testid="history-item"][data-id="{id_}"]')

    async def shows(self, expected: list[str]) -> None:
        """Expect these conversations and no others."""
        await expect(self.items).to_have_count(len(expected))
        for at in (0, -1):
            await expect(self.items.nth(at)).to_have_attribute("data-id", expected[at])
        shown = await self.items.evaluate_all("items => items.map((item) => item.dataset.id)")
        assert shown == expected

    async def select(self, first: int, last: int) -> None:
        """Select a range."""
        await self.page.get_by_test_id("history-select").click()
        await self.items.nth(first).get_by_test_id("history-pick").click()
        await self.items.nth(last).get_by_test_id("history-pick").click(modifiers=["Shift"])
        await expect(self.page.get_by_test_id("bulk-count")).to_have_text(f"{last - first + 1} selected")


@pytest.fixture
def history(chat: ChatPage) -> LargeHistory:
    return LargeHistory(chat.page, chat.url)


async def test_a_message_in_the_middle_is_found_and_opened(history: LargeHistory, chat: ChatPage) -> None:
    await history.open()
    results = history.page.get_by_test_id("search-results")
    await history.page.get_by_test_id("search").press_sequentially(MIDDLE_WORD)
    await expect(results).to_have_attribute("data-text", MIDDLE_WORD)
    found = history.page.get_by_test_id("search-result")
    await expect(found).to_have_count(1)
    await expect(found.locator("mark")).to_have_text(MIDDLE_WORD)
    await found.click()

    marked = history.page.locator('[data-testid="message"][data-found="true"]')
    await expect(marked).to_contain_text(MIDDLE_WORD)
    await expect(marked).to_be_in_viewport()
    await expect(marked.locator("xpath=preceding::*[@data-testid='message'][1]")).to_be_attached()
    await expect(marked.locator("xpath=following::*[@data-testid='message'][1]")).to_be_attached()
    before = await chat.messages.count()
    assert before < THOUSAND
    await chat.transcript.hover()
    await history.page.mouse.wheel(0, 20_000)
    await expect(chat.messages.nth(before)).to_be_attached()


async def test_lists_go_on_as_they_are_scrolled(history: LargeHistory, filled: Filled) -> None:
    await history.open()
    expected = ids(filled, limit=200)
    for shown in (50, 100, 150):
        await expect(history.items).to_have_count(shown)
        await history.more.scroll_into_view_if_needed()
        await history.more.click()
    await history.shows(expected)

    unpinned = ids(filled, "pinned_at IS NULL", limit=300)
    for shown in range(30, 300, 30):
        await expect(history.recent).to_have_count(shown)
        await history.recent.last.scroll_into_view_if_needed()
    await expect(history.recent).to_have_count(300)
    assert await history.recent.evaluate_all("rows => rows.map((row) => row.dataset.id)") == unpinned


async def test_a_range_is_archived_and_listed_again(history: LargeHistory, filled: Filled) -> None:
    await history.open()
    before = ids(filled, limit=61)
    await history.select(2, 11)
    await history.page.get_by_test_id("bulk-archive").click()
    await expect(history.notice).to_contain_text("10 conversations were archived.")
    await history.shows([*before[:2], *before[12:60]])
    await history.page.get_by_test_id("archived-filter").click()
    await expect(history.item(before[2])).to_be_visible()
    await history.page.get_by_test_id("history-select").click()
    for id_ in before[2:12]:
        await history.item(id_).get_by_test_id("history-pick").click()
    await expect(history.page.get_by_test_id("bulk-count")).to_have_text("10 selected")
    await history.page.get_by_test_id("bulk-archive").click()
    await expect(history.item(before[2])).to_have_count(0)
    await history.page.get_by_test_id("archived-filter").click()

    await history.shows(before[:50])


async def test_a_range_is_tagged_and_moved(history: LargeHistory, filled: Filled) -> None:
    await history.open()
    chosen = ids(filled, limit=4)
    await history.select(0, 3)
    await history.page.get_by_test_id("bulk-tag").fill("later")
    await history.page.get_by_test_id("bulk-tag").press("Enter")
    await expect(history.notice).to_contain_text("4 conversations were tagged.")
    await history.page.get_by_test_id("tag-filter").select_option("later")
    await history.shows(chosen)
    inside = count(filled, f"folder_id = '{FOLDER}'")
    await history.select(0, 3)
    await history.page.get_by_test_id("bulk-move").select_option(FOLDER)
    await expect(history.notice).to_contain_text("4 conversations were moved.")
    await history.page.get_by_test_id("folder-filter").select_option(FOLDER)
    await history.shows(chosen)

    assert count(filled, f"folder_id = '{FOLDER}'") > inside


async def test_deletion_is_undone_or_restored_from_the_trash(history: LargeHistory, filled: Filled) -> None:
    await history.open()
    before = ids(filled, limit=60)
    await history.select(0, 4)
    await history.page.get_by_test_id("bulk-delete").click()
    await expect(history.page.get_by_test_id("undo-bar")).to_contain_text("5 conversations were deleted.")
    await history.shows(before[5:55])
    await history.page.get_by_test_id("undo").click()
    await history.shows(before[:50])

    await history.item(before[7]).get_by_test_id("history-delete").click()
    await expect(history.item(before[7])).to_have_count(0)
    await history.page.get_by_test_id("trash").click()
    binned = history.page.get_by_test_id("trash-item")
    await expect(binned.first).to_be_visible()
    listed = await binned.count()
    await binned.first.get_by_test_id("restore").click()
    await expect(history.recent.first).to_be_visible()
    await history.open()
    await history.shows(before[:50])
    assert listed > 1


async def test_any_filters_show_their_newest(history: LargeHistory, filled: Filled) -> None:
    tagged = "id IN (SELECT conversation_id FROM conversation_tag WHERE tag = '{}')"
    used = "id IN (SELECT conversation_id FROM conversation_model WHERE model = '{}')"
    await history.open()
    by_folder = history.page.get_by_test_id("folder-filter")
    by_tag = history.page.get_by_test_id("tag-filter")
    by_model = history.page.get_by_test_id("history-model")
    await by_folder.select_option(FOLDER)
    await history.shows(ids(filled, f"folder_id = '{FOLDER}'", 50))
    await by_tag.select_option(HOME)
    both = f"folder_id = '{FOLDER}' AND {tagged.format(HOME)}"
    await history.shows(ids(filled, both, 50))
    await by_model.select_option(COMMON)
    await history.shows(ids(filled, f"{both} AND {used.format(COMMON)}", 50))
    await by_folder.select_option("")
    await by_model.select_option(RARE)
    await by_tag.select_option("")
    await history.shows(ids(filled, used.format(RARE)))
    await by_tag.select_option(RARE_TAG)
    await history.shows(ids(filled, f"{tagged.format(RARE_TAG)} AND {used.format(RARE)}"))
