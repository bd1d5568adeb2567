"""Steering a conversation: edit and branch, ask again, continue, delete, queue, and change in the middle."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation, plant_provider
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp
from tests.upstreams.openai import serve_openai

TURNS = ["First question", "First answer", "Second question", "Second answer"]
EDITED = conversation("To be edited", turns=TURNS)
EARLY = conversation("To be edited early", turns=TURNS)
AGAIN = conversation("To be asked again", turns=["Say this"])
DELETED = conversation("To be deleted from", "parameters", TURNS)
CUT = conversation("Cut off", "cut")
CHANGED = conversation("Changed on the way", "hold-changed")
QUEUED = conversation("Queued", "hold-queued")
UNDRAWN = conversation("Queued between two frames", "hold-undrawn")
EDITED_QUEUE = conversation("Queued and edited", "hold-edited")
STOPPED = conversation("Stopped with a queue", "hold-stopped")
MARKED = conversation("Marked while it is answered", "hold-marked")
FAILED = conversation("Failed with a queue", "hold", provider="Doomed")
LONG = conversation(
    "Too long for its model", "parameters", [f"{number}" + " word" * 60 for number in range(8)]
)

BEFORE = "Before the hold."
WHOLE = "Before the hold. After the hold."
CUT_WORDS = "This answer is cut in the mid"

HOLD_FRAMES = """
const frame = window.requestAnimationFrame.bind(window);
window.heldFrames = null; // while it is a list, nothing is drawn
window.requestAnimationFrame = (draw) => (window.heldFrames ? window.heldFrames.push(draw) : frame(draw));
"""


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    queues = [QUEUED, UNDRAWN, EDITED_QUEUE, STOPPED, FAILED, MARKED]
    return [EDITED, EARLY, AGAIN, DELETED, CUT, CHANGED, *queues, LONG]


def words(messages: Locator) -> Locator:
    return messages.get_by_test_id("message-text")


def tool(message: Locator, name: str) -> Locator:
    return message.get_by_test_id(name)


async def pick(chat: ChatPage, picker: str, model: str) -> None:
    """Choose a model in one of the pickers of the last answer."""
    await tool(chat.answer, picker).click()
    await chat.page.get_by_test_id("model-search").fill(f"Loop:{model}")
    await chat.page.locator(f'[data-testid="model-option"][data-model="Loop:{model}"]').click()


async def edit(chat: ChatPage, message: Locator, text: str) -> None:
    await tool(message, "edit").click()
    await chat.page.get_by_test_id("message-editor").fill(text)
    await chat.page.get_by_test_id("edit-save").click()
    await expect(chat.page.get_by_test_id("message-editor")).to_be_hidden()


async def asked(chat: ChatPage) -> dict[str, Any]:
    """What the upstream was told for the last answer, of the model `parameters`."""
    await chat.has_status("complete")
    found: dict[str, Any] = json.loads(await chat.stored_text())
    return found


async def test_an_edited_message_begins_a_branch_beside_the_first(chat: ChatPage, page: Page) -> None:
    await chat.open(EDITED.path)
    first = chat.questions.first
    await tool(first, "edit").click()
    await expect(page.get_by_test_id("message-editor")).to_have_value("First question")
    await page.keyboard.press("Escape")
    await expect(words(chat.messages)).to_have_text(TURNS)
    await edit(chat, first, "A better question")
    await expect(words(chat.messages)).to_have_text(["A better question", "A better question"])
    await chat.has_status("complete")
    await expect(tool(first, "branch-place")).to_have_text("2/2")
    await expect(tool(first, "branch-next")).to_be_disabled()

    await tool(first, "branch-previous").click()
    await expect(words(chat.messages)).to_have_text(TURNS)
    await expect(tool(first, "branch-place")).to_have_text("1/2")
    await expect(tool(first, "branch-previous")).to_be_disabled()
    await edit(chat, chat.questions.last, "Another second question")
    await chat.has_status("complete")
    await expect(words(chat.questions)).to_have_text(["First question", "Another second question"])
    await tool(first, "branch-next").click()
    await expect(words(chat.messages)).to_have_text(["A better question", "A better question"])
    # Back on the first branch it is its newest part that is shown.
    await tool(first, "branch-previous").click()
    await expect(words(chat.questions)).to_have_text(["First question", "Another second question"])
    await expect(tool(chat.questions.last, "branch-place")).to_have_text("2/2")
    await page.reload()
    await expect(words(chat.questions)).to_have_text(["First question", "Another second question"])


async def test_an_edit_begun_before_the_words_have_come_holds_them_when_they_do(
    chat: ChatPage, page: Page
) -> None:
    let_through = asyncio.Event()

    async def hold(route: Route) -> None:
        await let_through.wait()
        await route.continue_()

    editor = page.get_by_test_id("message-editor")
    await page.route(re.compile(r"/api/(messages|conversations/\w+/messages)\?"), hold)
    await chat.open(EARLY.path)
    await tool(chat.questions.first, "edit").click()
    await expect(editor).to_have_value("")
    let_through.set()

    await expect(editor).to_have_value("First question")
    await expect(editor).to_be_focused()
    await page.keyboard.type(", and more")
    await expect(editor).to_have_value("First question, and more")


async def test_answers_of_several_models_stand_beside_each_other(chat: ChatPage, page: Page) -> None:
    note, place = tool(chat.answer, "message-note"), tool(chat.answer, "branch-place")
    await chat.open(AGAIN.path)
    await chat.ask("Say that")
    await tool(chat.answer, "regenerate").click()
    await expect(place).to_have_text("2/2")
    await chat.has_status("complete")
    await expect(note).to_contain_text("echo")
    await pick(chat, "regenerate-with", "reasoning")
    await expect(place).to_have_text("3/3")
    await expect(chat.text).to_have_text("The answer is 42.")
    await expect(note).to_contain_text("reasoning")

    await tool(chat.answer, "branch-previous").click()
    await expect(place).to_have_text("2/3")
    await expect(chat.text).to_have_text("Say that")
    await expect(note).to_contain_text("echo")
    await page.reload()
    await expect(place).to_have_text("2/3")
    await tool(chat.answer, "branch-next").click()
    await expect(chat.text).to_have_text("The answer is 42.")
    await expect(words(chat.questions)).to_have_text(["Say this", "Say that"])


async def test_a_cut_off_answer_is_continued_by_the_same_model_and_by_another(
    chat: ChatPage, page: Page
) -> None:
    await chat.open(CUT.path)
    await chat.ask("Begin")
    await chat.has_status("error")
    await expect(chat.text).to_have_text(CUT_WORDS)
    await tool(chat.answer, "what-was-tried").click()
    await expect(tool(chat.answer, "attempt")).to_have_count(1)
    # The model repeats what it said and is cut off again: its words stand once.
    await tool(chat.answer, "continue").click()
    await expect(tool(chat.answer, "attempt")).to_have_count(2)
    await chat.has_status("error")
    await expect(chat.text).to_have_text(CUT_WORDS)
    await expect(tool(chat.answer, "message-note")).to_contain_text("cut")
    await pick(chat, "continue-with", "parameters")

    await chat.has_status("complete")
    await expect(chat.error_card).to_be_hidden()
    text = await chat.stored_text()
    assert text.startswith(CUT_WORDS + "{")
    told = json.loads(text.removeprefix(CUT_WORDS))["messages"]
    assert [each["content"] for each in told[:-1]] == ["Begin", CUT_WORDS]
    await expect(tool(chat.answer, "message-note")).to_contain_text("parameters")
    await expect(chat.messages).to_have_count(2)
    shown = await chat.text.inner_text()
    await page.reload()
    await expect(chat.text).to_have_text(shown)


async def test_a_question_is_deleted_with_its_answer_and_brought_back(chat: ChatPage, page: Page) -> None:
    await chat.open(DELETED.path)
    await tool(chat.questions.first, "delete-pair").click()
    await expect(words(chat.messages)).to_have_text(TURNS[2:])
    await page.get_by_test_id("undo").click()
    await expect(words(chat.messages)).to_have_text(TURNS)
    await expect(page.get_by_test_id("undo")).to_be_hidden()

    await tool(chat.questions.last, "delete-pair").click()
    await expect(words(chat.messages)).to_have_text(TURNS[:2])
    await page.reload()
    await expect(words(chat.messages)).to_have_text(TURNS[:2])
    await chat.ask("Third question")
    told = (await asked(chat))["messages"]
    assert [each["content"] for each in told] == ["First question", "First answer", "Third question"]


async def test_a_queued_message_is_edited_and_withdrawn(chat: ChatPage, upstream: Upstream) -> None:
    await chat.open(EDITED_QUEUE.path)
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await chat.send("And thne?")
    await expect(chat.queued).to_contain_text("Next: And thne?")
    await tool(chat.queued, "queued-edit").click()
    await expect(chat.queued).to_be_hidden()
    await expect(chat.composer).to_have_value("And thne?")
    await chat.send("And then?")
    await expect(chat.queued).to_contain_text("Next: And then?")
    await chat.page.reload()
    await expect(chat.queued).to_contain_text("Next: And then?")
    await tool(chat.queued, "queued-withdraw").click()
    await expect(chat.queued).to_be_hidden()
    await upstream.release("edited")

    await chat.has_status("complete")
    await expect(chat.text).to_have_text(WHOLE)
    await expect(chat.questions).to_have_count(1)
    await expect(chat.composer).to_have_value("")


async def test_queued_messages_are_sent_together_when_the_answer_is_complete(
    chat: ChatPage, upstream: Upstream
) -> None:
    await chat.open(QUEUED.path)
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await chat.send("One thing more")
    await expect(chat.queued).to_contain_text("One thing more")
    await chat.send("And another")
    await expect(chat.queued).to_contain_text("And another")
    await chat.choose("echo")
    await upstream.release("queued")

    await expect(words(chat.questions)).to_have_text(["Begin", "One thing more\n\nAnd another"])
    await expect(chat.answers).to_have_count(2)
    await chat.has_status("complete")
    assert await chat.stored_text() == "One thing more\n\nAnd another"
    await expect(chat.queued).to_be_hidden()
    await expect(words(chat.answers.first)).to_have_text(WHOLE)


async def test_a_message_that_joins_the_queue_before_it_is_drawn_stops_no_other(
    chat: ChatPage, page: Page, upstream: Upstream
) -> None:
    await page.add_init_script(HOLD_FRAMES)
    await chat.open(UNDRAWN.path)
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await chat.send("One thing more")
    await expect(chat.queued).to_contain_text("One thing more")
    await page.evaluate("heldFrames = []")
    await chat.send("And another")
    await expect(chat.queued).to_contain_text("And another")
    await page.wait_for_function("() => !localStorage.getItem('webchat.outbox')", polling=50)
    await page.evaluate("heldFrames.splice(0).forEach((draw) => draw(performance.now())), heldFrames = null")
    await upstream.release("undrawn")

    await expect(words(chat.questions)).to_have_text(["Begin", "One thing more\n\nAnd another"])
    await expect(words(chat.answers.first)).to_have_text(WHOLE)


async def test_stop_leaves_the_queue_unsent_until_it_is_sent(chat: ChatPage, page: Page) -> None:
    await chat.open(STOPPED.path)
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await chat.send("And then?")
    await expect(chat.queued).to_be_visible()
    await chat.stop_button.click()
    await chat.has_status("stopped")
    await expect(chat.queued).to_contain_text("Queued: And then?")
    await page.reload()
    await expect(chat.queued).to_contain_text("Queued: And then?")
    await expect(chat.questions).to_have_count(1)
    await chat.choose("echo")
    await tool(chat.queued, "queued-send").click()

    await expect(words(chat.questions)).to_have_text(["Begin", "And then?"])
    await expect(chat.queued).to_be_hidden()
    await chat.has_status("complete")
    await expect(chat.text).to_have_text("And then?")


async def test_an_error_leaves_the_queue_unsent_until_it_is_sent(chat: ChatPage, app: RunningApp) -> None:
    async with serve_openai() as doomed:
        await plant_provider(app.data_dir, "Doomed", doomed.url)
        await chat.open(FAILED.path)
        await chat.send("Begin")
        await expect(chat.text).to_have_text(BEFORE)
        await chat.send("And then?")
        await expect(chat.queued).to_contain_text("Next: And then?")
    await chat.has_status("error")
    await expect(chat.queued).to_contain_text("Queued: And then?")
    await expect(chat.questions).to_have_count(1)
    await chat.choose("echo")
    await tool(chat.queued, "queued-send").click()

    await expect(words(chat.questions)).to_have_text(["Begin", "And then?"])
    await expect(chat.queued).to_be_hidden()
    await chat.has_status("complete")
    await expect(chat.text).to_have_text("And then?")


async def test_what_is_changed_in_the_middle_is_for_the_next_answer(
    chat: ChatPage, page: Page, upstream: Upstream
) -> None:
    await chat.open(CHANGED.path)
    await chat.send("Begin")
    await expect(chat.text).to_have_text(BEFORE)
    await page.get_by_test_id("conversation-settings").click()
    await page.get_by_test_id("system-prompt").fill("You are a pirate.")
    await chat.composer.click()
    await expect(page.get_by_test_id("system-prompt")).to_be_hidden()
    await chat.choose("parameters")
    await upstream.release("changed")
    await chat.has_status("complete")
    await expect(chat.text).to_have_text(WHOLE)
    await expect(tool(chat.answer, "message-note")).to_contain_text("hold-changed")
    await chat.ask("And now?")

    told = await asked(chat)
    assert told["model"] == "parameters"
    assert told["messages"][0] == {"role": "system", "content": "You are a pirate."}
    await expect(tool(chat.answer, "message-note")).to_contain_text("parameters")
    await expect(tool(chat.answers.first, "message-note")).to_contain_text("hold-changed")


async def test_what_does_not_fit_into_the_model_is_left_out_and_said(
    chat: ChatPage, page: Page, upstream: Upstream
) -> None:
    await page.goto(f"{chat.url}/settings/models")
    await page.get_by_test_id("provider-add").click()
    await page.get_by_test_id("provider-name").fill("Small")
    await page.get_by_test_id("provider-url").fill(upstream.url)
    await page.get_by_test_id("provider-more").click()
    await page.get_by_test_id("provider-context").fill("600")
    await page.get_by_test_id("provider-save").click()
    item = page.locator('[data-testid="provider-item"][data-name="Small"]')
    await expect(item.get_by_test_id("provider-test-result")).to_have_attribute("data-state", "passed")
    await chat.open(LONG.path)
    await chat.choose("parameters", provider="Small")
    await chat.ask("The last question")

    told = [each["content"] for each in (await asked(chat))["messages"]]
    left_out = 9 - len(told)
    assert 0 < left_out < 8
    assert told == [*LONG.turns[left_out:], "The last question"]
    await expect(tool(chat.answer, "message-note")).to_contain_text(
        f"{left_out} oldest messages left out (context full)"
    )
    await expect(chat.messages).to_have_count(10)
    await page.goto(f"{chat.url}/settings/models")
    await item.get_by_test_id("provider-remove").click()
    await item.get_by_test_id("provider-remove-confirm").click()
    await expect(item).to_have_count(0)


async def test_a_running_answer_is_marked_in_the_sidebar(chat: ChatPage) -> None:
    await chat.open(MARKED.path)
    sign = chat.page.locator(f'[data-id="{MARKED.id}"]').get_by_test_id("sidebar-running")
    await chat.send("Go on")
    await expect(sign).to_be_visible()
    row = chat.page.locator(f'[data-id="{MARKED.id}"]').locator("..")
    await row.hover()
    await row.get_by_test_id("sidebar-menu").click()
    await chat.page.get_by_test_id("action-menu").get_by_test_id("rename").click()
    await chat.page.get_by_test_id("sidebar-title").press("Escape")
    await expect(sign).to_be_visible()
    await chat.has_status("streaming")
    await chat.stop_button.click()

    await expect(sign).to_have_count(0)
