"""Steering: continue, another model after a failure, advanced parameters, and the tree of branches."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.axe import violations
from tests.e2e.chat_page import ChatPage
from tests.e2e.planting import Planted, conversation
from tests.e2e.upstream import Upstream

STOPPED = conversation("To be stopped and continued", "hold-continued")
RELOADED = conversation("To be continued and reloaded", "hold-reloaded")
LENGTH = conversation("At the length limit", "length")
FAILED = conversation("Fails, then another model", "error-401")
SERVICE = conversation("Fails on its own", "error-500")
PARAMETERS = conversation("With parameters", "parameters")
GUIDED = conversation("With the guide", "guide", provider="Guide")
THOUGHT = conversation("With reasoning", "reasoning-1500")
TREE = conversation(
    "With branches", "echo", ["First question", "First answer", "Second question", "Second answer"]
)

BEFORE = "Before the hold."


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [STOPPED, RELOADED, LENGTH, FAILED, SERVICE, PARAMETERS, GUIDED, THOUGHT, TREE]


def on_answer(chat: ChatPage, name: str) -> Locator:
    return chat.answer.get_by_test_id(name)


async def stop_halfway(chat: ChatPage) -> None:
    await chat.send("Tell me")
    await expect(chat.text).to_have_text(BEFORE)
    await chat.stop_button.click()
    await chat.has_status("stopped")


async def test_stopped_answer_is_continued_in_place(chat: ChatPage, upstream: Upstream) -> None:
    await chat.open(STOPPED.path)
    await stop_halfway(chat)
    await expect(on_answer(chat, "cut-off")).to_have_text("Stopped")
    count = await chat.messages.count()
    id = await chat.answer.get_attribute("data-id")

    await on_answer(chat, "continue").click()
    await chat.has_status("streaming")
    await expect(on_answer(chat, "cut-off")).to_be_hidden()
    # The model begins with the same words again, which stand there once.
    await upstream.release("continued")

    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Before the hold. After the hold.")
    await expect(chat.messages).to_have_count(count)
    assert await chat.answer.get_attribute("data-id") == id
    await expect(on_answer(chat, "continue")).to_have_count(0)


async def test_continued_answer_survives_a_reload_and_can_be_stopped(
    chat: ChatPage, page: Page, upstream: Upstream
) -> None:
    await chat.open(RELOADED.path)
    await stop_halfway(chat)
    await page.reload()
    await expect(on_answer(chat, "cut-off")).to_have_text("Stopped")
    await on_answer(chat, "continue").click()
    await chat.has_status("streaming")
    await page.reload()
    await expect(chat.text).to_have_text(BEFORE)
    await chat.has_status("streaming")

    await chat.stop_button.click()
    await chat.has_status("stopped")
    await expect(on_answer(chat, "cut-off")).to_have_text("Stopped")
    await expect(chat.text).to_have_text(BEFORE)


async def test_answer_at_the_length_limit_says_so_and_can_be_continued(chat: ChatPage) -> None:
    await chat.open(LENGTH.path)
    await chat.ask("Tell me")
    await expect(on_answer(chat, "cut-off")).to_have_text("Reached the length limit")
    await chat.choose("echo")

    await on_answer(chat, "continue").click()

    await chat.has_status("complete")
    await expect(on_answer(chat, "cut-off")).to_be_hidden()


async def test_failed_answer_is_tried_with_another_model_by_keyboard(chat: ChatPage, page: Page) -> None:
    await chat.open(FAILED.path)
    await chat.ask("Say this back")
    await expect(chat.error_card.get_by_test_id("error-settings")).to_have_attribute(
        "href", "/settings/models"
    )
    await chat.error_card.get_by_test_id("what-was-tried").click()
    await expect(on_answer(chat, "attempt")).to_contain_text("HTTP 401")

    await chat.error_card.get_by_test_id("try-another-model").press("Enter")
    await expect(page.get_by_role("listbox", name="Models")).to_be_in_viewport(ratio=1)
    await page.keyboard.type("Loop:echo")
    await page.keyboard.press("Enter")

    await chat.has_status("complete")
    await expect(chat.text).to_have_text("Say this back")
    await expect(on_answer(chat, "branch-place")).to_have_text("2/2")


async def test_settings_are_linked_only_where_they_help(chat: ChatPage) -> None:
    await chat.open(SERVICE.path)
    await chat.ask("Try this")

    await expect(chat.error_card).to_be_visible()
    await expect(chat.error_card.get_by_test_id("error-settings")).to_have_count(0)


async def sent(chat: ChatPage) -> dict[str, Any]:
    """What the upstream was told for the last answer, of the model `parameters`."""
    await chat.ask("Tell me")
    found: dict[str, Any] = json.loads(await chat.stored_text())
    return found


async def test_advanced_parameters_are_checked_saved_and_sent(chat: ChatPage, page: Page) -> None:
    await chat.open(PARAMETERS.path)
    await page.get_by_test_id("conversation-settings").click()
    await page.get_by_test_id("conversation-advanced").click()
    top_p, body = page.get_by_test_id("conversation-top-p"), page.get_by_test_id("conversation-body")
    await page.get_by_test_id("conversation-max-tokens").fill("500")
    await page.get_by_test_id("conversation-seed").fill("7")
    await page.get_by_test_id("conversation-stop").fill("END")
    await page.get_by_test_id("conversation-effort").select_option("low")
    await page.get_by_test_id("conversation-headers").fill("X-Secret: sk-canary")
    await body.fill('{"top_k": 40}')
    await top_p.fill("3")
    await page.get_by_test_id("conversation-parameters-save").click()
    problem = page.get_by_test_id("conversation-parameter-problem")
    await expect(problem).to_have_text("Top P must be a number from 0 to 1.")
    await expect(top_p).to_have_attribute("aria-invalid", "true")
    await expect(top_p).to_have_attribute("aria-describedby", str(await problem.get_attribute("id")))
    await expect(body).to_have_attribute("aria-invalid", "false")
    await expect(top_p).to_have_value("3")
    assert await violations(page) == []

    await top_p.fill("0,5")
    await page.get_by_test_id("conversation-parameters-save").click()
    await expect(problem).to_be_hidden()
    await expect(top_p).to_have_value("0.5")
    await expect(page.get_by_test_id("conversation-headers")).to_have_value("X-Secret: •••")
    await page.keyboard.press("Escape")

    told = await sent(chat)
    assert (told["max_tokens"], told["top_p"], told["stop"]) == (500, 0.5, ["END"])
    assert (told["seed"], told["reasoning_effort"], told["top_k"]) == (7, "low", 40)
    await page.reload()
    await page.get_by_test_id("conversation-settings").click()
    await page.get_by_test_id("conversation-advanced").click()
    await expect(page.get_by_test_id("conversation-max-tokens")).to_have_value("500")
    assert "sk-canary" not in await page.content()


async def test_parameters_that_a_service_ignores_are_not_offered(chat: ChatPage, page: Page) -> None:
    await chat.open(GUIDED.path)
    await page.get_by_test_id("conversation-settings").click()

    await expect(page.get_by_test_id("system-prompt")).to_be_visible()
    await expect(page.get_by_test_id("temperature")).to_have_count(0)
    await expect(page.get_by_test_id("conversation-advanced")).to_have_count(0)


async def test_parameters_of_a_provider_are_checked_beside_their_field(chat: ChatPage, page: Page) -> None:
    await page.goto(f"{chat.url}/settings/models")
    item = page.locator('[data-testid="provider-item"][data-name="Hasty"]')
    await item.get_by_test_id("provider-edit").click()
    await page.get_by_test_id("provider-more").click()
    headers = page.get_by_test_id("provider-headers")
    await headers.fill("Authorization: x")
    await page.get_by_test_id("provider-save").click()
    problem = page.get_by_test_id("provider-parameter-problem")
    await expect(problem).to_have_text("The header Authorization is set by webchat itself. Remove it.")
    await expect(headers).to_have_attribute("aria-invalid", "true")
    await expect(headers).to_have_attribute("aria-describedby", str(await problem.get_attribute("id")))

    await headers.fill("X-Title: Mine")
    await page.get_by_test_id("provider-save").click()
    await expect(page.get_by_test_id("provider-dialog")).to_be_hidden()
    await item.get_by_test_id("provider-edit").click()
    await page.get_by_test_id("provider-more").click()
    await expect(headers).to_have_value("X-Title: •••")


async def test_time_of_the_reasoning_stands_after_a_reload(chat: ChatPage, page: Page) -> None:
    await chat.open(THOUGHT.path)
    await chat.ask("Think")
    summary = on_answer(chat, "reasoning").locator("summary")
    await expect(summary).to_have_text(re.compile(r"Thought for \d s"))
    words = await summary.inner_text()

    await page.reload()

    await expect(summary).to_have_text(words)


async def test_details_of_an_answer_name_who_wrote_it(chat: ChatPage) -> None:
    await chat.open(TREE.path)
    await chat.ask("And this?", model="echo")
    await on_answer(chat, "message-note").click()

    facts = on_answer(chat, "facts")
    for name in ("Provider", "Model", "Time", "Began"):
        await expect(facts).to_contain_text(name)
    await expect(facts).to_contain_text("Loop")
    await expect(facts).to_contain_text("echo")


async def test_tree_of_branches_is_used_by_keyboard(chat: ChatPage, page: Page) -> None:
    await chat.open(TREE.path)
    await chat.questions.first.hover()
    await chat.questions.first.get_by_test_id("edit").click()
    await page.get_by_test_id("message-editor").fill("Another question")
    await page.get_by_test_id("edit-save").click()
    await expect(chat.text).to_have_text("Another question")
    await chat.has_status("complete")

    await page.get_by_test_id("branch-tree-open").click()
    tree, items = page.get_by_role("tree"), page.get_by_test_id("branch-item")
    await expect(tree).to_be_focused()
    await expect(page.get_by_test_id("branch-tree")).to_be_visible()
    assert await items.count() >= 6
    active = page.locator('[role=treeitem][aria-selected="true"]')
    await expect(active).to_contain_text("shown now")
    await expect(active).to_have_attribute("aria-level", "2")
    assert await violations(page) == []

    await page.keyboard.press("Home")
    await expect(active).to_contain_text("First question")
    await page.keyboard.press("ArrowLeft")
    await expect(active).to_have_attribute("aria-expanded", "false")
    await expect(page.get_by_test_id("branch-item").filter(has_text="Second answer")).to_have_count(0)
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await expect(active).to_contain_text("Second question")
    await page.keyboard.press("Enter")

    await expect(page.get_by_test_id("branch-tree")).to_be_hidden()
    await expect(chat.questions.first).to_contain_text("First question")
    await expect(page.locator('[data-found="true"]')).to_contain_text("Second question")


async def test_tree_of_branches_is_used_by_mouse(chat: ChatPage, page: Page) -> None:
    await chat.open(TREE.path)
    await page.get_by_test_id("branch-tree-open").click()
    await page.get_by_test_id("branch-item").filter(has_text="Another question").first.click()

    await expect(page.get_by_test_id("branch-tree")).to_be_hidden()
    await expect(chat.questions.first).to_contain_text("Another question")
