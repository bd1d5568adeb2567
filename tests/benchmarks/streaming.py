"""How fast answers reach the screen, and what that costs: `uv run python -m tests.benchmarks.streaming`.

Starts webchat and a loopback upstream, drives Chromium, and prints a table of medians of three rounds.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import psutil
from playwright.async_api import Browser, Page

from tests.benchmarks.chromium import WATCH, Traffic, chromium
from tests.benchmarks.report import Figure, table
from tests.running_app import RunningApp, build_once
from tests.tab import Tab, read_answer
from tests.upstreams.openai import expected_text, openai_process

ROUNDS = 3
ANSWERS = 100
PROVIDER = "127.0.0.1"
"""The name webchat gives the provider of `OPENAI_BASE_URL`: its host."""
PACED = "paced-2000-200"
BURST = "burst-10000"
Measure = Callable[[], Awaitable[dict[str, float]]]


class Bench:
    """One running webchat with one upstream."""

    def __init__(self, app: RunningApp, upstream: str, browser: Browser) -> None:
        self._app = app
        self._upstream = upstream
        self._browser = browser

    async def prepare(self) -> None:
        """Wait until the page offers the upstream's models."""
        context = await self._browser.new_context()
        page = await context.new_page()
        for _ in range(50):
            await page.goto(self._app.url)
            await page.get_by_test_id("model-picker").click()
            if await page.locator(f'[data-model="{PROVIDER}:echo"]').count():
                break
        await context.close()

    async def first_load(self) -> dict[str, float]:
        """KB a browser without a cache receives until the chat page is ready."""
        context = await self._browser.new_context()
        page = await context.new_page()
        traffic = Traffic()
        await traffic.attach(page)
        await page.goto(self._app.url)
        await page.get_by_test_id("starter").first.or_(page.get_by_test_id("composer")).first.wait_for()
        await page.wait_for_load_state("networkidle")
        await context.close()
        return {"first_load": traffic.received / 1000}

    async def idle_memory(self) -> dict[str, float]:
        """MB resident of all the app's processes."""
        process = psutil.Process(self._app.pid)
        family = [process, *process.children(recursive=True)]
        return {"idle_memory": sum(member.memory_info().rss for member in family) / 1_000_000}

    async def paced(self) -> dict[str, float]:
        """2,000 chunks at 200 a second: lag at the end, bytes, blocking and processor time."""
        found = await self._ask(PACED, expected_text(2000))
        return {
            "paced_lag": found["last"] - found["upstream_last"],
            "paced_bytes": found["bytes"],
            "paced_blocked": found["blocked"],
            "paced_cpu": found["cpu"],
        }

    async def burst(self) -> dict[str, float]:
        """10,000 chunks at once: until the last is on screen, and bytes."""
        found = await self._ask(BURST, expected_text(10000))
        return {"burst_shown": found["last"] - found["sent"], "burst_bytes": found["bytes"]}

    async def first_text(self) -> dict[str, float]:
        """From Enter to the first word on screen."""
        found = await self._ask("echo", "END")
        return {"first_text": (found["first"] - found["sent"]) * 1000}

    async def concurrent(self) -> dict[str, float]:
        """100 answers of 500 chunks at 100 a second at the same time, read without a browser."""
        tabs = [Tab(self._app.url) for _ in range(ANSWERS)]
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=self._app.url, timeout=None, limits=limits) as client:
            for tab in tabs:
                await tab.open()
                await tab.choose_model(f"{PROVIDER}:paced-500-100")
            began = time.perf_counter()
            texts = await asyncio.gather(*(_ask_and_read(tab, client) for tab in tabs))
            seconds = time.perf_counter() - began
            for tab in tabs:
                await tab.close()
        if set(texts) != {expected_text(500)}:
            raise RuntimeError("an answer did not arrive whole")
        return {"concurrent": seconds}

    async def _ask(self, model: str, expected: str) -> dict[str, float]:
        context = await self._browser.new_context(viewport={"width": 1280, "height": 800})
        page = await context.new_page()
        await page.goto(self._app.url)
        await _choose(page, f"{PROVIDER}:{model}")
        traffic = Traffic(assets=False)  # the first load has them
        await traffic.attach(page)
        server = psutil.Process(self._app.pid)
        before = sum(server.cpu_times()[:2])
        await page.evaluate(WATCH)
        await page.get_by_test_id("composer").fill("END")
        await page.get_by_test_id("composer").press("Enter")
        await page.locator("body[data-measured]").wait_for(timeout=120_000)
        await page.locator('[data-role="assistant"][data-status="complete"]').wait_for()
        await page.wait_for_load_state("networkidle")
        measured = await page.evaluate("window.measured")
        cpu = sum(server.cpu_times()[:2]) - before
        upstream_last = await self._upstream_last()
        await context.close()
        return {
            "sent": measured["sent"] / 1000,
            "first": measured["first"] / 1000,
            "last": measured["last"] / 1000,
            "upstream_last": upstream_last,
            "bytes": traffic.received / len(expected.encode()),
            "blocked": measured["blocked"],
            "cpu": cpu,
        }

    async def _upstream_last(self) -> float:
        root = self._upstream.removesuffix("/v1")
        async with httpx.AsyncClient() as client:
            requests = (await client.get(f"{root}/control/requests")).json()
        # Beside answers it is asked for its models.
        return float([each for each in requests if each["last_chunk_at"]][-1]["last_chunk_at"])


