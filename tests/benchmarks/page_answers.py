"""Answers while they stream and when they are heavy: what moves, and how long the page is blocked."""

from __future__ import annotations

from playwright.async_api import Browser, Page

from tests.benchmarks.page_loading import window
from tests.benchmarks.page_texts import HEAVY, STREAMED, THOUSAND
from tests.benchmarks.report import Figure, p95
from tests.e2e.upstream import PROVIDER, Upstream

ROUNDS = 3
KEYS = 60

HEIGHT = """() => [...document.querySelectorAll('[data-testid="message-text"]')].at(-1)
    .getBoundingClientRect().height"""
PAINTED = """() => {
    window.painted = [];
    document.querySelector('[data-testid="composer"]').addEventListener("keydown", (event) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => painted.push(performance.now() - event.timeStamp);
        requestAnimationFrame(() => channel.port2.postMessage(0));
    });
}"""
"""Notes the milliseconds from each key to the end of the frame after it."""
LONGEST = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
}).observe({ type: "longtask", buffered: true });
"""


async def measure(url: str, browser: Browser, upstream: Upstream) -> list[Figure]:
    """Every figure, the median of `ROUNDS`."""
    figures = []
    for what, text in STREAMED.items():
        rounds = [await _streamed(url, browser, text, upstream) for _ in range(ROUNDS)]
        shifts = tuple(shift for shift, _ in rounds)
        figures.append(Figure(f"layout shift while it streams, {what}", shifts, "", 0.01, "–"))
        heights = tuple(grown for _, grown in rounds)
        figures.append(Figure(f"height finished against streamed, {what}", heights, "px", 0, "–"))
    keys = tuple([await _keys(url, browser) for _ in range(ROUNDS)])
    figures.append(
        Figure("key → paint while an answer streams, 1,000 messages, p95", keys, "ms", 32, "200 ms")
    )
    for what, planted in HEAVY.items():
        longest = tuple([await _longest(url + planted.path, browser) for _ in range(ROUNDS)])
        figures.append(Figure(f"longest task, {what}", longest, "ms", 100, "–"))
    return figures


async def _choose(page: Page, model: str) -> None:
    await page.get_by_test_id("model-picker").click()
    await page.get_by_test_id("model-search").fill(model)
    await page.locator(f'[data-model="{PROVIDER}:{model}"]').click()


async def _streamed(url: str, browser: Browser, text: str, upstream: Upstream) -> tuple[float, float]:
    """The layout shift while it streams, and how many px taller the finished answer is than its text was."""
    async with window(browser) as (_, page):
        await page.goto(url)
        await _choose(page, "echo-hold")
        await page.get_by_test_id("composer").fill(f"{text}\n\nEND")
        await page.get_by_test_id("composer").press("Enter")
        answer = page.locator('[data-role="assistant"]')
        await answer.get_by_test_id("message-text").wait_for()
        await page.evaluate("window.shifted = 0")
        await answer.get_by_text("END", exact=True).wait_for()
        await page.wait_for_load_state("networkidle")
        streamed = await page.evaluate(HEIGHT)
        await upstream.release("echo")
        await page.locator('[data-role="assistant"][data-status="complete"]').wait_for()
        await page.wait_for_load_state("networkidle")
        shifted: float = await page.evaluate("window.shifted")
        return shifted, abs(await page.evaluate(HEIGHT) - streamed)


async def _keys(url: str, browser: Browser) -> float:
    """The 95th percentile of the milliseconds from a key to its frame."""
    async with window(browser) as (_, page):
        await page.goto(url + THOUSAND.path)
        await page.get_by_test_id("message-text").last.wait_for()
        await _choose(page, "paced-2000-200")
        await page.get_by_test_id("composer").fill("Go")
        await page.get_by_test_id("composer").press("Enter")
        await page.locator('[data-role="assistant"][data-status="streaming"]').wait_for()
        await page.evaluate(PAINTED)
        await page.get_by_test_id("composer").press_sequentially("x" * KEYS, delay=80)
        painted: list[float] = await page.evaluate("window.painted")
        await page.get_by_test_id("stop").click()
        await page.locator('[data-status="streaming"]').wait_for(state="detached")
        return p95(painted)


async def _longest(address: str, browser: Browser) -> float:
    async with window(browser) as (_, page):
        await page.add_init_script(LONGEST)
        await page.goto(address)
        await page.get_by_test_id("message-text").last.wait_for()
        await page.wait_for_load_state("networkidle")
        return float(await page.evaluate("window.longest"))
