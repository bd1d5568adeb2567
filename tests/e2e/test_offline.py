"""The network is away for a while: what was written goes out once, and nothing is lost on the way."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.upstream import Upstream
from tests.upstreams.openai import expected_text

HERE = conversation("Written offline", turns=["Hi", "Hello there"])
LEFT = conversation("Left offline", turns=["Hi", "Hello there"])
RELOADED = conversation("Closed offline", turns=["Hi", "Hello there"])
TAKEN_BACK = conversation("Taken back offline", turns=["Hi", "Hello there"])
STREAMED = conversation("Answered meanwhile", "hold-offline")
PACED = conversation("Away in mid-answer", "paced-600-300")
SHOWN = conversation("Shown meanwhile", turns=["Hi", "Hello, you"])


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [HERE, LEFT, RELOADED, TAKEN_BACK, STREAMED, PACED, SHOWN]


@pytest.fixture
def tolerated() -> list[str]:
    """What the browser itself reports when the network is away."""
    return ["ERR_INTERNET_DISCONNECTED", "closed before the connection is established"]


async def away(chat: ChatPage) -> None:
    await chat.page.context.set_offline(True)
    await expect(chat.offline).to_be_visible()


async def back(chat: ChatPage) -> None:
    await chat.page.context.set_offline(False)
    await expect(chat.offline).to_be_hidden(timeout=15_000)


async def write_offline(chat: ChatPage, text: str) -> None:
    await chat.send(text)
    await expect(chat.unsent.filter(has_text=text)).to_have_text(f"Sends when you're back online: {text}")
    await expect(chat.composer).to_have_value("")


async def delivered(chat: ChatPage, *questions: str) -> None:
    """Expect just these questions, all answered by `echo`, now and after a reload."""
    for _ in range(2):
        await expect(chat.questions.get_by_test_id("message-text")).to_have_text(questions)
        await expect(chat.answers).to_have_count(len(questions))
        await chat.has_status("complete")
        await expect(chat.text).to_have_text(questions[-1])
        await expect(chat.unsent).to_be_hidden()
        await chat.page.reload()


async def test_a_message_written_offline_goes_out_once(chat: ChatPage) -> None:
    # The other tab of the same browser has the same outbox, and delivers what is in it too.
    second = ChatPage(await chat.page.context.new_page(), chat.url)
    await second.open(SHOWN.path)
    await chat.page.bring_to_front()
    await chat.open(HERE.path)
    await away(chat)
    await expect(chat.picker).to_be_disabled()  # what it were told would be lost
    await write_offline(chat, "Written offline")
    await chat.composer.press_sequentially("typed on ")
    await back(chat)
    await chat.composer.press_sequentially("all the while")

    await expect(chat.questions).to_have_count(2)
    await expect(chat.composer).to_have_value("typed on all the while")
    await expect(chat.picker).to_be_enabled()
    await delivered(chat, "Hi", "Written offline")
    await expect(chat.composer).to_have_value("typed on all the while")


async def test_a_message_written_offline_goes_to_its_conversation_from_another(chat: ChatPage) -> None:
    await chat.open(LEFT.path)
    await chat.sidebar.filter(has_text=SHOWN.title).click()
    await expect(chat.text).to_have_text("Hello, you")
    await chat.sidebar.filter(has_text=LEFT.title).click()
    await expect(chat.text).to_have_text("Hello there")
    await away(chat)
    await write_offline(chat, "For the one that was left")
    await chat.sidebar.filter(has_text=SHOWN.title).click()
    await expect(chat.page).to_have_url(chat.url + SHOWN.path)
    await back(chat)

    await expect(chat.text).to_have_text("Hello, you")
    await expect(chat.unsent).to_be_hidden()
    await expect(chat.questions).to_have_count(1)
    await chat.open(LEFT.path)
    await delivered(chat, "Hi", "For the one that was left")


async def test_a_message_written_offline_outlives_its_page(chat: ChatPage, page: Page) -> None:
    await chat.open(RELOADED.path)
    await away(chat)
    await write_offline(chat, "Closed too soon")
    await page.goto("about:blank")
    await page.context.set_offline(False)
    await chat.open(SHOWN.path)
    await expect(chat.unsent).to_be_hidden()
    await expect(chat.sidebar.first).to_have_attribute("href", RELOADED.path)

    await chat.open(RELOADED.path)
    await delivered(chat, "Hi", "Closed too soon")


async def test_a_message_written_offline_can_be_taken_back(chat: ChatPage) -> None:
    await chat.open(TAKEN_BACK.path)
    await away(chat)
    await write_offline(chat, "On second thoughts")
    await chat.unsent.get_by_test_id("unsent-edit").click()
    await expect(chat.unsent).to_be_hidden()
    await expect(chat.composer).to_have_value("On second thoughts")
    await back(chat)
    await chat.ask("On third thoughts")

    await delivered(chat, "Hi", "On third thoughts")


async def test_messages_of_a_new_chat_written_offline_become_one_conversation(chat: ChatPage) -> None:
    await chat.open()
    await chat.choose("echo")
    await away(chat)
    await write_offline(chat, "The first of two")
    await write_offline(chat, "The second of two")
    await chat.composer.press_sequentially("and a draft")
    await back(chat)

    await chat.has_address()
    await expect(chat.composer).to_have_value("and a draft")
    await delivered(chat, "The first of two", "The second of two")
    await expect(chat.sidebar.filter(has_text="of two")).to_have_count(1)
    await expect(chat.composer).to_have_value("and a draft")
    await chat.page.get_by_test_id("new-chat").click()
    await expect(chat.messages).to_have_count(0)
    await expect(chat.composer).to_have_value("")


async def test_an_answer_that_ends_while_the_network_is_away_is_whole_afterwards(
    chat: ChatPage, upstream: Upstream
) -> None:
    await chat.open(STREAMED.path)
    await chat.send("Begin")
    await expect(chat.text).to_have_text("Before the hold.")
    await away(chat)
    await upstream.release("offline")
    await back(chat)

    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Before the hold. After the hold.")


async def test_an_answer_goes_on_to_the_last_character_when_the_network_is_back(chat: ChatPage) -> None:
    await chat.open(PACED.path)
    await chat.send("Everything")
    await expect(chat.text).to_contain_text("Part 1")
    await away(chat)
    await back(chat)

    await chat.has_status("complete")
    await expect(chat.text).to_contain_text("END")
    assert await chat.stored_text() == expected_text(600)
    shown = await chat.text.inner_text()
    await chat.page.reload()
    await expect(chat.text).to_have_text(shown, use_inner_text=True)
