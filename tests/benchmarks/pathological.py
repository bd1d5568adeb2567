"""How long texts made to be slow keep the page from answering.

`uv run python -m tests.benchmarks.pathological` opens answers of 39 KiB and 300 KiB of each kind in Chromium,
has those of 39 KiB streamed as well, and prints the longest task of the main thread for each.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.benchmarks.chromium import chromium
from tests.benchmarks.report import Worst, table_of_worst
from tests.e2e.planting import Planted, conversation, plant
from tests.pathological import texts
from tests.running_app import RunningApp, build_once
from tests.upstreams.openai import openai_process

SMALL, LARGE = 39 * 1024, 300 * 1024
LONGEST = 100
"""Milliseconds for which the main thread may not answer (S13, for 39 KiB)."""

LISTED = 15
"""Conversations at a time, all of which the sidebar shows."""

WATCH = """
() => {
  window.tasks = [0];
  window.observer?.disconnect();
  window.observer = new PerformanceObserver((list) => {
    for (const task of list.getEntries()) tasks.push(task.duration);
  });
  observer.observe({ type: "longtask" });
}
"""
_SHOWN = """
() => {
  const all = [...document.querySelectorAll('[data-role="assistant"] [data-testid="message-text"]')];
  return all.at(-1)?.textContent.trimEnd().endsWith("END") && !document.querySelector("[data-formatting]");
}
"""
_LONGEST = """
async () => {
  for (let frame = 0; frame < 10; frame += 1) await new Promise(requestAnimationFrame);
  return Math.max(...tasks);
}
"""


async def _opened(page: Page, path: str) -> float:
    await (
        page.get_by_test_id("conversation-item")
        .and_(page.locator(f'[href="{path}"]'))
        .evaluate("link => link.click()")
    )
    await page.wait_for_function(_SHOWN, timeout=180_000)
    return float(await page.evaluate(_LONGEST))


async def _streamed(page: Page, text: str) -> float:
    # Pasted, because typing is an event a line.
    await page.evaluate("text => navigator.clipboard.writeText(text)", text)
    await page.get_by_test_id("composer").press("Control+V")
    await page.evaluate(WATCH)
    await page.get_by_test_id("send").click()
    await page.locator('[data-role="assistant"][data-status="complete"]').wait_for(timeout=180_000)
    await page.wait_for_function(_SHOWN, timeout=180_000)
    return float(await page.evaluate(_LONGEST))


async def _measure(browser: Browser, upstream: str, only: list[str]) -> list[Worst]:
    figures = []
    for size, kind in ((SMALL, "39 KiB"), (LARGE, "300 KiB")):
        wanted = [(name, text) for name, text in texts(size).items() if not only or name in only]
        for first in range(0, len(wanted), LISTED):
            group = wanted[first : first + LISTED]
            planted = [conversation(name, turns=["Show me", text]) for name, text in group]
            with tempfile.TemporaryDirectory() as folder:
                await asyncio.to_thread(plant, Path(folder) / "data", upstream, planted)
                with RunningApp(Path(folder) / "data", forked=False) as app:
                    for one in planted:
                        found = await _one(browser, app, one, kind, size)
                        sys.stderr.write("\n".join([*table_of_worst(found).splitlines()[2:], ""]))
                        figures += found
    return figures


async def _one(browser: Browser, app: RunningApp, planted: Planted, kind: str, size: int) -> list[Worst]:
    name = f"{planted.title}, {kind}"
    limit = LONGEST if size == SMALL else None
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await page.goto(app.url)
    await page.get_by_test_id("conversation-item").first.wait_for()
    await page.wait_for_load_state("networkidle")
    await page.evaluate(WATCH)
    found = [Worst(f"{name}, opened", [await _opened(page, planted.path)], "ms", limit)]
    if size == SMALL:
        found.append(
            Worst(f"{name}, asked and streamed", [await _streamed(page, planted.turns[1])], "ms", limit)
        )
    await context.close()
    return found


async def main() -> int:
    """Measure all, or the kinds named on the command line; the exit code says whether all is reached."""
    build_once()
    with openai_process() as upstream:
        async with chromium() as browser:
            figures = await _measure(browser, upstream, sys.argv[1:])
    sys.stdout.write(table_of_worst(figures) + "\n")
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
