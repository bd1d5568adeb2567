"""What services that send without end cost: `uv run python -m tests.benchmarks.flood`.

Starts webchat and a loopback upstream and prints a table: the memory of endless answers, how long the first
text of another conversation takes beside answers that come as fast as they can, and what long ones cost.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median

import httpx
import psutil

from tests.running_app import RunningApp, build_once
from tests.tab import Tab, read_answer
from tests.upstreams.openai import openai_process

PROVIDER = "127.0.0.1"
ENDLESS = "endless-events"
FLOOD = "burst-250000"
ROUNDS = 7
SETTLE = 7.0
"""Seconds after the end of an answer in which memory may come down."""


class Bench:
    """One running webchat with one upstream."""

    def __init__(self, app: RunningApp, client: httpx.AsyncClient) -> None:
        self._app = app
        self._client = client
        self._process = psutil.Process(app.pid)

    def tell(self, what: str, value: str) -> None:
        """Print a row as soon as it is known: on a busy machine the next one takes minutes."""
        sys.stdout.write(f"| {what} | {value} |\n")
        sys.stdout.flush()

    def memory(self) -> float:
        """MB resident now."""
        return float(self._process.memory_info().rss) / 1_000_000

    async def ask(self, model: str) -> tuple[Tab, str]:
        """Send a question in a new tab; returns the tab and the answer's id."""
        tab = Tab(self._app.url)
        await tab.open()
        await tab.choose_model(f"{PROVIDER}:{model}")
        return tab, await tab.send("END")

    async def endless(self, count: int) -> list[str]:
        """Let so many endless answers run to their limit, each with a reader."""
        before = self.memory()
        began = time.perf_counter()
        asked = [await self.ask(ENDLESS) for _ in range(count)]
        reading = [asyncio.create_task(read_answer(self._client, id)) for _, id in asked]
        peak = before
        while not all(task.done() for task in reading):
            peak = max(peak, self.memory())
            await asyncio.sleep(0.02)
        seconds = time.perf_counter() - began
        sizes = {len(task.result()) for task in reading}
        for tab, _ in asked:
            await tab.close()
        await asyncio.sleep(SETTLE)
        self.tell(
            f"{count} endless at once: memory at most, {SETTLE:.0f} s after the end",
            f"+{peak - before:.0f} MB, +{self.memory() - before:.0f} MB ({seconds:.1f} s, {sizes})",
        )
        return [id for _, id in asked]

    async def beside(self, count: int) -> None:
        """The first text of another conversation while so many answers come as fast as they can."""
        floods = [await self.ask(FLOOD) for _ in range(count)]
        reading = [asyncio.create_task(read_answer(self._client, id)) for _, id in floods]
        await asyncio.sleep(0.3)
        tab = Tab(self._app.url)
        await tab.open()
        await tab.choose_model(f"{PROVIDER}:echo")
        firsts: list[float] = []
        waits: list[float] = []
        while len(firsts) < ROUNDS and (not firsts or not count or not all(task.done() for task in reading)):
            began = time.perf_counter()
            id = await tab.send("Hello")
            await first_text(self._client, id)
            firsts.append(time.perf_counter() - began)
            await tab.do("refresh_message", message_id=id)
            waits.append(await self._answer_time())
        still = sum(not task.done() for task in reading)
        await tab.close()
        for flood, id in floods:
            await flood.do("stop_generation", message_id=id)
        for task in reading:
            task.cancel()
        for flood, _ in floods:
            with suppress(Exception):
                await flood.close()
        self.tell(
            f"first text beside {count} floods: median, worst; an empty request at most",
            f"{median(firsts) * 1000:.0f} ms, {max(firsts) * 1000:.0f} ms; {max(waits) * 1000:.0f} ms"
            f" ({len(firsts)} asked, {still} still ran)",
        )
        await asyncio.sleep(1)

    async def _answer_time(self) -> float:
        began = time.perf_counter()
        await self._client.get("/api/messages?ids=")
        return time.perf_counter() - began

    async def long_ones(self, ids: Sequence[str]) -> None:
        """All long answers in one request: its time, memory and how long others wait meanwhile."""
        before = peak = self.memory()
        began = time.perf_counter()
        asking = asyncio.create_task(self._client.get(f"/api/messages?ids={','.join(ids)}"))
        waits = [0.0]
        while not asking.done():
            waits.append(await self._answer_time())
            peak = max(peak, self.memory())
            await asyncio.sleep(0.01)
        response = await asking
        self.tell(
            f"{len(ids)} answers of 16 MiB asked for at once: time, memory, an empty request at most",
            f"{time.perf_counter() - began:.1f} s, +{peak - before:.0f} MB, {max(waits) * 1000:.0f} ms"
            f" ({len(response.content) / 1e6:.0f} MB)",
        )


async def first_text(client: httpx.AsyncClient, message_id: str) -> None:
    """Read an answer until its first text is there."""
    async with client.stream("GET", f"/api/messages/{message_id}/stream") as response:
        async for text in response.aiter_text():
            if "data:" in text:
                return


async def run(app: RunningApp) -> None:
    """Measure everything once."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=app.url, timeout=None, limits=limits) as client:
        bench = Bench(app, client)
        tab = Tab(app.url)
        for _ in range(50):
            await tab.open()
            await asyncio.sleep(0.1)
            await tab.close()
            if (await client.get("/")).status_code == 200:
                break
        for count in (0, 1, 5):
            await bench.beside(count)
        ids = await bench.endless(1)
        ids += await bench.endless(10)
        await bench.long_ones(ids)


def main() -> int:
    """Print the table."""
    build_once()
    with (
        tempfile.TemporaryDirectory() as folder,
        openai_process() as upstream,
        RunningApp(Path(folder) / "data", {"OPENAI_BASE_URL": upstream}, forked=False) as app,
    ):
        sys.stdout.write("| | measured |\n|---|---:|\n")
        asyncio.run(run(app))
    return 0


if __name__ == "__main__":
    sys.exit(main())
