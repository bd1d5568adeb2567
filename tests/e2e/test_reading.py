"""A reader who scrolled up stays where they read, and words that could not come at once still come."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Route, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.upstream import Upstream
from tests.e2e.waiting import TWO_FRAMES
from webchat.services.chat.window import OPENING, WINDOW

PARAGRAPHS = "\n\n".join(f"Paragraph {number} of a long talk." for number in range(60))
CODE = (
    "```python\n" + "\n".join(f"value_{n} = compute({n}, 'text')  # line {n}" for n in range(300)) + "\n```"
)
CODED = conversation("An answer of code")
MANY = conversation("Many messages", turns=[f"Turn {number}" for number in range(500)])
TALK = conversation("One long answer", turns=["Talk", PARAGRAPHS])
MOST = OPENING + 6 * WINDOW
"""More messages than one request gets."""
FEW = conversation("A few messages", turns=[f"Turn {number}" for number in range(8)])

PLACE_OF = """(paragraph) => {
    const box = document.querySelector('[data-testid="transcript"]');
    return paragraph.getBoundingClientRect().top - box.getBoundingClientRect().top;
}"""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [CODED, MANY, TALK, FEW]


async def test_a_reader_further_up_stays_there_when_the_answer_ends(
    chat: ChatPage, upstream: Upstream
) -> None:
    # The answer is replaced on its way by one with a long code block, which no scripted model says and holds.
    async def stream(route: Route) -> None:
        events = f"retry:250\n\nid:{len(CODE)}\ndata:{json.dumps(CODE)}\n\n"
        await route.fulfill(body=events, content_type="text/event-stream")

    await chat.open()
    await chat.choose("hold")
    await chat.page.route("**/api/sent/**", lambda route: route.fulfill(status=204))
    await chat.page.route("**/api/messages/*/stream*", stream, times=1)
    await chat.send("Write code")
    await chat.text.get_by_role("button", name="Show all").click()
    await expect(chat.text).to_contain_text("line 299")
    await expect(
        chat.text.locator('[data-testid="code-block"] span', has_text="compute").first
    ).to_be_visible()
    await chat.page.unroute("**/api/messages/*/stream*")
    await chat.transcript.hover()
    await chat.page.mouse.wheel(0, -1500)
    await expect(chat.to_latest).to_be_visible()
    block = await chat.text.locator('[data-testid="code-block"]').element_handle()
    assert block is not None
    before = await chat.transcript.evaluate("box => box.scrollTop")
    await upstream.release()
    await chat.has_status("complete")

    assert await block.evaluate("block => block.isConnected")
    await expect(chat.to_latest).to_be_visible()
    assert abs(await chat.transcript.evaluate("box => box.scrollTop") - before) <= 8


async def test_a_column_that_shrinks_does_not_turn_following_on(chat: ChatPage) -> None:
    await chat.open(FEW.path)
    await expect(chat.text).to_have_text("Turn 7")
    article = chat.messages.last
    await article.evaluate("node => { node.style.height = '4000px'; }")
    await chat.transcript.hover()
    await chat.page.mouse.wheel(0, -900)
    await expect(chat.to_latest).to_be_visible()
    before = await chat.transcript.evaluate("box => box.scrollTop")
    for height in (10, 4000):
        await article.evaluate("(node, height) => { node.style.height = `${height}px`; }", height)
        await chat.page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")

    await expect(chat.to_latest).to_be_visible()
    assert abs(await chat.transcript.evaluate("box => box.scrollTop") - before) <= 8
    await chat.page.mouse.wheel(0, 9000)
    await expect(chat.to_latest).to_be_hidden()


async def test_what_grows_further_up_in_the_same_message_does_not_move_what_is_read(chat: ChatPage) -> None:
    await chat.open(TALK.path)
    paragraphs = chat.text.locator("p")
    await expect(paragraphs).to_have_count(60)
    await chat.transcript.hover()
    await chat.page.mouse.wheel(0, -900)
    await expect(chat.to_latest).to_be_visible()
    await chat.page.evaluate(TWO_FRAMES)
    read = chat.text.locator("p", has_text="Paragraph 40 ")
    before = await read.evaluate(PLACE_OF)
    for height in ("900px", "10px"):
        await paragraphs.nth(2).evaluate("(node, height) => { node.style.height = height; }", height)
        await chat.page.evaluate(TWO_FRAMES)

        assert abs(await read.evaluate(PLACE_OF) - before) <= 2
    await expect(chat.to_latest).to_be_visible()


async def fetch_nothing_early(chat: ChatPage) -> None:
    """Let the page ask for every message itself."""
    await chat.page.route("**/api/conversations/*/messages?*", lambda route: route.fulfill(json={}))


async def test_more_than_two_hundred_messages_are_asked_for_in_parts(chat: ChatPage) -> None:
    asked: list[int] = []

    async def count(route: Route) -> None:
        asked.append(len(route.request.url.partition("ids=")[2].split(",")))
        await route.continue_()

    await chat.open(MANY.path)
    await expect(chat.text).to_have_text("Turn 499")
    for loaded in range(OPENING, MOST, WINDOW):
        await expect(chat.messages).to_have_count(loaded)
        await chat.transcript.evaluate("box => { box.scrollTop = 0; }")
    await expect(chat.messages).to_have_count(MOST)
    first = f"Turn {500 - MOST}"
    await expect(chat.messages.first.get_by_test_id("message-text")).to_have_text(first)
    await fetch_nothing_early(chat)
    await chat.page.route("**/api/messages?*", count)
    await chat.page.reload()

    await expect(chat.messages).to_have_count(MOST)
    await expect(chat.messages.first.get_by_test_id("message-text")).to_have_text(first)
    await expect(chat.page.get_by_text("could not be loaded")).to_have_count(0)
    assert sum(asked) == MOST
    assert max(asked) <= 200


async def test_messages_left_out_of_a_response_are_asked_for_again(chat: ChatPage) -> None:
    asked: list[list[str]] = []

    async def first_only(route: Route) -> None:
        asked.append(route.request.url.partition("ids=")[2].split(","))
        found = await (await route.fetch()).json()
        gone = asked[0][-1]
        kept = [message_id for message_id in asked[-1] if message_id in found and message_id != gone][:3]
        await route.fulfill(json={message_id: found[message_id] for message_id in kept})

    await fetch_nothing_early(chat)
    await chat.page.route("**/api/messages?*", first_only)
    await chat.open(FEW.path)

    # Seven come in threes; the one that never comes is asked for once more at the end, and then no more.
    await expect(chat.messages.get_by_test_id("message-text")).to_have_text([f"Turn {n}" for n in range(7)])
    await expect(chat.page.get_by_text("could not be loaded")).to_have_count(1)
    assert [len(ids) for ids in asked] == [8, 5, 2, 1]


async def test_words_that_could_not_be_fetched_are_fetched_again(chat: ChatPage) -> None:
    await fetch_nothing_early(chat)
    await chat.page.route("**/api/messages?*", lambda route: route.fulfill(status=503), times=2)
    await chat.open(FEW.path)

    await expect(chat.text).to_have_text("Turn 7")


async def test_a_part_of_an_unknown_type_is_one_line_among_the_text(chat: ChatPage) -> None:
    async def with_image(route: Route) -> None:
        found = await (await route.fetch()).json()
        for message in found.values():
            message["parts"] = [*message["parts"], {"type": "image"}, {"type": "text", "text": "The end"}]
        await route.fulfill(json=found)

    await fetch_nothing_early(chat)
    await chat.page.route("**/api/messages?*", with_image)
    await chat.open(FEW.path)

    unknown = "This version of the page cannot show this part of the message. Reload the page to see it."
    await expect(chat.text).to_have_text(f"Turn 7{unknown}The end")
    await expect(chat.questions.last.get_by_test_id("message-text")).to_have_text(f"Turn 6{unknown}The end")


@pytest.fixture
def tolerated() -> list[str]:
    return ["503"]
