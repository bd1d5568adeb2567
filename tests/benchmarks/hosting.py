"""What webchat needs on a small server: `uv run python -m tests.benchmarks.hosting`.

Starts the command itself with built pages and a loopback upstream, and prints a table: the time until it is
healthy, memory at rest, under answers and tabs, and after many tabs, and how long a chunk takes.
Fewer: `--answers 10 --tabs 40 --closed 200`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from tests.benchmarks.report import p95
from tests.benchmarks.tabs_flood import flood_with_tabs, open_tab
from tests.integration.server.reading import PROVIDER, events
from tests.running_app import RunningApp, build_once
from tests.tab import Tab
from tests.upstreams.openai import openai_process

CHUNKS, RATE = 500, 50
"""Chunks of an answer, and how many come in a second."""
SETTLED = 5.0
"""Seconds after which what is measured is that of a server at rest."""


@dataclass(frozen=True)
class Row:
    """One figure and what is to be reached."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    def __str__(self) -> str:
        reached = self.limit is None or self.value <= self.limit
        limit = "" if self.limit is None else f"≤ {self.limit:g} {self.unit}"
        return f"| {self.what} | {self.value:.3g} {self.unit}{'' if reached else ' ✗'} | {limit} |"


def memory(app: RunningApp) -> float:
    """MB resident of all the server's processes."""
    process = psutil.Process(app.pid)
    found = 0
    for member in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            found += member.memory_info().rss
    return found / 1_000_000


async def until_healthy(url: str) -> float:
    """The moment at which the server answers that it is ready."""
    while True:
        with suppress(urllib.error.URLError, ConnectionError):
            await asyncio.to_thread(urllib.request.urlopen, f"{url}/readyz", None, 5)
            return time.monotonic()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def open_tabs(app: RunningApp, count: int) -> AsyncIterator[None]:
    """Tabs with the chat page open: the socket of the page and that of the changes."""
    async with AsyncExitStack() as closing:
        for _ in range(count):
            closing.push_async_callback((await open_tab(app)).close)
            closing.push_async_callback((await listen(app)).close)
        yield


async def listen(app: RunningApp) -> ClientConnection:
    address = app.url.replace("http", "ws", 1)
    return await connect(f"{address}/api/changes?tab={uuid.uuid4()}", origin=Origin(app.url))


async def gaps(app: RunningApp, client: httpx.AsyncClient, tab: Tab) -> list[float]:
    """Milliseconds from each chunk of an answer to its event here."""
    message_id = await tab.send("What time is it?")
    found: list[float] = []
    rest = ""
    async for event in events(client, message_id):
        now = time.time()
        *whole, rest = (rest + event.words).split(" ")
        found.extend((now - float(sent)) * 1000 for sent in whole)
    return found


async def under_load(app: RunningApp, answers: int, tabs: int) -> list[Row]:
    """Stream answers while tabs are open."""
    most = memory(app)
    done = asyncio.Event()

    async def watch() -> None:
        nonlocal most
        while not done.is_set():
            most = max(most, memory(app))
            await asyncio.sleep(0.2)

    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(base_url=app.url, timeout=120, limits=limits) as client,
        open_tabs(app, tabs - answers),
        AsyncExitStack() as closing,
    ):
        asking = [await closing.enter_async_context(Tab(app.url)) for _ in range(answers)]
        for tab in asking:
            await tab.choose_model(f"{PROVIDER}:clock-{CHUNKS}-{RATE}")
        watching = asyncio.create_task(watch())
        found = await asyncio.gather(*(gaps(app, client, tab) for tab in asking))
        done.set()
        await watching
    every = [gap for of_one in found for gap in of_one]
    assert len(every) == answers * CHUNKS, f"{len(every)} chunks came"
    what = f"{answers} answers streaming, {tabs} tabs open"
    return [
        Row(f"{what}: memory at most", most, "MB", 400),
        Row("… from a provider's chunk to its event, p95", p95(every), "ms", 100),
    ]


async def measure(answers: int, tabs: int, closed: int) -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder, openai_process() as upstream:
        app = RunningApp(Path(folder) / "data", {"OPENAI_BASE_URL": upstream}, forked=False)
        with app:
            pass  # the first start creates the database
        began = time.monotonic()
        healthy = asyncio.create_task(until_healthy(app.url))
        await asyncio.to_thread(app.start)
        try:
            rows.append(Row("start with built pages → healthy", await healthy - began, "s", 3))
            await asyncio.sleep(SETTLED)
            rows.append(Row("memory of all processes, idle", memory(app), "MB", 150))
            rows += await under_load(app, answers, tabs)
            await asyncio.sleep(SETTLED)
            before = memory(app)
            rows.append(Row("memory afterwards", before, "MB"))
            for which, limit in (("first", None), ("second", 10.0)):
                await flood_with_tabs(app, closed)
                await asyncio.sleep(SETTLED)
                now = memory(app)
                rows.append(
                    Row(f"the {which} {closed} tabs opened and closed leave", now - before, "MB", limit)
                )
                before = now
        finally:
            app.stop()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=50)
    parser.add_argument("--tabs", type=int, default=200)
    parser.add_argument("--closed", type=int, default=1_000)
    given = parser.parse_args()
    build_once()
    rows = asyncio.run(measure(given.answers, given.tabs, given.closed))
    sys.stdout.write("| | measured | to reach |\n|---|---:|---:|\n")
    sys.stdout.writelines(f"{row}\n" for row in rows)


if __name__ == "__main__":
    main()
