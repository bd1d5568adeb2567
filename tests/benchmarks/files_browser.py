"""Attaching a picture in Chromium: `uv run python -m tests.benchmarks.files_browser`.

Prints how soon it is on screen, what is sent of it, and how long the page was busy.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.benchmarks.chromium import chromium
from tests.benchmarks.page_loading import window
from tests.benchmarks.report import Figure, table
from tests.running_app import RunningApp, build_once

ROUNDS = 5
LONGEST = 60
"""Seconds to wait for an upload."""

PICTURE = """async () => {
    const [width, height] = [4000, 3000];
    const canvas = new OffscreenCanvas(width, height);
    const drawing = canvas.getContext("2d");
    const pixels = drawing.createImageData(width, height);
    for (let at = 0; at < pixels.data.length; at += 4) {
        const [x, y] = [(at / 4) % width, Math.floor(at / 4 / width)];
        const noise = Math.random() * 70;
        pixels.data.set([x / 20 + noise, y / 15 + noise, 90 + noise, 255], at);
    }
    drawing.putImageData(pixels, 0, 0);
    let blob;
    for (let quality = 0.98; quality > 0.3; quality -= 0.03) {
        blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
        if (blob.size <= 10_500_000) break;
    }
    window.picture = blob;
    return blob.size;
}"""
"""Makes a picture of 12 megapixels in about 10 MB, and returns its bytes."""
PASTE = """async () => {
    const data = new DataTransfer();
    data.items.add(new File([window.picture], "image.jpg", { type: "image/jpeg" }));
    window.blocked = 0;
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.blocked = Math.max(window.blocked, duration);
    }).observe({ type: "longtask" });
    const begun = performance.now();
    const shown = new Promise((resolve) => {
        const painted = new PerformanceObserver((list) => resolve(list.getEntries()[0].renderTime));
        painted.observe({ type: "element" });
    });
    new MutationObserver((_, watcher) => {
        const image = document.querySelector('[data-testid="file-thumbnail"]');
        if (image) watcher.disconnect();
        image?.setAttribute("elementtiming", "pasted");
    }).observe(document.body, { childList: true, subtree: true });
    const paste = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.querySelector('[data-testid="composer"]').dispatchEvent(paste);
    return (await shown) - begun;
}"""
"""Pastes it, and returns the milliseconds until it was painted."""


async def measure(url: str, browser: Browser) -> list[Figure]:
    """Every figure, the median of `ROUNDS`."""
    shown, uploaded, sent, blocked, pasted = [], [], [], [], 0.0
    for _ in range(ROUNDS):
        async with window(browser) as (_, page):
            await page.goto(url)
            await page.get_by_test_id("composer").wait_for()
            await page.wait_for_load_state("networkidle")
            pasted = await page.evaluate(PICTURE) / 1e6
            begun = asyncio.get_running_loop().time()
            shown.append(float(await page.evaluate(PASTE)))
            sent.append(await _uploaded(page) / 1e6)
            uploaded.append(asyncio.get_running_loop().time() - begun)
            blocked.append(float(await page.evaluate("window.blocked")))
    what = f"a picture of {pasted:.1f} MB pasted"
    return [
        Figure(f"{what} → on screen", tuple(shown), "ms", 300, "–"),
        Figure("… sent of it", tuple(sent), "MB", 1, "–"),
        Figure("… → uploaded", tuple(uploaded), "s", 10, "–"),
        Figure("… main thread blocked at most", tuple(blocked), "ms", 50, "–"),
    ]


async def _uploaded(page: Page) -> int:
    """The bytes that the server got, once it has them."""
    ready = page.locator('[data-testid="attachment"][data-state="ready"]')
    await ready.wait_for(timeout=LONGEST * 1000)
    size: int = await page.evaluate("JSON.parse(localStorage.getItem('webchat.files.new'))[0].size")
    return size


async def run() -> list[Figure]:
    """Measure with a webchat of its own."""
    build_once()
    with tempfile.TemporaryDirectory() as folder, RunningApp(Path(folder) / "data", forked=False) as app:
        async with chromium() as browser:
            return await measure(app.url, browser)


def main() -> int:
    """Print the table; 1 if a figure is not reached."""
    figures = asyncio.run(run())
    sys.stdout.write(f"{table(figures)}\n")
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
