"""Answers made to freeze the page: what is too expensive is plain text, and every word is there."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.pathological import texts

SIZE = 39 * 1024
PLAIN = ("flat list", "table", "struck", "opened links", "quotes", "deep list", "combining marks")
TEXTS = texts(SIZE)
ANSWERS = {name: conversation(name, turns=["Show me", TEXTS[name]]) for name in (*PLAIN, "ordinary answer")}
WORDS = "node => node.textContent.replace(/\\s+/g, '')"
LONGEST_BLOCK = (
    "part => Math.max(...[...part.lastElementChild.children].map(block => block.textContent.length))"
)

# How many pieces there are after every change of the page.
COUNT_PIECES = """
window.pieceCounts = [];
new MutationObserver(() => window.pieceCounts.push(document.querySelectorAll(".answer-piece").length))
  .observe(document, { childList: true, subtree: true });
"""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return list(ANSWERS.values())


@pytest.mark.parametrize("name", PLAIN)
async def test_s13_what_costs_too_much_is_plain_text_and_whole(chat: ChatPage, name: str) -> None:
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await chat.open(ANSWERS[name].path)
    part = chat.text.get_by_test_id("plain-part")

    await expect(part).to_have_count(1)
    await expect(chat.text).to_contain_text("END")
    assert "".join(TEXTS[name].removesuffix("END").split()) in await chat.text.evaluate(WORDS)
    assert await part.evaluate(LONGEST_BLOCK) <= 2000
    await part.get_by_test_id("copy-plain").click()
    await expect(part.get_by_test_id("copy-plain")).to_have_text("Copied")
    copied = str(await chat.page.evaluate("navigator.clipboard.readText()"))
    assert copied.strip() in TEXTS[name]
    await chat.composer.fill("The page answers")
    await expect(chat.composer).to_have_value("The page answers")


async def test_s13_a_long_ordinary_answer_is_formatted_in_pieces(chat: ChatPage) -> None:
    await chat.open(ANSWERS["ordinary answer"].path)
    whole = TEXTS["ordinary answer"]

    await expect(chat.text.get_by_role("heading")).to_have_count(whole.count("## A heading"))
    await expect(chat.text.locator("table")).to_have_count(whole.count("| name |"))
    await expect(chat.text.locator("p").last).to_have_text("END")
    await expect(chat.text.get_by_test_id("plain-part")).to_have_count(0)
    assert await chat.text.locator(".answer-piece").count() > 3


async def test_s13_the_pieces_come_one_after_the_other(chat: ChatPage) -> None:
    """The page answers between two of them."""
    await chat.page.add_init_script(COUNT_PIECES)
    await chat.open(ANSWERS["ordinary answer"].path)

    await expect(chat.text.locator("p").last).to_have_text("END")
    seen = [count for count in await chat.page.evaluate("window.pieceCounts") if count]
    assert 0 < seen[0] < seen[-1]


async def test_s13_what_becomes_too_expensive_is_plain_text(chat: ChatPage) -> None:
    await chat.open()
    await chat.ask(TEXTS["flat list"][-8000:], model="echo")

    await expect(chat.text.get_by_test_id("plain-part")).to_have_count(1)
    await expect(chat.text).to_contain_text("END")
    assert await chat.text.locator("li").count() == 0
