"""What a person does while the server cannot be reached is answered, and nothing they wrote is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation

HERE = conversation("Edited offline", turns=["Hi", "Hello there"])
THERE = conversation("Opened offline", turns=["Hi", "Hello, you"])

DROP = """
() => {
  const data = new DataTransfer();
  data.items.add(new File(["words"], "notes.txt"));
  const event = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector("aside").dispatchEvent(event);
  return event.defaultPrevented;
}
"""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [HERE, THERE]


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser itself reports when the network is away."""
    return ["ERR_INTERNET_DISCONNECTED", "closed before the connection is established"]


async def test_controls_that_need_the_server_say_so_offline(chat: ChatPage) -> None:
    notice = chat.page.get_by_test_id("page-notice")
    await chat.open(HERE.path)
    await expect(chat.text).to_have_text("Hello there")
    await expect(chat.sidebar.filter(has_text=THERE.title)).to_be_visible()
    await chat.page.context.set_offline(True)
    await expect(chat.offline).to_be_visible()
    await chat.questions.get_by_test_id("edit").click(force=True)
    await expect(notice).to_contain_text("You're offline. Nothing was changed")
    await chat.sidebar.filter(has_text=THERE.title).click()
    await expect(notice).to_contain_text("will open when you're back online")
    await chat.page.context.set_offline(False)

    await expect(chat.text).to_have_text("Hello, you", timeout=15_000)
    await expect(notice).to_be_hidden()


async def test_an_edit_saved_offline_is_sent_when_the_connection_is_back(chat: ChatPage) -> None:
    await chat.open(HERE.path)
    await expect(chat.text).to_have_text("Hello there")
    await chat.questions.hover()
    await chat.questions.get_by_test_id("edit").click()
    editor = chat.page.get_by_test_id("message-editor")
    await expect(editor).to_be_visible()
    await chat.page.context.set_offline(True)
    await expect(chat.offline).to_be_visible()
    await editor.fill("Edited offline")
    await editor.press("Enter")
    await expect(chat.page.get_by_test_id("edit-note")).to_have_text("Sends when you're back online.")
    await expect(editor).to_have_value("Edited offline")
    await chat.page.context.set_offline(False)

    await expect(chat.questions.get_by_test_id("message-text")).to_have_text("Edited offline", timeout=15_000)
    await expect(chat.text).to_have_text("Edited offline")


async def test_a_file_dropped_where_nothing_takes_it_opens_nothing(chat: ChatPage) -> None:
    await chat.open()

    assert await chat.page.evaluate(DROP)
    await expect(chat.page.get_by_test_id("page-notice")).to_contain_text("Drop files on a conversation")


async def test_what_is_typed_after_a_model_is_picked_is_the_message(chat: ChatPage) -> None:
    await chat.open()
    await chat.choose("echo")
    await chat.page.keyboard.type("Typed at once")

    await expect(chat.composer).to_have_value("Typed at once")


async def test_a_stopped_answer_and_one_cut_at_its_limit_can_be_continued(chat: ChatPage) -> None:
    await chat.open()
    await chat.ask("Begin", model="length")
    await expect(chat.answer.get_by_test_id("continue")).to_be_visible()
    await chat.choose("hold")
    await chat.send("Again")
    await expect(chat.text).to_have_text("Before the hold.")
    await chat.stop_button.click()
    await chat.has_status("stopped")
    await chat.choose("echo")
    await chat.answer.get_by_test_id("continue").click()

    await chat.has_status("complete")
    await expect(chat.text).to_contain_text("Before the hold.")
    await expect(chat.page.get_by_test_id("continue")).to_be_hidden()


async def test_a_long_wait_is_counted(chat: ChatPage) -> None:
    await chat.open()
    await chat.page.clock.install()
    await chat.choose("wait")
    await chat.send("Take your time")
    await chat.has_status("streaming")
    await chat.page.clock.fast_forward(75_000)

    await expect(chat.answer.get_by_test_id("waiting-clock")).to_contain_text("1 min")
    await chat.stop_button.click()


async def test_a_wait_is_counted_from_its_beginning_after_a_reload(chat: ChatPage) -> None:
    await chat.open()
    await chat.choose("wait")
    await chat.send("Take your time")
    await chat.has_status("streaming")
    await chat.has_address()
    await chat.page.clock.install(time=datetime.now(UTC) + timedelta(minutes=5))
    await chat.page.reload()

    await expect(chat.answer.get_by_test_id("waiting-clock")).to_contain_text("5 min")
    await chat.stop_button.click()
    await chat.has_status("stopped")
