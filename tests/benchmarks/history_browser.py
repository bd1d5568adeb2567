"""What a person waits for in a long history, in Chromium: search as one types, and opening conversations."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

from playwright.async_api import Browser, Page

from tests.benchmarks.history_data import COMMON_WORD, MIDDLE_WORD, RARE_WORD, Filled
from tests.benchmarks.report import Timed
from tests.running_app import RunningApp

ROUNDS = 20
BETWEEN_KEYS = 120
"""Milliseconds between two keystrokes of somebody who types fast."""
READABLE = 400
"""Milliseconds from the click to the text."""

TYPED = """(text) => {
    window.shown = new Promise((resolve) => {
        const field = document.querySelector('[data-testid="search"]');
        const note = (event) => {
            if (field.value !== text) return;
            field.removeEventListener("input", note);
            const look = () => {
                if (document.querySelector('[data-testid="search-results"]')?.dataset.text === text)
                    resolve(performance.now() - event.timeStamp);
                else requestAnimationFrame(look);
            };
            look();
        };
        field.addEventListener("input", note);
    });
}"""
"""Notes the milliseconds from the keystroke that completes a text to the frame with its results."""
CLICKED = """(selector) => {
    window.shown = new Promise((resolve) => {
        const note = (event) => {
            const look = () => {
                const text = document.querySelector(`${selector} [data-testid="message-text"]`);
                const at = text?.textContent ? text.getBoundingClientRect() : null;
                if (at && at.bottom > 0 && at.top < innerHeight) resolve(performance.now() - event.timeStamp);
                else requestAnimationFrame(look);
            };
            look();
        };
        addEventListener("pointerdown", note, { capture: true, once: true });
    });
}"""
"""Notes the milliseconds from the next click to the frame in which the text of a message is visible."""


async def measure(app: RunningApp, browser: Browser, filled: Filled, size: int) -> list[Timed]:
    """Every figure, each `ROUNDS` times."""
    with closing(sqlite3.connect(filled.database.path)) as connection:
        leaf = "SELECT current_leaf_id FROM conversation WHERE id = ?"
        (last,) = connection.execute(leaf, [filled.thousand]).fetchone()
    as_typed = 120 if size <= 100_000 else 150
    rows = []
    async with _history(app, browser) as page:
        for what, word in (("rare", RARE_WORD), ("common", COMMON_WORD)):
            times = [await _type(page, word) for _ in range(ROUNDS)]
            rows.append(Timed(f"keystroke → results on screen, a {what} word", times, "ms", as_typed))
    for what, testid, message in (
        ("open a conversation of 1,000 messages → readable", "search-title", f'[data-id="{last}"]'),
        ("jump to a message in the middle of it → readable", "search-result", '[data-found="true"]'),
    ):
        times = []
        for _ in range(ROUNDS):
            async with _history(app, browser) as page:  # a new one, which has no text yet
                times.append(await _open_found(page, testid, message))
        rows.append(Timed(what, times, "ms", READABLE))
    return rows


@asynccontextmanager
async def _history(app: RunningApp, browser: Browser) -> AsyncIterator[Page]:
    """The history page in a new window."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    await page.goto(f"{app.url}/history")
    await page.get_by_test_id("history-item").first.wait_for()
    yield page
    await context.close()


async def _type(page: Page, word: str) -> float:
    """Milliseconds from the last letter to the results."""
    field = page.get_by_test_id("search")
    await field.fill("")
    await page.get_by_test_id("history-item").first.wait_for()
    await field.focus()
    await page.evaluate(TYPED, word)
    await page.keyboard.type(word, delay=BETWEEN_KEYS)
    return await _shown(page)


async def _open_found(page: Page, testid: str, message: str) -> float:
    """Milliseconds from a click on what was found to the text of a message."""
    await page.get_by_test_id("search").fill(MIDDLE_WORD)
    found = page.get_by_test_id(testid).first
    await found.wait_for()
    await page.evaluate(CLICKED, message)
    await found.click()
    return await _shown(page)


async def _shown(page: Page) -> float:
    milliseconds: Any = await page.evaluate("window.shown")
    return float(milliseconds)
