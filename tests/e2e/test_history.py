"""Finding a conversation again: by day, by title, by model, by its link."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.running_app import RunningApp
from webchat.storage.types import utc_now

TODAY = conversation("The recipe for pelmeni", turns=["How?", "Like this"])
YESTERDAY = conversation("Поездка в Казань", "markdown", ["Когда?", "Завтра"], timedelta(days=1))
LAST_WEEK = conversation("A plan for the garden", "reasoning", ["What?", "Beans"], timedelta(days=6))
NOON = utc_now().replace(hour=12, minute=0)
"""Far enough from midnight for many conversations of one day."""
MANY = [
    conversation(
        f"Talk number {number}",
        turns=["Hi", "Hello"],
        age=utc_now() - NOON + timedelta(days=30, minutes=number),
    )
    for number in range(70)
]


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [TODAY, YESTERDAY, LAST_WEEK, *MANY]


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The history counts what there is."""
    return own_app


class History:
    """The history page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.items = page.get_by_test_id("history-item")
        self.by_model = page.get_by_test_id("history-model")
        self.undo = page.get_by_test_id("undo")

    async def open(self) -> None:
        await self.page.goto(f"{self.url}/history")
        await expect(self.items.first).to_be_visible()

    def item(self, planted: Planted) -> Locator:
        return self.page.locator(f'[data-testid="history-item"][data-id="{planted.id}"]')


@pytest.fixture
def history(chat: ChatPage) -> History:
    return History(chat.page, chat.url)


async def test_conversations_are_listed_by_day_a_page_at_a_time(history: History) -> None:
    await history.open()
    headings = history.page.locator("li h2")

    await expect(history.items).to_have_count(50)
    await expect(headings.nth(0)).to_have_text("Today")
    await expect(headings.nth(1)).to_have_text("Yesterday")
    await expect(headings).to_have_count(4)
    await expect(history.items.nth(0)).to_contain_text(TODAY.title)
    await expect(history.items.nth(1)).to_contain_text(YESTERDAY.title)
    await history.page.get_by_test_id("history-more").click()
    await expect(history.items).to_have_count(73)
    await expect(history.page.get_by_test_id("history-more")).to_be_hidden()
    titles = await history.items.locator("a > span:first-child").all_inner_texts()
    assert titles[3:] == [planted.title for planted in MANY]
    await expect(headings).to_have_count(4)


async def test_the_sidebar_groups_conversations_by_period(history: History) -> None:
    await history.open()
    recent = history.page.get_by_test_id("sidebar-recent")
    headings = ["Today", "Yesterday", "Previous 7 days", "Previous 30 days"]
    await expect(recent.get_by_role("heading")).to_have_text(headings)

    items = recent.get_by_test_id("conversation-item")
    await expect(items).to_have_count(30)
    await items.last.scroll_into_view_if_needed()
    await expect(items).to_have_count(60)
    await expect(recent.get_by_role("heading")).to_have_text(headings)


async def test_conversations_are_filtered_by_model(history: History) -> None:
    await history.open()
    await history.by_model.select_option("Loop:markdown")
    await expect(history.items).to_have_count(1)
    await expect(history.items).to_contain_text(YESTERDAY.title)
    await history.by_model.select_option("")

    await expect(history.items).to_have_count(50)


async def test_a_conversation_is_renamed(history: History, chat: ChatPage) -> None:
    await history.open()
    item = history.item(MANY[5])
    await item.hover()
    await item.get_by_test_id("history-rename").click()
    field = history.page.get_by_test_id("history-title")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Talk number 5")
    await field.fill("  A better   name ")
    await field.press("Enter")

    await expect(item).to_contain_text("A better name")
    await item.get_by_role("link").click()
    await expect(chat.page.get_by_test_id("conversation-title")).to_have_text("A better name")
    await chat.page.reload()
    await expect(chat.page.get_by_test_id("conversation-title")).to_have_text("A better name")


async def test_an_empty_title_is_refused_and_the_old_one_kept(history: History) -> None:
    await history.open()
    await history.items.nth(3).get_by_test_id("history-rename").click()
    await history.page.get_by_test_id("history-title").fill("   ")
    await history.page.get_by_test_id("history-save").click()

    await expect(history.page.get_by_test_id("notice")).to_contain_text("The old one was kept")
    await history.page.get_by_role("button", name="Cancel").click()
    await expect(history.items.nth(3)).to_contain_text("Talk number 0")


async def test_a_deleted_conversation_is_gone_and_comes_back(history: History, chat: ChatPage) -> None:
    await history.open()
    item = history.item(LAST_WEEK)
    await item.get_by_test_id("history-delete").click()
    await expect(item).to_have_count(0)
    await expect(chat.sidebar.filter(has_text=LAST_WEEK.title)).to_have_count(0)
    second = ChatPage(await chat.page.context.new_page(), chat.url)
    await second.page.goto(chat.url + LAST_WEEK.path)
    await expect(second.page.get_by_text("Conversation not found")).to_be_visible()
    await second.page.close()
    await history.undo.click()

    await expect(item).to_have_count(1)
    await expect(history.undo).to_be_hidden()
    await expect(chat.sidebar.filter(has_text=LAST_WEEK.title)).to_have_count(1)
    await item.get_by_role("link").click()
    await expect(chat.text).to_have_text("Beans")


async def test_a_change_in_another_tab_leaves_the_reader_where_they_are(
    history: History, browser: Browser
) -> None:
    context = await browser.new_context()
    other = History(await context.new_page(), history.url)
    await history.open()
    await history.page.get_by_test_id("history-more").click()
    await expect(history.items).to_have_count(73)
    read = history.item(MANY[60])
    await read.scroll_into_view_if_needed()
    before = await read.bounding_box()
    await other.open()
    await other.page.get_by_test_id("history-more").click()
    await other.item(MANY[69]).get_by_test_id("history-delete").click()
    await expect(history.item(MANY[69])).to_have_count(0)
    await expect(history.items).to_have_count(72)
    assert await read.bounding_box() == before
    await other.undo.click()

    await expect(history.items).to_have_count(73)
    assert await read.bounding_box() == before
    await context.close()


async def test_a_link_opens_its_conversation(chat: ChatPage) -> None:
    await chat.open(YESTERDAY.path)

    await expect(chat.questions.get_by_test_id("message-text")).to_have_text("Когда?")
    await expect(chat.text).to_have_text("Завтра")
    await expect(chat.page.get_by_test_id("conversation-title")).to_have_text(YESTERDAY.title)


@pytest.mark.parametrize("unknown", ["0" * 32, "not-an-id", "%D0%9A"])
async def test_an_unknown_conversation_says_so(chat: ChatPage, unknown: str) -> None:
    await chat.page.goto(f"{chat.url}/c/{unknown}")

    await expect(chat.page.get_by_text("Conversation not found")).to_be_visible()
    await chat.page.get_by_role("main").get_by_role("link", name="Start a new chat").click()
    await expect(chat.composer).to_be_focused()


async def test_an_unknown_address_says_so(chat: ChatPage, complaints: list[str]) -> None:
    response = await chat.page.goto(f"{chat.url}/no/such/page")

    assert response is not None
    assert response.status == 404
    await expect(chat.page.get_by_text("Page not found")).to_be_visible()
    assert all("404" in complaint for complaint in complaints)
    complaints.clear()
    await chat.page.get_by_role("main").get_by_role("link", name="Start a new chat").click()
    await expect(chat.composer).to_be_focused()
    await chat.ask("Hello", model="echo")
