"""Writing a message: what sends it, what does not, and that no text is ever lost."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.socket_gate import SocketGate
from tests.e2e.upstream import Upstream

ONE = conversation("One", turns=["First", "The first answer"])
TWO = conversation("Two", turns=["Second", "The second answer"])
PHONE = conversation("By touch", turns=["Third", "The third answer"])
LIMIT = 256 * 1024


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [ONE, TWO, PHONE]


async def test_the_composer_is_ready_to_write_in(chat: ChatPage) -> None:
    await chat.open()

    await expect(chat.composer).to_be_focused()
    await chat.choose("echo")
    await chat.composer.focus()
    await chat.page.keyboard.type("Hello")
    await chat.page.keyboard.press("Enter")
    await expect(chat.questions.get_by_test_id("message-text")).to_have_text("Hello")
    await expect(chat.composer).to_have_value("")
    await chat.has_address()
    await expect(chat.composer).to_be_focused()


async def test_what_is_typed_while_the_page_loads_is_kept(chat: ChatPage, page: Page) -> None:
    async def over_a_slow_line(route: Route) -> None:
        await asyncio.sleep(0.5)
        await route.continue_()

    await page.route("**/assets/*.js", over_a_slow_line)
    await page.goto(chat.url, wait_until="commit")
    await chat.composer.fill("typed early")
    await expect(page.get_by_test_id("send")).to_be_enabled()
    await expect(chat.composer).to_have_value("typed early")
    await page.reload()

    await expect(chat.composer).to_have_value("typed early")
    await chat.composer.fill("")


async def test_what_is_typed_before_the_state_has_come_belongs_to_the_conversation(
    chat: ChatPage, page: Page
) -> None:
    gate = SocketGate()
    gate.close()
    await gate.attach(page)
    await page.goto(chat.url + ONE.path)
    await expect(chat.composer).to_be_focused()
    await page.keyboard.type("before")
    await expect(chat.composer).to_have_value("before")
    gate.open()
    await expect(chat.text.last).to_have_text("The first answer")
    await expect(chat.composer).to_have_value("before")
    await page.goto(chat.url)
    await expect(chat.composer).to_be_focused()
    await expect(chat.composer).to_have_value("")
    await page.goto(chat.url + ONE.path)

    await expect(chat.composer).to_have_value("before")
    await chat.composer.fill("")


async def test_shift_and_enter_break_the_line(chat: ChatPage) -> None:
    await chat.open(ONE.path)
    before = await chat.composer.bounding_box()
    await chat.composer.press_sequentially("one")
    await chat.composer.press("Shift+Enter")
    await chat.composer.press_sequentially("two")
    await expect(chat.composer).to_have_value("one\ntwo")
    after = await chat.composer.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] > before["height"]
    await chat.composer.press("Enter")

    await expect(chat.questions.last.get_by_test_id("message-text")).to_have_text("one\ntwo")


async def test_on_a_touch_screen_enter_begins_a_line_and_the_button_sends(
    chat: ChatPage, browser: Browser
) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    phone = ChatPage(await context.new_page(), chat.url)
    await phone.open(PHONE.path)
    await phone.composer.tap()
    await phone.page.keyboard.type("one")
    await phone.page.keyboard.press("Enter")
    await phone.page.keyboard.type("two")
    await expect(phone.composer).to_have_value("one\ntwo")
    await expect(phone.questions).to_have_count(1)
    await phone.send_button.tap()

    sent = phone.questions.last
    await expect(sent.get_by_test_id("message-text")).to_have_text("one\ntwo")
    await phone.has_status("complete")
    await sent.get_by_test_id("question-menu").tap()
    await phone.page.get_by_test_id("question-edit").tap()
    editor = phone.page.get_by_test_id("message-editor")
    await editor.press("Enter")
    await expect(editor).to_have_value("one\ntwo\n")
    await context.close()


async def test_the_composer_grows_only_to_a_part_of_the_window(chat: ChatPage) -> None:
    await chat.open()
    await chat.composer.fill("\n".join(f"line {number}" for number in range(200)))
    box = await chat.composer.bounding_box()

    assert box is not None
    assert box["height"] <= 0.41 * 720
    await expect(chat.send_button).to_be_in_viewport()


@pytest.mark.parametrize("of_a_composition", [{"isComposing": True}, {"keyCode": 229}])
async def test_enter_that_ends_a_composition_does_not_send(
    chat: ChatPage, of_a_composition: dict[str, object]
) -> None:
    await chat.open(ONE.path)
    known = await chat.questions.count()
    await chat.composer.fill("にほん")
    enter = {"key": "Enter", "bubbles": True, "cancelable": True, **of_a_composition}
    await chat.composer.dispatch_event("keydown", enter)
    await expect(chat.composer).to_have_value("にほん")
    await chat.composer.press_sequentially("語")
    await chat.ask("にほん語")

    await expect(chat.questions).to_have_count(known + 1)
    await expect(chat.questions.last).to_contain_text("にほん語")


@pytest.mark.parametrize("nothing", ["", "  \n\t "])
async def test_nothing_is_not_sent(chat: ChatPage, nothing: str) -> None:
    await chat.open(TWO.path)
    known = await chat.questions.count()
    await expect(chat.send_button).to_be_disabled()
    await chat.send(nothing)
    await expect(chat.composer).to_have_value(nothing)
    await expect(chat.send_button).to_be_disabled()
    await chat.ask("Something")

    await expect(chat.questions).to_have_count(known + 1)


async def test_enter_during_an_answer_queues_the_message(chat: ChatPage, upstream: Upstream) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.send("Begin")
    await expect(chat.stop_button).to_be_visible()
    await chat.has_address()
    await chat.send("And then?")
    await expect(chat.queued).to_contain_text("Next: And then?")
    await expect(chat.composer).to_have_value("")
    await expect(chat.questions).to_have_count(1)
    await upstream.release()

    await expect(chat.questions).to_have_count(2)
    await expect(chat.questions.last.get_by_test_id("message-text")).to_have_text("And then?")
    await expect(chat.queued).to_be_hidden()
    await upstream.release()
    await expect(chat.answers).to_have_count(2)
    await chat.has_status("complete")


async def test_a_text_over_the_limit_stays_in_the_composer(chat: ChatPage) -> None:
    await chat.open()
    too_long = "ж" * (LIMIT // 2) + "!"
    await chat.send(too_long)

    await expect(chat.problem).to_contain_text("257 KB; the limit is 256 KB")
    assert await chat.composer.input_value() == too_long, "the text is not what it was"
    await expect(chat.messages).to_have_count(0)
    await chat.page.reload()
    await expect(chat.composer).not_to_have_value("")
    assert await chat.composer.input_value() == too_long, "the text is not what it was"
    await chat.choose("reasoning")
    await chat.ask(too_long[:-1])
    await expect(chat.problem).to_be_hidden()
    await expect(chat.text).to_have_text("The answer is 42.")


async def test_a_page_that_does_not_check_is_refused_by_the_server_and_keeps_its_text(
    chat: ChatPage,
) -> None:
    await chat.open()
    await chat.choose("echo")
    await chat.page.evaluate("TextEncoder.prototype.encode = () => new Uint8Array(1)")
    too_long = "x" * (LIMIT + 1)
    await chat.send(too_long)

    await expect(chat.problem).to_contain_text("257 KB; the limit is 256 KB")
    assert await chat.composer.input_value() == too_long, "the text is not what it was"
    await expect(chat.messages).to_have_count(0)
    await chat.page.reload()
    await expect(chat.composer).not_to_have_value("")
    assert await chat.composer.input_value() == too_long, "the text is not what it was"


async def test_each_conversation_keeps_its_draft(chat: ChatPage) -> None:
    await chat.open(ONE.path)
    await chat.composer.fill("for the first")
    await chat.sidebar.filter(has_text=TWO.title).click()
    await expect(chat.composer).to_have_value("")
    await chat.composer.fill("for the second")
    await chat.page.get_by_test_id("new-chat").click()
    await expect(chat.composer).to_have_value("")
    await chat.sidebar.filter(has_text=ONE.title).click()
    await expect(chat.composer).to_have_value("for the first")
    await chat.page.reload()
    await expect(chat.composer).to_have_value("for the first")
    await chat.sidebar.filter(has_text=TWO.title).click()

    await expect(chat.composer).to_have_value("for the second")


async def test_what_is_typed_before_the_server_has_the_first_message_stays(
    chat: ChatPage, page: Page
) -> None:
    gate = SocketGate()
    await gate.attach(page)
    await chat.open()
    await chat.choose("echo")
    gate.close()
    await chat.send("Hello")
    await chat.composer.press_sequentially("one more thing")
    gate.open()
    await chat.has_address()
    await chat.has_status("complete")
    await expect(chat.composer).to_have_value("one more thing")

    await page.get_by_test_id("new-chat").click()
    await expect(chat.messages).to_have_count(0)
    await expect(chat.composer).to_have_value("")


async def test_a_second_message_before_the_server_has_the_first_goes_to_the_same_conversation(
    chat: ChatPage, page: Page
) -> None:
    gate = SocketGate()
    await gate.attach(page)
    await chat.open()
    await chat.choose("echo")
    gate.close()
    await chat.send("The first at once")
    await chat.send("The second at once")
    gate.open()

    await chat.has_address()
    await expect(chat.questions.get_by_test_id("message-text")).to_have_text(
        ["The first at once", "The second at once"]
    )
    await expect(chat.answers).to_have_count(2)
    await chat.has_status("complete")
    await expect(chat.text).to_have_text("The second at once")
    await expect(chat.sidebar.filter(has_text="at once")).to_have_count(1)
