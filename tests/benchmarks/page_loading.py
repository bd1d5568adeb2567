"""Loading a page: bytes, when something can be read, and what moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, BrowserContext, CDPSession, Page

from tests.benchmarks.chromium import Traffic
from tests.benchmarks.page_texts import FIFTY
from tests.benchmarks.report import Figure
from tests.e2e.upstream import Upstream

ROUNDS = 5
DESKTOP = (1280, 800)
PHONE = (390, 844)

OBSERVE = """
window.shifted = 0; window.largest = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.largest = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
"""
"""Sums what moves without an input, and notes when the largest content was painted, in ms."""
READABLE = """() => new Promise((resolve) => {
    const look = () => {
        const seen = [...document.querySelectorAll("article *")].some(
            (element) => element.childElementCount === 0 && element.textContent.trim().length > 3
                && element.checkVisibility({ visibilityProperty: true }));
        if (seen) resolve(performance.now()); else requestAnimationFrame(look);
    };
    look();
})"""
"""Milliseconds from the start of the page until a message can be read."""


@dataclass(frozen=True)
class Line:
    """A slow line and a slow processor."""

    bits: float
    """Bits a second, both ways."""
    slower: int = 1
    latency: int = 150
    """Milliseconds."""


@asynccontextmanager
async def window(
    browser: Browser, size: tuple[int, int] = DESKTOP, line: Line | None = None
) -> AsyncIterator[tuple[BrowserContext, Page]]:
    """A new window without a cache, over a slow line if one is given."""
    width, height = size
    context = await browser.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    await page.add_init_script(OBSERVE)
    if line:
        await _slow_down(await context.new_cdp_session(page), line)
    yield context, page
    await context.close()


async def _slow_down(session: CDPSession, line: Line) -> None:
    bytes_ = line.bits / 8
    await session.send("Network.enable")
    await session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": line.latency, "downloadThroughput": bytes_, "uploadThroughput": bytes_},
    )
    await session.send("Emulation.setCPUThrottlingRate", {"rate": line.slower})


async def measure(url: str, browser: Browser, _upstream: Upstream) -> list[Figure]:
    """Every figure, the median of `ROUNDS`."""
    loads = [await _transferred(url, browser) for _ in range(ROUNDS)]
    desktop = [await _opened(url + FIFTY.path, browser, DESKTOP) for _ in range(ROUNDS)]
    phone_line = Line(1_600_000, slower=4)
    phone = [await _opened(url + FIFTY.path, browser, PHONE, phone_line) for _ in range(ROUNDS)]
    slow = [await _readable(url + FIFTY.path, browser, Line(400_000)) for _ in range(ROUNDS)]
    settings = [
        await _opened(f"{url}/settings", browser, DESKTOP, ready="defaults-save") for _ in range(ROUNDS)
    ]
    return [
        Figure(
            "first load of the chat page, transferred, cold",
            tuple(cold for cold, _ in loads),
            "KB",
            400,
            "320 KB",
        ),
        Figure(
            "first load of the chat page, transferred, warm", tuple(warm for _, warm in loads), "KB", 30, "–"
        ),
        Figure(
            "largest paint, 50 messages, desktop, cold", tuple(paint for paint, _ in desktop), "ms", 700, "–"
        ),
        Figure(
            "largest paint, 50 messages, phone, cold", tuple(paint for paint, _ in phone), "ms", 2000, "–"
        ),
        Figure("something to read at 400 kbit/s, 50 messages", tuple(slow), "ms", 2500, "–"),
        Figure("layout shift on load, 50 messages", tuple(shift for _, shift in desktop), "", 0.02, "–"),
        Figure("layout shift on load, 50 messages, phone", tuple(shift for _, shift in phone), "", 0.02, "–"),
        Figure("layout shift on load, Settings", tuple(shift for _, shift in settings), "", 0.02, "–"),
    ]


async def _transferred(url: str, browser: Browser) -> tuple[float, float]:
    """KB received until the chat page is ready, without a cache and with one."""
    found = []
    async with window(browser) as (context, page):
        for again in (False, True):
            if again:
                page = await context.new_page()
            traffic = Traffic()
            await traffic.attach(page)
            await page.goto(url)
            await page.get_by_test_id("composer").wait_for()
            await page.wait_for_load_state("networkidle")
            found.append(traffic.received / 1000)
    return found[0], found[1]


async def _opened(
    address: str, browser: Browser, size: tuple[int, int], line: Line | None = None, ready: str = ""
) -> tuple[float, float]:
    """Milliseconds until the largest content is painted, and the layout shift until the page is still."""
    async with window(browser, size, line) as (_, page):
        await page.goto(address)
        shown = page.get_by_test_id(ready or "message-text").last
        await shown.wait_for()
        if not ready:
            await shown.get_by_text("one", exact=True).first.wait_for()
        await page.wait_for_load_state("networkidle")
        return await page.evaluate("window.largest"), await page.evaluate("window.shifted")


async def _readable(address: str, browser: Browser, line: Line) -> float:
    async with window(browser, DESKTOP, line) as (_, page):
        await page.goto(address, wait_until="commit")
        return float(await page.evaluate(READABLE))
