"""The server goes away and comes back: nothing that was written is lost, and the page recovers by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.running_app import RunningApp

TALK, LOST, ARRIVED, RETRIED, CONTINUED, FOUND = (
    conversation(title, "echo", ["Hi", "Hello there"])
    for title in ("A talk", "Lost on the way", "Arrived unseen", "Asked again", "Gone on with", "Found again")
)


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [TALK, LOST, ARRIVED, RETRIED, CONTINUED, FOUND]


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """Its tests stop and start it."""
    return own_app


@pytest.fixture(autouse=True)
def _running_for_the_next(app: RunningApp) -> Iterator[None]:
    yield
    with suppress(AssertionError):  # it runs
        app.start()


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser itself reports when a server is away."""
    return ["net::ERR_", "WebSocket connection to"]


async def away(chat: ChatPage, app: RunningApp, how: str = "kill") -> None:
    if how == "stop":
        assert app.stop() == 0
    else:
        app.kill()
    await expect(chat.offline).to_be_visible()


async def back(chat: ChatPage, app: RunningApp) -> None:
    app.start()
    await expect(chat.offline).to_be_hidden(timeout=15_000)


@pytest.mark.parametrize(
    ("path", "how"),
    [(TALK.path, "stop"), ("/", "stop"), ("/", "kill")],
    ids=["conversation-stop", "new-stop", "new-kill"],
)
async def test_a_message_sent_meanwhile_goes_out_once_when_the_server_is_back(
    chat: ChatPage, app: RunningApp, path: str, how: str
) -> None:
    await chat.open(path)
    if path == "/":
        await chat.choose("echo")
    else:
        await expect(chat.text).to_be_visible()
    questions = await chat.questions.count() + 1
    await chat.composer.fill("Before. ")
    await away(chat, app, how)
    await chat.composer.press_sequentially("Meanwhile.")
    await chat.composer.press("Enter")
    await expect(chat.unsent).to_have_text("Sends when you're back online: Before. Meanwhile.")
    await expect(chat.composer).to_have_value("")
    await chat.composer.press_sequentially("After.")
    await back(chat, app)

    await expect(chat.answers).to_have_count(questions)
    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Before. Meanwhile.")
    await expect(chat.unsent).to_be_hidden()
    await expect(chat.composer).to_have_value("After.")
    await chat.has_address()
    await chat.page.reload()
    await expect(chat.text).to_have_text("Before. Meanwhile.")
    await expect(chat.questions).to_have_count(questions)
    await expect(chat.composer).to_have_value("After.")


@pytest.mark.parametrize("talk", [LOST, ARRIVED], ids=["lost", "arrived"])
async def test_a_message_sent_as_the_connection_breaks_arrives_once(
    chat: ChatPage, page: Page, talk: Planted
) -> None:
    broken: list[str] = []

    async def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        async def pass_on(message: str | bytes) -> None:
            breaks = "send_message" in str(message) and not broken
            if talk is ARRIVED or not breaks:
                server.send(message)
            if breaks:
                broken.append(str(message))
                await server.close()
                await socket.close()

        socket.on_message(pass_on)

    await page.route_web_socket("**/_event/**", connect)
    await chat.open(talk.path)
    await chat.send("Only once")

    await expect(chat.questions).to_have_count(2)
    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Only once")
    await expect(chat.composer).to_have_value("")
    await page.reload()
    await expect(chat.text).to_have_text("Only once")
    await expect(chat.questions).to_have_count(2)
    await expect(chat.composer).to_have_value("")
    assert len(broken) == 1


async def interrupted(chat: ChatPage, app: RunningApp, talk: Planted) -> str:
    """Crash in the middle of an answer, start again, and return what the server has kept of the answer."""
    await chat.open(talk.path)
    await chat.choose("drip")
    await chat.send("Begin")
    await chat.has_status("streaming")
    await expect(chat.text).to_contain_text("drip drip drip drip")
    await away(chat, app)
    await back(chat, app)

    await chat.has_status("interrupted")
    await expect(chat.error_card).to_contain_text("interrupted")
    kept = await chat.stored_text()
    assert kept
    assert ("drip " * len(kept)).startswith(kept)
    # What was shown and not kept is gone from the page too, or going on would leave a gap.
    await expect(chat.text).to_have_text(kept)
    return kept


async def test_an_answer_that_a_crash_interrupts_can_be_asked_for_again(
    chat: ChatPage, app: RunningApp
) -> None:
    await interrupted(chat, app, RETRIED)
    await chat.choose("echo")
    await chat.page.get_by_test_id("retry").click()
    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Begin")


async def test_an_answer_that_a_crash_interrupts_is_continued_where_it_stopped(
    chat: ChatPage, app: RunningApp
) -> None:
    kept = await interrupted(chat, app, CONTINUED)
    await chat.choose("reasoning")
    await chat.page.get_by_test_id("continue").click()

    await chat.has_status("complete")
    assert await chat.stored_text() == f"{kept}The answer is 42."
    await expect(chat.text).to_have_text(f"{kept}The answer is 42.")
    await chat.page.reload()
    await expect(chat.text).to_have_text(f"{kept}The answer is 42.")
    await expect(chat.error_card).to_be_hidden()


async def test_the_other_pages_recover_too(page: Page, chat: ChatPage, app: RunningApp) -> None:
    await page.goto(f"{app.url}/history")
    await expect(page.get_by_test_id("history-item").first).to_be_visible()
    await away(chat, app)
    await back(chat, app)
    await expect(page.get_by_test_id("history-item").first).to_be_visible()
    await page.get_by_test_id("search").fill(FOUND.title)
    await page.get_by_test_id("search-title").first.click()
    await expect(chat.text).to_have_text("Hello there")
