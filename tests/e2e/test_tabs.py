"""Two tabs of one conversation agree: on messages, answers, the queue, the title, deletion and branches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.upstream import Upstream

MESSAGES = conversation("Seen twice", "hold-tabs", ["Hi", "Hello there"])
TITLE = conversation("A first title", turns=["Hi", "Hello there"])
MISSED = conversation("Listened to in vain", turns=["Hi", "Hello there"])
GONE = conversation("Deleted elsewhere", turns=["Hi", "Hello there"])
BRANCHES = conversation("Branches seen twice", turns=["Hi", "Hello there"])
CUT = conversation("Continued elsewhere", "cut")

REFUSE_TO_LISTEN = """
window.attempts = []; // when the page tried to listen to changes, in ms
window.refusing = true;
window.WebSocket = new Proxy(WebSocket, {
  construct(target, args) {
    if (!window.refusing || !args[0].includes("/api/changes")) return new target(...args);
    window.attempts.push(Date.now());
    const socket = { close() {} };
    queueMicrotask(() => socket.onclose({ code: 1006 }));
    return socket;
  },
});
"""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [MESSAGES, TITLE, MISSED, GONE, BRANCHES, CUT]


@pytest_asyncio.fixture(loop_scope="session")
async def second(chat: ChatPage, browser: Browser) -> AsyncIterator[ChatPage]:
    """Another tab, in a window of its own: Chromium draws a tab that is covered only now and then."""
    context = await browser.new_context()
    yield ChatPage(await context.new_page(), chat.url)
    await context.close()


def words(messages: Locator) -> Locator:
    return messages.get_by_test_id("message-text")


async def change_in_history(tab: ChatPage, planted: Planted) -> Locator:
    """Open the history and return the row of a conversation."""
    await tab.page.goto(f"{tab.url}/history")
    item = tab.page.locator(f'[data-testid="history-item"][data-id="{planted.id}"]')
    await item.hover()
    return item


async def test_a_message_its_answer_and_what_is_queued_show_in_the_other_tab(
    chat: ChatPage, second: ChatPage, upstream: Upstream
) -> None:
    for tab in (chat, second):
        await tab.open(MESSAGES.path)
    await chat.send("Begin")
    for tab in (chat, second):
        await expect(words(tab.questions)).to_have_text(["Hi", "Begin"])
        await expect(tab.text).to_have_text("Before the hold.")
        await expect(tab.stop_button).to_be_visible()
    await second.send("And then?")
    await expect(chat.queued).to_contain_text("Next: And then?")
    await chat.queued.get_by_test_id("queued-withdraw").click()
    await expect(second.queued).to_be_hidden()
    await second.choose("echo")
    await expect(chat.picker).to_have_text("echo")
    await upstream.release("tabs")

    for tab in (chat, second):
        await expect(tab.text).to_have_text("Before the hold. After the hold.")
        await tab.has_status("complete")
    await second.ask("Once more")
    await expect(words(chat.messages)).to_have_count(6)
    await expect(chat.text).to_have_text("Once more")
    await chat.has_status("complete")


async def test_stop_in_one_tab_is_seen_in_the_other(
    chat: ChatPage, second: ChatPage, upstream: Upstream
) -> None:
    await chat.open()
    await chat.choose("drip")
    await chat.send("Begin")
    await second.open(await chat.has_address())
    await expect(second.text).to_contain_text("drip drip")
    await second.stop_button.click()

    for tab in (chat, second):
        await tab.has_status("stopped")
        await expect(tab.text).to_have_text(await tab.stored_text())
    await upstream.closed_early("drip")


async def test_an_answer_continued_in_one_tab_goes_on_in_the_other(chat: ChatPage, second: ChatPage) -> None:
    await chat.open(CUT.path)
    await chat.ask("Begin")
    await chat.has_status("error")
    await second.open(CUT.path)
    await expect(second.text).to_have_text("This answer is cut in the mid")
    await second.choose("reasoning")
    await second.answer.get_by_test_id("continue").click()

    for tab in (second, chat):
        await tab.has_status("complete")
        await expect(tab.text).to_have_text("This answer is cut in the midThe answer is 42.")
        await expect(tab.error_card).to_be_hidden()


async def test_a_new_title_shows_in_the_other_tab(chat: ChatPage, second: ChatPage) -> None:
    await chat.open(TITLE.path)
    item = await change_in_history(second, TITLE)
    await item.get_by_test_id("history-rename").click()
    await second.page.get_by_test_id("history-title").fill("A second title")
    await second.page.get_by_test_id("history-title").press("Enter")

    await expect(chat.page.get_by_test_id("conversation-title")).to_have_text("A second title")
    await expect(chat.page.locator(f'[href="{TITLE.path}"]')).to_have_text("A second title")


async def test_a_tab_that_cannot_listen_tries_less_and_less_often_and_catches_up(
    chat: ChatPage, second: ChatPage
) -> None:
    # Whether it is time for the next attempt is told by a clock that stands still until the test moves it.
    await chat.page.clock.install()
    await chat.page.add_init_script(REFUSE_TO_LISTEN)
    await chat.open(MISSED.path)
    await expect(chat.text).to_have_text("Hello there")
    await chat.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    by_themselves = len(await chat.page.evaluate("attempts"))
    await chat.page.clock.run_for(100_000)  # not as long as the page's own connection may be silent

    attempts = await chat.page.evaluate("attempts")
    gaps = [after - before for before, after in pairwise(attempts)][by_themselves:]
    longest = [min(60_000, 500 * 2**number) for number in range(len(attempts) - 1)][by_themselves:]
    assert all(most / 2 <= gap <= most for gap, most in zip(gaps, longest, strict=True))
    assert longest[-1] >= 32_000
    item = await change_in_history(second, MISSED)
    await item.get_by_test_id("history-rename").click()
    await second.page.get_by_test_id("history-title").fill("Renamed unheard")
    await second.page.get_by_test_id("history-title").press("Enter")
    await expect(second.page.get_by_test_id("history-title")).to_be_hidden()
    await expect(chat.page.get_by_test_id("conversation-title")).to_have_text(MISSED.title)
    await chat.page.clock.resume()
    await chat.page.evaluate("refusing = false; dispatchEvent(new Event('online'))")

    await expect(chat.page.get_by_test_id("conversation-title")).to_have_text("Renamed unheard")
    assert len(await chat.page.evaluate("attempts")) == len(attempts)


async def test_a_deleted_conversation_goes_and_comes_back_in_the_other_tab(
    chat: ChatPage, second: ChatPage
) -> None:
    await chat.open(GONE.path)
    await chat.composer.fill("Half a thought")
    item = await change_in_history(second, GONE)
    await item.get_by_test_id("history-delete").click()
    await expect(chat.page.get_by_text("Conversation not found")).to_be_visible()
    await expect(chat.page.locator(f'[href="{GONE.path}"]')).to_have_count(0)
    await second.page.get_by_test_id("undo").click()

    await expect(chat.text).to_have_text("Hello there")
    await expect(chat.page.locator(f'[href="{GONE.path}"]')).to_have_count(1)
    await expect(chat.composer).to_have_value("Half a thought")


async def test_both_tabs_show_the_same_branch(chat: ChatPage, second: ChatPage) -> None:
    for tab in (chat, second):
        await tab.open(BRANCHES.path)
    await chat.questions.first.get_by_test_id("edit").click()
    await chat.page.get_by_test_id("message-editor").fill("Hello?")
    await chat.page.get_by_test_id("edit-save").click()
    for tab in (chat, second):
        await expect(words(tab.messages)).to_have_text(["Hello?", "Hello?"])
        await expect(tab.questions.get_by_test_id("branch-place")).to_have_text("2/2")
        await tab.has_status("complete")
    await second.questions.first.get_by_test_id("branch-previous").click()
    for tab in (second, chat):
        await expect(words(tab.messages)).to_have_text(["Hi", "Hello there"])
    await second.questions.first.get_by_test_id("delete-pair").click()

    await expect(chat.questions.filter(has_text="Hi")).to_have_count(0)
    await second.page.get_by_test_id("undo").click()
    for tab in (second, chat):
        await expect(words(tab.messages)).to_have_text(["Hi", "Hello there"])
