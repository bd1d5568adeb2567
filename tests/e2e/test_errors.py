"""Answers that fail: each says what happened, keeps what came, and can be tried again."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.upstream import HASTY, PROVIDER

WORDS = {
    "error-401": ("", ["Loop did not accept the API key (HTTP 401)", "Incorrect API key", "in Settings"]),
    "error-404": ("", ["Loop has no model named “error-404”", "Choose a model from the list"]),
    "error-500": ("", ["HTTP 500", "Scripted error 500"]),
    "quota": ("", ["Loop's quota is used up", "billing"]),
    "html": ("", ["web page instead of an answer", "Just a moment"]),
    "hang": ("", ["Hasty sent no text within 1 s", "Try again"]),
    "cut-start": ("", ["Loop"]),
    "empty": ("", ["empty answer"]),
    "cut": ("This answer is cut in the mid", ["was cut off", "What arrived is saved"]),
    "truncated": ("This answer has no", ["was cut off", "What arrived is saved"]),
    "malformed": ("Good so far,", ["cannot be read", "What arrived is saved"]),
    "error-midstream": ("Good so far,", ["“The engine is overloaded”.", "What arrived is saved"]),
}
BUSY = conversation("Asks to wait", "error-429")
FAILING = {
    model: conversation(f"Fails with {model}", model, provider=HASTY if model == "hang" else PROVIDER)
    for model in WORDS
}


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [BUSY, *FAILING.values()]


@pytest.mark.parametrize("model", WORDS)
async def test_a_failed_answer_says_what_happened_and_keeps_what_came(chat: ChatPage, model: str) -> None:
    partial, words = WORDS[model]
    await chat.open(FAILING[model].path)
    await chat.ask("Try this")

    await chat.has_status("error")
    await expect(chat.error_card).to_be_visible()
    for part in ("This answer failed", *words):
        await expect(chat.error_card).to_contain_text(part)
    await expect(chat.text).to_have_text(partial)
    await expect(chat.composer).to_be_editable()
    await expect(chat.send_button).to_be_visible()
    await expect(chat.answer.get_by_role("status")).to_have_count(0)


async def test_a_service_that_asks_to_wait_is_waited_for(chat: ChatPage) -> None:
    await chat.open(BUSY.path)
    await chat.send("Try this")

    note = chat.answer.get_by_test_id("waiting-note")
    await expect(note).to_have_text("Loop asked to wait. Trying again in 7 s…")
    await expect(chat.error_card).to_contain_text("Loop's rate limit was reached", timeout=15_000)
    await expect(chat.error_card).to_contain_text("Try again in 7 seconds,")
    await expect(note).to_be_hidden()


@pytest.mark.parametrize("model", ["error-401", "cut"])
async def test_a_failed_answer_is_the_same_after_a_reload(chat: ChatPage, model: str) -> None:
    await chat.open(FAILING[model].path)
    await chat.ask("Try this")
    said = await chat.error_card.inner_text()
    await chat.page.reload()

    await expect(chat.error_card).to_be_visible()
    assert await chat.error_card.inner_text() == said
    await expect(chat.text).to_have_text(WORDS[model][0])


async def test_retry_with_another_model(chat: ChatPage) -> None:
    await chat.open(FAILING["error-midstream"].path)
    known = await chat.messages.count()
    await chat.ask("Say this back")
    await expect(chat.error_card).to_be_visible()
    await chat.choose("echo")
    await chat.page.get_by_test_id("retry").last.click()

    await expect(chat.text).to_have_text("Say this back")
    await chat.has_status("complete")
    await expect(chat.error_card).to_be_hidden()
    await expect(chat.messages).to_have_count(known + 2)
    await chat.page.reload()
    await expect(chat.text).to_have_text("Say this back")


async def test_retry_that_fails_again_says_so_again(chat: ChatPage) -> None:
    await chat.open(FAILING["error-500"].path)
    await chat.ask("Try this")
    first = await chat.answer.get_attribute("data-id")
    await chat.page.get_by_test_id("retry").last.click()

    await expect(chat.answer).not_to_have_attribute("data-id", str(first))
    await chat.has_status("error")
    await expect(chat.error_card).to_contain_text("HTTP 500")


async def test_only_the_last_answer_offers_retry(chat: ChatPage) -> None:
    await chat.open(FAILING["quota"].path)
    await chat.ask("Try this")
    await chat.ask("And this")

    await expect(chat.page.get_by_test_id("retry")).to_have_count(1)


async def test_a_conversation_goes_on_after_a_failure(chat: ChatPage) -> None:
    await chat.open(FAILING["html"].path)
    await chat.ask("Try this")
    await expect(chat.error_card).to_be_visible()
    await chat.ask("Now this", model="echo")

    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Now this")
