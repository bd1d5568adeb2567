"""A measured Chromium: what a page receives, when words are painted, how long its main thread is blocked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.browser import ARGUMENTS, find_chromium

WATCH = """
() => {
  window.measured = { first: 0, last: 0, blocked: 0, sent: 0 };
  const before = new Set(document.querySelectorAll('[data-role="assistant"]'));
  const look = () => {
    const answers = [...document.querySelectorAll('[data-role="assistant"]')].filter((a) => !before.has(a));
    const words = answers.at(-1)?.querySelector('[data-testid="message-text"]');
    const now = performance.timeOrigin + performance.now();
    if (words?.textContent && !measured.first) measured.first = now;
    if (words?.lastElementChild?.lastElementChild?.textContent.trim().endsWith("END")) measured.last = now;
    if (measured.last) document.body.dataset.measured = "";
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  window.longTasks?.disconnect();
  window.longTasks = new PerformanceObserver((list) => {
    for (const task of list.getEntries()) measured.blocked += Math.max(0, task.duration - 50);
  });
  longTasks.observe({ type: "longtask" });
  document.querySelector('[data-testid="composer"]').addEventListener(
    "keydown",
    (event) => event.key === "Enter" && (measured.sent = performance.timeOrigin + performance.now()),
    { capture: true, once: true },
  );
}
"""
"""Notes in epoch milliseconds when Enter was pressed and when the first and the last word were painted."""


class Traffic:
    """Bytes a page received: HTTP bodies and headers as encoded on the wire, websocket frames as unpacked.

    Args:
        assets: whether files that a browser keeps for good count, such as typefaces.
    """

    def __init__(self, *, assets: bool = True) -> None:
        self.received = 0.0
        self._assets = assets
        self._left_out: set[str] = set()

    async def attach(self, page: Page) -> None:
        """Count from now on."""
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._request)
        session.on("Network.dataReceived", self._data)
        session.on("Network.webSocketFrameReceived", self._frame)

    def _request(self, event: dict[str, Any]) -> None:
        if not self._assets and urlsplit(event["request"]["url"]).path.startswith("/assets/"):
            self._left_out.add(event["requestId"])

    def _data(self, event: dict[str, Any]) -> None:
        if event["requestId"] not in self._left_out:
            self.received += event["encodedDataLength"]

    def _frame(self, event: dict[str, Any]) -> None:
        self.received += len(event["response"]["payloadData"].encode())


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield browser
        await browser.close()
