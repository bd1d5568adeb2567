"""Comparing models side by side, on a desk and on a phone; and a conversation repeated with another one."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.comparison import Comparison
from tests.e2e.languages import Words, in_every_language
from tests.e2e.planting import Planted, conversation
from tests.e2e.upstream import PROVIDER, Upstream
from tests.running_app import RunningApp

pytestmark = in_every_language
REPEATING = "Repeating: question {number} of {total}."
GOES_TO_ONE = (
    "Your next message follows the answer of {name} and goes to {count} model again. "
    "To go on with one model, choose its answer."
)
GOES_TO_ALL = (
    "Your next message follows the answer of {name} and goes to all {count} models again. "
    "To go on with one model, choose its answer."
)
MODELS = ("hold", "echo", "quota")
TWICE = conversation("Asked twice", "echo", ["First question", "One", "Second question", "Two"])


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    """The sidebar has the titles of all conversations there are, which may be any words."""
    return own_app


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [TWICE]


async def test_answers_stand_side_by_side_until_one_is_chosen(
    chat: ChatPage, page: Page, upstream: Upstream, say: Words
) -> None:
    comparison = Comparison(chat, say)
    await page.set_viewport_size({"width": 1280, "height": 800})
    await chat.open()
    await chat.choose("hold")
    await chat.send("/compare")
    await comparison.choose(*MODELS)
    await chat.send("Which is best?")

    hold, echo, quota = (comparison.columns.nth(at) for at in range(3))
    await expect(hold.get_by_test_id("message-text")).to_have_text("Before the hold.")
    await expect(echo).to_have_attribute("data-status", "complete")
    await expect(echo.get_by_test_id("compared-facts")).to_contain_text(say("Tokens"))
    await expect(quota.get_by_test_id("error-card")).to_be_visible()
    await expect(hold).to_have_attribute("data-status", "streaming")
    boxes = "columns => columns.map(column => column.getBoundingClientRect().toJSON())"
    left, _, right = await comparison.columns.evaluate_all(boxes)  # at one moment, because the page scrolls
    assert abs(left["y"] - right["y"]) < 5
    assert right["right"] - left["x"] > 900
    await say.are_right(page)

    # Another tab shows the same; the answer that runs can be stopped there on its own.
    other = await page.context.new_page()
    there = Comparison(ChatPage(other, chat.url), say)
    await there.chat.open(await chat.has_address())
    await expect(there.chat.picker).to_have_text(say.many("{count} model", "{count} models", 3))
    await expect(there.columns).to_have_count(3)
    await there.columns.first.get_by_test_id("stop-compared").click()
    await expect(there.columns.first).to_have_attribute("data-status", "stopped")
    await other.close()
    await expect(hold).to_have_attribute("data-status", "stopped")
    await expect(page.get_by_test_id("comparison-note")).to_contain_text(
        say.many(GOES_TO_ONE, GOES_TO_ALL, 3, name="echo · Loop")
    )

    # Asked again in its place, it is stopped with Esc.
    await quota.get_by_test_id("try-another-model").click()
    await page.get_by_test_id("model-search").fill(f"{PROVIDER}:hold")
    await page.locator(f'[data-testid="model-option"][data-model="{PROVIDER}:hold"]').click()
    await expect(quota.get_by_test_id("message-text")).to_have_text("Before the hold.")
    await chat.composer.press("Escape")
    await expect(quota).to_have_attribute("data-status", "stopped")

    await echo.get_by_test_id("choose-answer").click()
    await expect(comparison.box).to_have_count(0)
    await expect(chat.text).to_have_text("Which is best?")
    await expect(chat.picker).to_have_text("echo")
    await expect(chat.answer.get_by_test_id("branch-place")).to_have_text("2/4")
    await chat.ask("And now?")
    await expect(chat.text).to_have_text("And now?")


async def test_every_compared_answer_is_announced_with_its_model(
    chat: ChatPage, page: Page, upstream: Upstream, say: Words
) -> None:
    comparison, announcement = Comparison(chat, say), page.get_by_test_id("announcement")
    await page.set_viewport_size({"width": 1280, "height": 800})
    await chat.open()
    await chat.choose("hold")
    await chat.send("/compare")
    await comparison.choose("hold", "echo")
    await chat.send("Said by the second.")
    await expect(announcement).to_contain_text("echo: Said by the second.")
    await expect(comparison.columns.first).to_have_attribute("data-status", "streaming")
    await upstream.release()
    await expect(announcement).to_contain_text("hold:")
    await expect(announcement).to_contain_text("After the hold.")
    await expect(announcement).not_to_contain_text("echo:")
    await expect(announcement).to_have_attribute("aria-live", "polite")


async def test_on_a_phone_answers_are_a_swipe_apart(
    chat: ChatPage, page: Page, upstream: Upstream, say: Words
) -> None:
    comparison = Comparison(chat, say)
    await page.set_viewport_size({"width": 390, "height": 844})
    await chat.open()
    await chat.choose("hold")
    await chat.picker.click()
    await comparison.choose("hold", "echo")
    await chat.send("Which is best?")

    first, second = comparison.columns.first, comparison.columns.last
    await expect(first.get_by_test_id("message-text")).to_have_text("Before the hold.")
    await expect(second).to_have_attribute("data-status", "complete")
    await expect(comparison.tabs.first).to_have_accessible_name(f"hold, {say('answering')}")
    await expect(comparison.tabs.last).to_have_accessible_name(f"echo, {say('complete')}")
    await expect(first).to_be_in_viewport()
    await expect(second).not_to_be_in_viewport()

    box = await first.bounding_box()
    assert box
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    for kind, x in (
        ("touchStart", 340),
        *(("touchMove", x) for x in range(320, 40, -20)),
        ("touchEnd", None),
    ):
        finger = [] if x is None else [{"x": x, "y": box["y"] + 60}]
        await devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": finger})
    await expect(comparison.tabs.last).to_have_attribute("aria-current", "true")
    await expect(second).to_be_in_viewport(ratio=0.9)
    await expect(first).not_to_be_in_viewport()
    await comparison.tabs.first.click()
    await expect(comparison.tabs.first).to_have_attribute("aria-current", "true")
    assert await page.evaluate("document.scrollingElement.scrollLeft") == 0
    await upstream.release()
    await expect(first).to_have_attribute("data-status", "complete")

    # Without a choice, the next message follows the first complete answer and goes to both again.
    await page.reload()
    await expect(chat.picker).to_have_text(say.many("{count} model", "{count} models", 2))
    await expect(page.get_by_test_id("comparison-note")).to_contain_text(
        say.many(GOES_TO_ONE, GOES_TO_ALL, 2, name="hold · Loop")
    )
    await chat.composer.fill("More")
    await chat.send_button.click()
    await expect(chat.questions).to_have_count(2)
    await expect(comparison.columns).to_have_count(2)
    await expect(comparison.columns.last).to_have_attribute("data-status", "complete")
    await upstream.release()
    await expect(comparison.columns.first).to_have_attribute("data-status", "complete")


async def test_a_conversation_is_repeated_with_another_model(
    chat: ChatPage, page: Page, upstream: Upstream, say: Words
) -> None:
    bar, questions = page.get_by_test_id("repeat-bar"), chat.questions.get_by_test_id("message-text")
    await page.set_viewport_size({"width": 1280, "height": 800})
    await chat.open(TWICE.path)
    item = page.locator(f'[data-testid="conversation-item"][data-id="{TWICE.id}"]').first.locator("..")
    await item.hover()
    await item.get_by_test_id("sidebar-menu").click()
    await page.get_by_test_id("action-menu").get_by_test_id("repeat").click()
    await page.get_by_test_id("repeat-model").click()
    await page.get_by_test_id("model-search").fill(f"{PROVIDER}:hold")
    await page.locator(f'[data-testid="model-option"][data-model="{PROVIDER}:hold"]').click()
    await say.are_right(page)
    await page.get_by_test_id("repeat-begin").click()

    await expect(page.get_by_test_id("conversation-title")).to_have_text("Asked twice · hold")
    await expect(questions).to_have_text(["First question"])
    await expect(bar).to_contain_text(say(REPEATING, number=1, total=2))
    await expect(chat.text).to_have_text("Before the hold.")
    await chat.stop_button.click()
    await chat.has_status("stopped")
    await page.get_by_test_id("repeat-continue").click()
    await chat.has_status("streaming")
    await upstream.release()
    await expect(questions).to_have_text(["First question", "Second question"])
    await expect(bar).to_contain_text(say(REPEATING, number=2, total=2))
    await upstream.release()
    await chat.has_status("complete")
    await expect(bar).to_have_count(0)
