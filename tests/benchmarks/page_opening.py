"""Opening a long conversation from the sidebar, and going back to it; the palette."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Browser, Page

from tests.benchmarks.page_loading import window
from tests.benchmarks.page_texts import FIFTY, THOUSAND
from tests.benchmarks.report import Figure
from tests.e2e.planting import Planted
from tests.e2e.upstream import Upstream

ROUNDS = 10
LONGEST = 30
"""Seconds to wait for what should be there at once."""

SHOWN = """(words) => {
    window.shown = new Promise((resolve) => {
        const pressed = (event) => {
            const look = () => {
                const text = [...document.querySelectorAll('[data-testid="message-text"]')].at(-1);
                if (text?.textContent.startsWith(words)) resolve(performance.now() - event.timeStamp);
                else requestAnimationFrame(look);
            };
            look();
        };
        addEventListener("pointerdown", pressed, { capture: true, once: true });
    });
}"""
"""Notes the milliseconds from the next press to the frame whose last message begins with `words`."""
PALETTE = """() => {
    window.shown = new Promise((resolve) => {
        addEventListener("keydown", (event) => {
            const look = () => {
                const item = document.querySelector('[data-testid="palette-item"]');
                if (item) resolve(performance.now() - event.timeStamp);
                else requestAnimationFrame(look);
            };
            if (event.key.toLowerCase() === "k") look();
        }, { capture: true });
    });
}"""


async def measure(url: str, browser: Browser, _upstream: Upstream) -> list[Figure]:
    """Every figure, the median of `ROUNDS`."""
    opened, returned, palette = [], [], []
    for _ in range(ROUNDS):
        async with window(browser) as (_, page):
            await page.goto(url)
            await page.get_by_test_id("conversation-item").first.wait_for()
            await page.wait_for_load_state("networkidle")
            opened.append(await _open(page, THOUSAND, "Answer 499"))
            await _open(page, FIFTY, "Answer 24")
            returned.append(await _open(page, THOUSAND, "Answer 499"))
            await page.evaluate(PALETTE)
            await page.keyboard.press("Control+k")
            palette.append(await _time(page))
    return [
        Figure("open 1,000 messages from the sidebar", tuple(opened), "ms", 250, "–"),
        Figure("switch back to them", tuple(returned), "ms", 100, "–"),
        Figure("palette: key → first results", tuple(palette), "ms", 100, "–"),
    ]


async def _open(page: Page, planted: Planted, words: str) -> float:
    """Milliseconds from the press of its link to its last answer."""
    await page.evaluate(SHOWN, words)
    await page.get_by_test_id("conversation-item").filter(has_text=planted.title).click()
    milliseconds = await _time(page)
    await page.wait_for_load_state("networkidle")
    return milliseconds


async def _time(page: Page) -> float:
    async with asyncio.timeout(LONGEST):
        milliseconds: Any = await page.evaluate("window.shown")
    return float(milliseconds)
