"""The server goes away and comes back: nothing that was written is lost, and the page recovers by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import conversation, plant
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp

TALK = conversation("A talk", "echo", ["Hi", "Hello there"])


@pytest.fixture
def app(built: None, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """A webchat of one test, which stops and starts it."""
    data_dir = tmp_path_factory.mktemp("app") / "data"
    plant(data_dir, upstream.url, [TALK])
    with RunningApp(data_dir) as running:
        yield running


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser itself reports when a server is away."""
    return ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_INCOMPLETE_CHUNKED_ENCODING"]


async def away(chat: ChatPage, app: RunningApp, how: str = "kill") -> None:
    if how == "stop":
        assert app.stop() == 0
    else:
        app.kill()
    await expect(chat.page.get_by_test_id("offline")).to_be_visible()


async def back(chat: ChatPage, app: RunningApp) -> None:
    app.start()
    await expect(chat.page.get_by_test_id("offline")).to_be_hidden(timeout=15_000)


@pytest.mark.parametrize(("path", "how"), [(TALK.path, "stop"), ("/", "stop"), ("/", "kill")])
async def test_a_message_typed_meanwhile_is_still_there_and_can_be_sent(
    chat: ChatPage, app: RunningApp, path: str, how: str
) -> None:
    await chat.open(path)
    await chat.composer.fill("Before. ")
    await away(chat, app, how)
    await chat.composer.press_sequentially("Meanwhile.")
    await chat.composer.press("Enter")
    await expect(chat.problem).to_contain_text("not connected")
    await expect(chat.composer).to_have_value("Before. Meanwhile.")
    await back(chat, app)

    await expect(chat.problem).to_be_hidden()
    await expect(chat.composer).to_have_value("Before. Meanwhile.")
    await chat.ask("Before. Meanwhile. After.", model="echo")
    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Before. Meanwhile. After.")
    await expect(chat.questions).to_have_count(2 if path == TALK.path else 1)
    await chat.has_address()
    await chat.page.reload()
    await expect(chat.text).to_have_text("Before. Meanwhile. After.")


@pytest.mark.parametrize("arrives", [False, True])
async def test_a_message_sent_as_the_connection_breaks_arrives_once(
    chat: ChatPage, page: Page, arrives: bool
) -> None:
    broken: list[str] = []

    async def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        async def pass_on(message: str | bytes) -> None:
            breaks = "send_message" in str(message) and not broken
            if arrives or not breaks:
                server.send(message)
            if breaks:
                broken.append(str(message))
                await server.close()
                await socket.close()

        socket.on_message(pass_on)

    await page.route_web_socket("**/_event/**", connect)
    await chat.open(TALK.path)
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


async def test_an_answer_that_a_crash_interrupts_says_so_and_can_be_asked_for_again(
    chat: ChatPage, app: RunningApp
) -> None:
    await chat.open(TALK.path)
    await chat.choose("drip")
    await chat.send("Begin")
    await expect(chat.text).to_contain_text("drip drip drip drip")
    await away(chat, app)
    await back(chat, app)

    await chat.has_status("interrupted")
    await expect(chat.error_card).to_contain_text("interrupted")
    await expect(chat.text).to_contain_text("drip")
    await chat.choose("echo")
    await chat.page.get_by_test_id("retry").click()
    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Begin")


async def test_the_other_pages_recover_too(page: Page, chat: ChatPage, app: RunningApp) -> None:
    await page.goto(f"{app.url}/history")
    await expect(page.get_by_test_id("history-item")).to_have_count(1)
    await away(chat, app)
    await back(chat, app)
    await expect(page.get_by_test_id("history-item")).to_have_count(1)
    await page.get_by_test_id("history-filter").fill("talk")
    await expect(page.get_by_test_id("history-item")).to_have_count(1)
    await page.get_by_test_id("history-item").get_by_role("link").click()
    await expect(chat.text).to_have_text("Hello there")