async def _choose(page: Page, model: str) -> None:
    await page.get_by_test_id("model-picker").click()
    await page.get_by_test_id("model-search").fill(model)
    await page.locator(f'[data-model="{model}"]').click()


async def _ask_and_read(tab: Tab, client: httpx.AsyncClient) -> str:
    return await read_answer(client, await tab.send("END"))


async def run() -> list[Figure]:
    """Measure everything, `ROUNDS` times each."""
    build_once()
    values: dict[str, list[float]] = {}

    async def measure(what: Measure) -> None:
        for _ in range(ROUNDS):
            for name, value in (await what()).items():
                values.setdefault(name, []).append(value)

    with tempfile.TemporaryDirectory() as folder, openai_process() as upstream:
        env = {"OPENAI_BASE_URL": upstream}
        with RunningApp(Path(folder) / "data", env, forked=False) as app:
            async with chromium() as browser:
                bench = Bench(app, upstream, browser)
                await bench.prepare()
                await bench.first_load()
                await measure(bench.idle_memory)
                for what in (bench.first_load, bench.first_text, bench.paced, bench.burst, bench.concurrent):
                    await measure(what)

    def figure(what: str, name: str, unit: str, limit: float, peer: str) -> Figure:
        return Figure(what, tuple(values[name]), unit, limit, peer)

    return [
        figure("2,000 chunks at 200/s: behind the upstream at the end", "paced_lag", "s", 0.1, "0.1–0.5 s"),
        figure("10,000 chunks (40 KB) unpaced: all on screen", "burst_shown", "s", 1.0, "36 s"),
        figure("send → first text on screen", "first_text", "ms", 100, "145 ms"),
        figure("bytes received per answer byte, paced", "paced_bytes", "", 3, "30"),
        figure("bytes received per answer byte, unpaced", "burst_bytes", "", 1.5, "65"),
        figure("main thread blocked, paced", "paced_blocked", "ms", 50, "0 ms"),
        figure("server CPU of the paced answer", "paced_cpu", "s", 0.6, "1.2 s"),
        figure("first load, transferred", "first_load", "KB", 400, "411 KB"),
        figure("idle memory, all processes", "idle_memory", "MB", 150, "140 MB"),
        figure("100 concurrent answers × 500 chunks at 100/s", "concurrent", "s", 7, "6.7 s for bare SSE"),
    ]


def main() -> int:
    """Print the table; 1 if a figure is not reached."""
    figures = asyncio.run(run())
    sys.stdout.write(table(figures) + "\n")
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
