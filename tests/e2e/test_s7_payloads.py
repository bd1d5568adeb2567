"""S7 and S9: texts that attack the app's pages run nothing, and the policy stops and reports what would."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.e2e.planting import Planted, conversation
from tests.payloads import NOTE_WHAT_RUNS, xss_payloads
from tests.running_app import RunningApp
from webchat.services.chat.window import OPENING

PAYLOADS = xss_payloads()
TOGETHER = 20
"""Payloads in one message, so that all of them are on the page at once."""
MESSAGES = ["\n\n".join(PAYLOADS[first : first + TOGETHER]) for first in range(0, len(PAYLOADS), TOGETHER)]
HOSTILE = conversation(PAYLOADS[0][:200], turns=[text for text in MESSAGES for _ in range(2)])
TITLES = [
    conversation(payload[:200], turns=["one", "two"], age=timedelta(minutes=number + 1))
    for number, payload in enumerate(PAYLOADS[:100])
]

EVIL = "https://evil.example/"


@pytest.fixture(scope="module")
def planted() -> list[Planted]:
    return [*TITLES, HOSTILE]


@pytest.fixture(scope="module")
def app(own_app: RunningApp) -> RunningApp:
    return own_app


async def test_s7_no_payload_runs_in_the_app(app: RunningApp, browser: Browser) -> None:
    """Without the policy, which would stop what got through."""
    context = await browser.new_context(bypass_csp=True)
    await context.add_init_script(NOTE_WHAT_RUNS)
    page = await context.new_page()
    elsewhere: list[str] = []
    page.on("request", lambda request: elsewhere.append(request.url))
    await page.goto(app.url + HOSTILE.path)
    await expect(page.get_by_test_id("message")).to_have_count(OPENING)
    await page.get_by_test_id("transcript").evaluate("box => { box.scrollTop = 0; }")
    await expect(page.get_by_test_id("message")).to_have_count(len(HOSTILE.turns))
    await expect(page.get_by_test_id("message-text").last).to_contain_text(PAYLOADS[-1][-12:])
    await expect(page.locator("[data-loading]")).to_have_count(0)
    await expect(page.get_by_test_id("conversation-item").nth(10)).to_be_visible()
    assert await page.evaluate("window.ran") == []

    await page.goto(f"{app.url}/history")
    await expect(page.get_by_test_id("history-item").nth(40)).to_be_attached()
    assert await page.evaluate("window.ran") == []
    assert not [url for url in elsewhere if not url.startswith((app.url, "data:", "blob:"))]
    await context.close()


async def test_s9_a_violation_of_the_policy_fails_a_test(
    page: Page, app: RunningApp, complaints: list[str]
) -> None:
    """Every browser test fails if its page complains: here it must, and nothing runs or is asked."""
    asked: list[str] = []

    async def answer(route: Route) -> None:
        asked.append(route.request.url)
        await route.abort()

    await page.route(f"{EVIL}**", answer)
    await page.goto(app.url)
    await expect(page.get_by_test_id("composer")).to_be_visible()
    create = "const made = document.createElement"
    attacks = {
        "an inline script": f"{create}('script'); made.text = 'window.pwned = 1'; document.body.append(made)",
        "a script elsewhere": f"{create}('script'); made.src = '{EVIL}x.js'; document.body.append(made)",
        "a picture elsewhere": f"new Image().src = '{EVIL}x.png'",
        "a request elsewhere": f"fetch('{EVIL}').catch(() => {{}})",
        "a handler": f"{create}('p'); made.setAttribute('onclick', 'window.pwned = 1'); "
        "document.body.append(made); made.click()",
        "an object": f"{create}('object'); made.data = '/'; document.body.append(made)",
        "a base": f"{create}('base'); made.href = '{EVIL}'; document.head.append(made)",
    }
    for name, script in attacks.items():
        async with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
            await page.evaluate(f"() => {{ {script} }}")
        assert await page.evaluate("window.pwned") is None, name
        complaints.clear()
    assert asked == []
