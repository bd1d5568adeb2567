"""What is done with a finished answer: it is printed, copied, read aloud, and its details are looked at."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted
from tests.e2e.rich_answers import answers_to_plant, show
from tests.e2e.waiting import TWO_FRAMES

ANSWERS = answers_to_plant("To be used", ["all", "html", "lists", "long code"])


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return list(ANSWERS.values())


async def test_a_printed_conversation_is_whole_and_alone(chat: ChatPage) -> None:
    await show(chat, ANSWERS["all"])
    await chat.page.emulate_media(media="print")

    for hidden in (chat.composer, chat.page.locator("aside"), chat.answer.get_by_test_id("copy")):
        await expect(hidden).to_be_hidden()
    await expect(chat.transcript).to_have_css("overflow-y", "visible")
    await expect(chat.text.locator("details strong")).to_be_visible()
    article = await chat.answer.bounding_box()
    assert article is not None
    assert await chat.page.evaluate("document.documentElement.scrollHeight") >= article["height"]
    await chat.page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    await expect(chat.text.locator("pre").first).to_contain_text("line_199 = 199")


async def test_an_answer_is_copied_as_plain_and_as_rich_text(chat: ChatPage) -> None:
    await chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await show(chat, ANSWERS["long code"])
    menu = chat.answer.get_by_test_id("message-menu")
    await menu.click()
    await chat.page.get_by_test_id("copy-plain-text").click()
    await expect(chat.answer.get_by_text("Copied", exact=True)).to_be_attached()
    plain = str(await chat.page.evaluate("navigator.clipboard.readText()"))
    assert plain.startswith("line_0 = 0")
    assert plain.endswith("line_199 = 199")

    await show(chat, ANSWERS["lists"])
    await menu.click()
    await chat.page.get_by_test_id("copy-rich").click()
    await expect(chat.answer.get_by_text("Copied", exact=True)).to_be_attached()
    rich = await chat.page.evaluate(
        """async () => {
            const [item] = await navigator.clipboard.read();
            return (await item.getType("text/html")).text();
        }"""
    )
    assert "<p>a second paragraph</p>" in rich
    assert "class" not in rich.split("<ul", 1)[1]


async def test_a_menu_moves_with_its_button_until_that_is_out_of_sight(chat: ChatPage) -> None:
    await show(chat, ANSWERS["all"])
    button, menu = chat.answer.get_by_test_id("message-menu"), chat.page.get_by_test_id("action-menu")
    await expect(chat.text.locator("math").first).to_be_visible()
    await button.click()
    await expect(menu).to_be_visible()
    distance = await distance_between(button, menu)
    await chat.transcript.evaluate("box => { box.scrollTop -= 40; }")
    await chat.page.evaluate(TWO_FRAMES)

    assert await distance_between(button, menu) == distance
    await chat.transcript.evaluate("box => { box.scrollTop = 0; }")
    await expect(menu).to_have_count(0)


async def distance_between(button: Locator, menu: Locator) -> float:
    """How far the top of an open menu is from that of its button, in pixels."""
    of_button, of_menu = await button.bounding_box(), await menu.bounding_box()
    assert of_button is not None
    assert of_menu is not None
    return of_menu["y"] - of_button["y"]


async def test_an_answer_is_read_aloud(chat: ChatPage) -> None:
    await chat.page.add_init_script(
        """window.said = [];
        speechSynthesis.speak = utterance => { window.said.push(utterance.text); };"""
    )
    await show(chat, ANSWERS["html"])
    menu = chat.answer.get_by_test_id("message-menu")
    await menu.click()
    await chat.page.get_by_test_id("read-aloud").click()

    assert "H2O" in (await chat.page.evaluate("window.said"))[0]
    await menu.click()
    await expect(chat.page.get_by_test_id("read-aloud")).to_have_text("Stop reading")


async def test_the_details_of_an_answer_are_shown_on_demand(chat: ChatPage) -> None:
    await chat.open()
    await chat.ask("Hello", model="echo")
    await expect(chat.answer.get_by_test_id("details")).to_have_count(0)
    await chat.answer.get_by_test_id("message-note").click()

    facts = chat.answer.get_by_test_id("facts")
    for name in ("Provider", "Model", "Began", "Time", "Tokens"):
        await expect(facts.locator("dt", has_text=name).first).to_be_visible()
    await expect(facts.locator("dd").nth(0)).to_have_text("Loop")
    await expect(facts.locator("dd").nth(1)).to_have_text("echo")
