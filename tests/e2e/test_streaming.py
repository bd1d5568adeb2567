"""An answer on its way: it grows, is followed, survives a reload and a second tab, and can be stopped."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.socket_gate import SocketGate
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp
from tests.upstreams.openai import expected_text

BEFORE = "Before the hold."
WHOLE = "Before the hold. After the hold."
PARAGRAPHS = "\n\n".join(f"Paragraph {number} of a long talk." for number in range(40))

PACED = conversation("Paced", "paced-300-300")
LONG = conversation("A long talk", "hold", ["Tell me a lot", PARAGRAPHS])
LONG_PACED = conversation("A long talk, paced", "paced-400-400", ["Tell me a lot", PARAGRAPHS])
OTHER = conversation("A talk beside", "echo", ["Hi", "Hello there"])


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [PACED, LONG, LONG_PACED, OTHER]


DISTANCE = "box => box.scrollHeight - box.clientHeight - box.scrollTop"


async def test_an_answer_grows_and_is_complete(chat: ChatPage, upstream: Upstream) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")

    await expect(chat.text).to_have_text(BEFORE)
    await chat.has_status("streaming")
    await expect(chat.stop_button).to_be_visible()
    await upstream.release()
    await expect(chat.text).to_have_text(WHOLE)
    await chat.has_status("complete")
    await expect(chat.send_button).to_be_visible()
    await expect(chat.answer.get_by_test_id("message-note")).to_contain_text("22 tokens")


async def test_the_text_is_the_upstream_s_to_the_last_character(chat: ChatPage) -> None:
    await chat.open(PACED.path)
    await chat.ask("Everything")

    assert await chat.stored_text() == expected_text(300)
    await expect(chat.text).to_contain_text("END")


async def test_a_new_conversation_gets_an_address_a_title_and_a_place_in_the_sidebar(chat: ChatPage) -> None:
    await chat.open()
    await chat.ask("Where do swallows go in winter?", model="echo")
    path = await chat.has_address()

    await expect(chat.page.get_by_test_id("conversation-title")).to_have_text(
        "Where do swallows go in winter?"
    )
    first = chat.sidebar.first
    await expect(first).to_have_text("Where do swallows go in winter?")
    await expect(first).to_have_attribute("href", path)
    await expect(first).to_have_attribute("aria-current", "page")
    await expect(chat.text).to_have_text("Where do swallows go in winter?")


async def test_an_answer_that_ends_before_the_page_has_its_address_is_shown_once(
    chat: ChatPage, page: Page, upstream: Upstream
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    gate = SocketGate(closes_at="_redirect")
    await gate.attach(page)
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await upstream.release()
    await expect(chat.text).to_have_text(WHOLE)
    await expect(chat.answer.locator('[aria-busy="true"]')).to_have_count(1)
    # The page of the new address comes before the news that the answer has ended.
    gate.open(closes_at="sidebar_state")
    await chat.has_address()
    await expect(chat.page.locator('[data-testid="composer"]:focus')).to_have_count(1)
    await expect(chat.text).to_have_text(WHOLE)
    await chat.has_status("streaming")
    gate.open()

    await chat.has_status("complete")
    await expect(chat.text).to_have_text(WHOLE)
    from_the_start = [url for url in asked if url.endswith("/stream?after=")]
    assert len(from_the_start) <= 1  # none, if the stream that was opened with the send did all


@pytest.mark.parametrize("blocked", ["**/api/sent/**", "**/api/messages/*/stream*"], ids=["sent", "by id"])
async def test_an_answer_comes_by_either_stream(chat: ChatPage, upstream: Upstream, blocked: str) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.page.route(blocked, lambda route: route.fulfill(status=204))
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await chat.page.unroute(blocked)
    await upstream.release()

    await expect(chat.text).to_have_text(WHOLE)
    await chat.has_status("complete")


async def test_an_answer_whose_stream_a_proxy_refuses_at_first_comes_all_the_same(
    chat: ChatPage, upstream: Upstream, tolerated: list[str]
) -> None:
    tolerated.append("502")
    refused: list[str] = []

    async def refuse_once(route: Route) -> None:
        if route.request.url in refused:
            await route.continue_()
        else:
            refused.append(route.request.url)
            await route.fulfill(status=502)

    await chat.open()
    await chat.choose("hold")
    await chat.page.route("**/stream*", refuse_once)
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await upstream.release()

    await expect(chat.text).to_have_text(WHOLE)
    await chat.has_status("complete")
    assert len(refused) == 2


async def test_stop_keeps_what_came_and_closes_the_upstream(chat: ChatPage, upstream: Upstream) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await chat.stop_button.click()

    await chat.has_status("stopped")
    await expect(chat.text).to_have_text(BEFORE)
    await expect(chat.answer.get_by_test_id("message-note")).to_contain_text("Stopped")
    await upstream.closed_early("hold")
    await chat.page.reload()
    await expect(chat.text).to_have_text(BEFORE)
    await chat.has_status("stopped")


@pytest.mark.parametrize("focus", ["composer", "transcript"])
async def test_escape_stops_wherever_the_focus_is(chat: ChatPage, upstream: Upstream, focus: str) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await chat.page.get_by_test_id(focus).focus()
    await chat.page.keyboard.press("Escape")

    await chat.has_status("stopped")
    await upstream.closed_early("hold")


async def test_a_stopped_answer_can_be_asked_for_again(chat: ChatPage) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.send("Once more")
    await expect(chat.text).to_have_text(BEFORE)
    await chat.stop_button.click()
    await chat.has_status("stopped")
    await chat.choose("echo")
    await chat.answer.get_by_test_id("regenerate").click()

    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Once more")
    await expect(chat.messages).to_have_count(2)


async def test_a_reload_in_mid_answer_goes_on_with_the_same_text(chat: ChatPage) -> None:
    await chat.open(PACED.path)
    known = await chat.answers.count()
    await chat.send("Everything, again")
    await expect(chat.answers).to_have_count(known + 1)
    await expect(chat.text).to_contain_text("Part 1")
    await chat.page.reload()

    await expect(chat.answers).to_have_count(known + 1)
    await chat.ended()
    await expect(chat.text).to_contain_text("END")
    shown_live = await chat.text.inner_text()
    assert await chat.stored_text() == expected_text(300)
    await chat.page.reload()
    await expect(chat.text).to_have_text(shown_live, use_inner_text=True)


async def test_a_reload_while_nothing_comes_shows_what_had_come(chat: ChatPage, upstream: Upstream) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")
    await chat.has_address()
    await chat.page.reload()

    await expect(chat.text).to_have_text(BEFORE)
    await expect(chat.stop_button).to_be_visible()
    await upstream.release()
    await expect(chat.text).to_have_text(WHOLE)
    await chat.has_status("complete")


async def test_a_second_tab_in_mid_answer_shows_the_same_text(
    chat: ChatPage, app: RunningApp, upstream: Upstream
) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")
    path = await chat.has_address()
    second = ChatPage(await chat.page.context.new_page(), app.url)
    await second.open(path)

    await expect(second.text).to_have_text(BEFORE)
    await upstream.release()
    for tab in (chat, second):
        await expect(tab.text).to_have_text(WHOLE)
        await tab.has_status("complete")
    await chat.page.bring_to_front()
    await expect(chat.text).to_have_text(WHOLE)


async def test_leaving_in_mid_answer_and_coming_back(chat: ChatPage, upstream: Upstream) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")
    path = await chat.has_address()
    # The list has moved down by the new conversation, and nothing is clicked while it moves.
    await expect(chat.sidebar.first).to_have_attribute("href", path)
    await chat.sidebar.filter(has_text=OTHER.title).click()
    await expect(chat.text).to_have_text("Hello there")
    await expect(chat.stop_button).to_be_hidden()
    await chat.page.locator(f'a[href="{path}"]').click()

    await expect(chat.text).to_have_text(BEFORE)
    await chat.sidebar.filter(has_text=OTHER.title).click()
    await expect(chat.text).to_have_text("Hello there")
    await upstream.release()
    await chat.page.locator(f'a[href="{path}"]').click()
    await expect(chat.text).to_have_text(WHOLE)
    await chat.has_status("complete")


async def test_the_page_stays_at_the_latest_words(chat: ChatPage) -> None:
    await chat.open(LONG_PACED.path)
    await expect(chat.text).to_contain_text("Paragraph 39")
    # Notes, whenever the text has grown and before that is painted, how far its end is below the edge. The
    # page's own observer was there first, so it has done its part by then.
    await chat.transcript.evaluate(
        """box => {
            box.furthest = 0;
            box.grown = 0;
            new ResizeObserver(() => {
                box.grown += 1;
                box.furthest = Math.max(box.furthest, box.scrollHeight - box.clientHeight - box.scrollTop);
            }).observe(box.firstElementChild);
        }"""
    )
    await chat.ask("Go on")

    assert await chat.transcript.evaluate(DISTANCE) <= 1
    assert await chat.transcript.evaluate("box => box.grown") > 1
    assert await chat.transcript.evaluate("box => box.furthest") <= 1
    await expect(chat.to_latest).to_be_hidden()


async def test_scrolling_up_stops_following_until_the_reader_returns(
    chat: ChatPage, upstream: Upstream
) -> None:
    await chat.open(LONG.path)
    await expect(chat.text).to_contain_text("Paragraph 39")
    await chat.send("Go on")
    await expect(chat.text).to_have_text(BEFORE)
    await expect(chat.to_latest).to_be_hidden()
    await chat.transcript.hover()
    await chat.page.mouse.wheel(0, -400)
    await expect(chat.to_latest).to_be_visible()
    place = await chat.transcript.evaluate("box => box.scrollTop")
    await upstream.release()
    await expect(chat.text).to_have_text(WHOLE)
    await chat.has_status("complete")

    assert await chat.transcript.evaluate("box => box.scrollTop") == place
    await chat.to_latest.click()
    await expect(chat.to_latest).to_be_hidden()
    assert await chat.transcript.evaluate(DISTANCE) <= 1


async def test_a_tab_in_the_background_has_the_whole_answer_when_it_is_looked_at(
    chat: ChatPage, page: Page, upstream: Upstream
) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", { value: true, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    await upstream.release()
    await page.evaluate(
        """() => {
            delete document.hidden;
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    await expect(chat.text).to_have_text(WHOLE)
    await chat.has_status("complete")
