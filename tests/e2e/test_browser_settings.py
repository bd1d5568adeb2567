"""What a browser does beside showing the page: text size, notifications, dictation, announcements, touch."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.chat_page import ChatPage
from tests.e2e.upstream import Upstream
from tests.e2e.waiting import until

NOTIFICATIONS = """
window.shown = [];
window.Notification = class {
    static permission = "default";
    static async requestPermission() { return (Notification.permission = window.answer); }
    constructor(title, options) { window.shown.push([title, options.body]); }
    close() {}
};
"""
HIDE = """() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    const now = Date.now;
    Date.now = () => now() + 20_000;
}"""
"""The tab is in the background, and time has passed."""
SPEECH = """
window.SpeechRecognition = class extends EventTarget {
    start() { window.recognition = this; }
    stop() { this.onend(); }
};
"""
SAID = """(words) => recognition.onresult({
    resultIndex: 0, results: [Object.assign([{ transcript: words }], { isFinal: true })] })"""
SWIPE = """([from, to]) => {
    const touch = (x) => new Touch({ identifier: 1, target: document.body, clientX: x, clientY: 300 });
    const fire = (type, x, touches) => document.body.dispatchEvent(
        new TouchEvent(type, { bubbles: true, touches, changedTouches: [touch(x)] }));
    fire("touchstart", from, [touch(from)]);
    fire("touchend", to, []);
}"""


async def test_the_size_of_text_is_kept(page: Page, chat: ChatPage) -> None:
    await page.goto(f"{chat.url}/settings")
    size = "getComputedStyle(document.documentElement).fontSize"
    before = await page.evaluate(size)
    await expect(page.get_by_role("group", name="Text size").get_by_text("Text size")).to_be_visible()
    await page.get_by_test_id("text-size").get_by_role("button", name="Larger").click()
    larger = await page.evaluate(size)
    await page.goto(chat.url)

    assert (before, larger) == ("16px", "20px")
    assert await page.evaluate(size) == larger


@pytest.mark.parametrize("allowed", [True, False])
async def test_a_long_answer_in_the_background_is_notified_of(
    chat: ChatPage, page: Page, upstream: Upstream, allowed: bool
) -> None:
    await page.add_init_script(NOTIFICATIONS)
    await page.goto(f"{chat.url}/settings")
    await page.evaluate("(answer) => { window.answer = answer; }", "granted" if allowed else "denied")
    await page.get_by_test_id("notifications").click()
    if not allowed:
        await expect(page.get_by_text("The browser does not allow notifications")).to_be_visible()
        await expect(page.get_by_test_id("notifications")).not_to_be_checked()
        return
    await expect(page.get_by_test_id("notifications")).to_be_checked()
    await chat.open()
    await chat.choose("hold")
    await page.evaluate("Notification.permission = 'granted'")
    await chat.send("A question")
    await expect(chat.text).to_contain_text("Before the hold.")
    # The text may come before the page hears of the answer.
    await expect(page).to_have_title(re.compile("^… "))
    await page.evaluate(HIDE)
    await upstream.release("hold")
    await chat.has_status("complete")

    await page.evaluate(until("window.shown.length"))
    assert (await page.evaluate("window.shown"))[0][0] == "Your answer is ready"


async def test_what_is_dictated_comes_into_the_message(chat: ChatPage, page: Page) -> None:
    await page.add_init_script(SPEECH)
    await chat.open()
    await chat.composer.fill("Written,")
    await page.get_by_test_id("dictate").click()
    await expect(page.get_by_test_id("dictate")).to_have_attribute("aria-pressed", "true")
    await page.evaluate(SAID, " then said")
    await expect(chat.composer).to_have_value("Written, then said")
    await page.get_by_test_id("dictate").click()
    await expect(page.get_by_test_id("dictate")).to_have_attribute("aria-pressed", "false")

    await page.get_by_test_id("dictate").click()
    await page.evaluate("recognition.onerror({ error: 'not-allowed' }); recognition.onend()")
    await expect(page.get_by_test_id("composer-problem")).to_contain_text("does not allow the microphone")
    await expect(chat.composer).to_have_value("Written, then said")


async def test_an_answer_is_announced_in_sentences(chat: ChatPage, page: Page, upstream: Upstream) -> None:
    await chat.open()
    await chat.choose("hold")
    await chat.send("A question")
    announcement = page.get_by_test_id("announcement")
    await expect(announcement).to_have_attribute("aria-live", "polite")
    await expect(chat.text).to_contain_text("Before the hold.")
    await upstream.release("hold")
    await expect(announcement).to_contain_text("After the hold.")


async def test_the_sidebar_is_swiped(chat: ChatPage, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    await chat.open()
    await expect(page.locator("#sidebar")).to_have_attribute("data-open", "false")
    await page.evaluate(SWIPE, [10, 200])
    await expect(page.locator("#sidebar")).to_have_attribute("data-open", "true")
    await page.evaluate(SWIPE, [250, 80])
    await expect(page.locator("#sidebar")).to_have_attribute("data-open", "false")


async def test_a_new_chat_is_begun_in_the_head_of_a_phone(chat: ChatPage, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 640})
    await chat.open()
    await expect(page.get_by_test_id("new-chat-in-head")).to_be_hidden()
    await chat.ask("A question", "echo")
    new = page.get_by_test_id("new-chat-in-head")
    await expect(new).to_be_in_viewport(ratio=1)
    await new.click()

    await expect(page).to_have_url(f"{chat.url}/")
    await expect(new).to_be_hidden()


SMALL_FIELDS = """() => [...document.querySelectorAll("input, textarea, select")]
    .filter((field) => field.checkVisibility() && !["checkbox", "radio", "range"].includes(field.type))
    .filter((field) => parseFloat(getComputedStyle(field).fontSize) < 16)
    .map((field) => field.dataset.testid ?? field.outerHTML.slice(0, 120))"""


async def test_on_a_touch_screen_fields_have_16_px_at_least(browser: Browser, chat: ChatPage) -> None:
    """Safari zooms in on smaller ones."""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    phone = ChatPage(page, chat.url)
    await page.goto(f"{chat.url}/settings")
    await page.get_by_test_id("text-size").get_by_role("button", name="Small").click()
    await expect(page.get_by_test_id("default-temperature")).to_be_enabled()
    assert await page.evaluate(SMALL_FIELDS) == []
    await phone.open()
    await page.get_by_test_id("conversation-settings").click()
    await expect(page.get_by_test_id("system-prompt")).to_be_visible()
    assert await page.evaluate(SMALL_FIELDS) == []
    await page.keyboard.press("Escape")
    await phone.picker.click()
    await expect(page.get_by_test_id("model-search")).to_be_visible()
    assert await page.evaluate(SMALL_FIELDS) == []
    await page.goto(f"{chat.url}/settings/models")
    await page.get_by_test_id("provider-add").click()
    await expect(page.get_by_test_id("provider-name")).to_be_visible()
    assert await page.evaluate(SMALL_FIELDS) == []
    await context.close()


async def test_the_composer_stays_above_an_on_screen_keyboard(chat: ChatPage, page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    await chat.open()
    bottom = "document.querySelector('[data-testid=send]').getBoundingClientRect().bottom"
    assert await page.evaluate(bottom) > 500
    await page.evaluate(
        """() => {
            Object.defineProperty(visualViewport, "height", { value: 500, configurable: true });
            visualViewport.dispatchEvent(new Event("resize"));
        }"""
    )
    await page.wait_for_function(f"{bottom} <= 500")
    await page.evaluate(
        "() => { delete visualViewport.height; visualViewport.dispatchEvent(new Event('resize')); }"
    )
    await page.wait_for_function(f"{bottom} > 500")
