"""A conversation of 1,000 messages: opens at its end, more comes on scrolling up, the place is kept."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.waiting import until
from webchat.services.chat.window import OPENING, WINDOW

ANSWER = """Answer {number} begins here.

```python
def answer_{number}() -> int:
    return {number}
```

| number | twice |
| --- | ---: |
| {number} | {number}{number} |

It ends after some **more** words, so that it is as long as answers are.
"""
LONG = conversation(
    "A thousand messages",
    turns=[
        ANSWER.format(number=number) if number % 2 else f"Question {number}, on\nmore than one line"
        for number in range(1000)
    ],
)
SHORT = conversation("Two messages", turns=["Hi", "Hello there"])
TALK = conversation("Many short messages", turns=[f"Word {number}" for number in range(100)])

NOTE_NODES = """() => {
    document.querySelectorAll('[data-testid="message"] *').forEach(node => { node.kept = true; });
}"""
NEW_NODES = """() => [...document.querySelectorAll('[data-testid="message"]')]
    .filter(message => [...message.querySelectorAll("table, table *")].some(node => !node.kept))
    .map(message => message.dataset.id)"""
"""Code is left out: its colours come later."""
SCROLL_UP = """async box => {
    box.scrollTop = 700;  // not so far that anything is loaded
    // What comes into sight is laid out only now.
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
    box.scrollTop = 100;
    const edge = box.getBoundingClientRect().top;
    box.read = [...box.querySelectorAll("article p")].find(one => one.getBoundingClientRect().bottom > edge);
    return box.read.getBoundingClientRect().top - edge;
}"""
PLACE_NOW = "box => box.read.getBoundingClientRect().top - box.getBoundingClientRect().top"


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [LONG, SHORT, TALK]


async def test_it_opens_at_its_end_with_a_part_loaded(chat: ChatPage) -> None:
    await chat.open(LONG.path)

    await expect(chat.answer).to_contain_text("Answer 999 begins here")
    await expect(chat.answer.get_by_text("as long as answers are")).to_be_in_viewport()
    await expect(chat.messages).to_have_count(OPENING)
    await expect(chat.to_latest).to_be_hidden()
    await chat.sidebar.filter(has_text=SHORT.title).click()
    await expect(chat.text).to_have_text("Hello there")
    await chat.sidebar.filter(has_text=LONG.title).click()
    await expect(chat.answer.get_by_text("as long as answers are")).to_be_in_viewport()


async def test_a_high_screen_is_filled(chat: ChatPage) -> None:
    await chat.page.set_viewport_size({"width": 1280, "height": 2400})
    await chat.open(TALK.path)

    await expect(chat.messages).to_have_count(OPENING + WINDOW)
    await expect(chat.text).to_have_text("Word 99")
    await expect(chat.text).to_be_in_viewport()


async def test_scrolling_up_loads_more_and_keeps_the_place(chat: ChatPage) -> None:
    await chat.open(LONG.path)
    # Until its words are there the column is short, and its beginning is its end.
    await expect(chat.transcript.locator("table")).to_have_count(OPENING // 2)
    for loaded in (OPENING + WINDOW, OPENING + 2 * WINDOW, OPENING + 3 * WINDOW):
        before = await chat.transcript.evaluate(SCROLL_UP)
        await expect(chat.to_latest).to_be_visible()
        await expect(chat.messages).to_have_count(loaded)
        earlier = chat.messages.first
        await expect(earlier.get_by_test_id("message-text")).to_contain_text(f"Question {1000 - loaded}")
        # Every block that came has its final height once its code and its table are there.
        await expect(chat.transcript.locator('[data-testid="code-block"]')).to_have_count(loaded // 2)
        await expect(chat.transcript.locator("table")).to_have_count(loaded // 2)

        after = await chat.transcript.evaluate(PLACE_NOW)
        assert abs(after - before) <= 8
    await chat.to_latest.click()
    await expect(chat.answer.get_by_text("as long as answers are")).to_be_in_viewport()


async def test_older_messages_come_in_parts_and_build_nothing_anew(chat: ChatPage) -> None:
    await chat.open(LONG.path)
    await expect(chat.answer).to_contain_text("Answer 999 begins here")
    await expect(chat.transcript.locator("table")).to_have_count(OPENING // 2)
    known = [await chat.messages.nth(number).get_attribute("data-id") for number in range(OPENING)]
    await chat.page.evaluate(NOTE_NODES)
    await chat.transcript.evaluate("box => { box.scrollTop = 0; }")
    await expect(chat.messages).to_have_count(OPENING + WINDOW)
    await expect(chat.transcript.locator("table")).to_have_count((OPENING + WINDOW) // 2)

    assert not set(await chat.page.evaluate(NEW_NODES)) & set(known)


async def test_a_new_answer_builds_none_of_the_others_anew(chat: ChatPage) -> None:
    await chat.open(LONG.path)
    await expect(chat.transcript.locator("table")).to_have_count(OPENING // 2)
    await chat.page.evaluate(NOTE_NODES)
    await chat.ask("And one more")

    await expect(chat.text).to_have_text("And one more")
    await expect(chat.text).to_be_in_viewport()
    ids = [await one.get_attribute("data-id") for one in await chat.messages.all()]
    assert set(await chat.page.evaluate(NEW_NODES)) <= set(ids[-2:])


async def scroll_up(chat: ChatPage) -> None:
    """Scroll to where older messages are loaded, once those loaded before have moved the reader down."""
    await chat.transcript.evaluate(until("element.scrollTop >= 700"))
    # Not within a frame: as with a reader, the page hears of it before the next layout.
    await chat.transcript.evaluate("box => { box.scrollTop = 500; }")


async def test_who_sends_from_further_up_sees_what_they_sent(chat: ChatPage) -> None:
    await chat.open(LONG.path)
    await expect(chat.questions.first).to_contain_text("Question 9")
    for loaded in (OPENING + WINDOW, OPENING + 2 * WINDOW, OPENING + 3 * WINDOW):
        await scroll_up(chat)
        await expect(chat.messages).to_have_count(loaded)
    await chat.choose("echo")
    await chat.send("From further up")

    await chat.has_status("complete")
    await expect(chat.text).to_have_text("From further up")
    await expect(chat.text).to_be_in_viewport()
    await expect(chat.to_latest).to_be_hidden()
    await expect(chat.messages).to_have_count(WINDOW)  # the others come again on scrolling up
