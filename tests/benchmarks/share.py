"""What a share page costs: `uv run python -m tests.benchmarks.share`.

A process of its own asks for a page of 200 messages over kept connections, as fast as answers come, while 20
answers stream from the same webchat. Chromium then says when it first paints the page, and what it asks for.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

import httpx
import psutil
from playwright.async_api import Request

from tests.benchmarks.chromium import chromium
from tests.e2e.planting import conversation, plant
from tests.running_app import RunningApp, build_once
from tests.sharing import publish
from tests.tab import Tab, read_answer
from tests.unit.rendering.conversation import realistic
from tests.upstreams.openai import expected_text, openai_process
from webchat.services.sharing.links import Link
from webchat.storage.location import DATABASE_FILE

SECONDS = 10
CONNECTIONS = 10
STREAMS = 20
STREAMED, CHUNKS = "paced-4000-200", 4000
PROVIDER = "Loop"
PAINTS = 9
FIRST_PAINT = """() => new Promise((resolve) =>
    new PerformanceObserver((list) => {
        for (const paint of list.getEntriesByName("first-contentful-paint")) resolve(paint.startTime);
    }).observe({ type: "paint", buffered: true }))"""
GUESSES = 1000


@dataclass(frozen=True)
class Row:
    """One figure; `reached` is None where nothing is to be reached."""

    what: str
    measured: str
    limit: str = ""
    reached: bool | None = None


def load(url: str, seconds: float, answers: multiprocessing.Queue[list[float]]) -> None:
    """Ask for a page again and again; puts the seconds each answer took."""
    answers.put(asyncio.run(_load(url, seconds)))


async def _load(url: str, seconds: float) -> list[float]:
    until = time.perf_counter() + seconds
    taken = await asyncio.gather(*(_ask_until(url, until) for _ in range(CONNECTIONS)))
    return [each for one in taken for each in one]


async def _ask_until(url: str, until: float) -> list[float]:
    """One connection: plain sockets, so that asking costs little of what is measured."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    question = (
        f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: gzip\r\n\r\n"
    ).encode()
    taken = []
    while (began := time.perf_counter()) < until:
        writer.write(question)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if not head.startswith("http/1.1 200") or "content-encoding: gzip" not in head:
            raise RuntimeError(head)
        await reader.readexactly(int(head.partition("content-length:")[2].split()[0]))
        taken.append(time.perf_counter() - began)
    writer.close()
    return taken


async def asked(url: str, seconds: float) -> list[float]:
    """The seconds each answer took, as a process of its own has measured them, in order."""
    queue: multiprocessing.Queue[list[float]] = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(target=load, args=(url, seconds, queue))
    process.start()
    taken = await asyncio.to_thread(queue.get)
    process.join()
    return sorted(taken)


async def while_streaming(app: RunningApp, url: str) -> tuple[list[float], int]:
    """What `asked` finds while answers stream, and how many of those were whole in the end."""
    tabs = [Tab(app.url) for _ in range(STREAMS)]
    async with httpx.AsyncClient(base_url=app.url, timeout=None) as client:
        for tab in tabs:
            await tab.open()
            await tab.choose_model(f"{PROVIDER}:{STREAMED}")
        ids = [await tab.send("Go on") for tab in tabs]
        reading = [asyncio.create_task(read_answer(client, message_id)) for message_id in ids]
        taken = await asked(url, SECONDS * 0.8)
        if any(task.done() for task in reading):
            raise RuntimeError("an answer ended before the last page was read")
        texts = await asyncio.gather(*reading)
        for tab in tabs:
            await tab.close()
    return taken, texts.count(expected_text(CHUNKS))


async def painted(url: str) -> tuple[list[float], list[str]]:
    """Milliseconds to the first contentful paint in new windows, and what the last one asked for."""
    taken: list[float] = []
    asked_for: list[str] = []
    async with chromium() as browser:
        for _ in range(PAINTS):
            context = await browser.new_context()
            page = await context.new_page()
            asked: list[Request] = []
            page.on("request", asked.append)
            await page.goto(url)
            taken.append(float(await page.evaluate(FIRST_PAINT)))
            await page.wait_for_load_state("networkidle")
            asked_for = [request.url for request in asked]
            await context.close()
    return taken, asked_for


async def dead_links(app: RunningApp, expired: Link) -> tuple[float, float]:
    """Median milliseconds until a wrong and an expired link are refused, asked in turns."""
    wrong: list[float] = []
    old: list[float] = []
    async with httpx.AsyncClient(base_url=app.url) as client:
        for _ in range(GUESSES):
            for path, taken in ((f"/share/{secrets.token_urlsafe(32)}", wrong), (expired.path, old)):
                began = time.perf_counter()
                answer = await client.get(path)
                taken.append((time.perf_counter() - began) * 1000)
                if answer.status_code != 404:
                    raise RuntimeError(f"{path} was found")
    return median(wrong), median(old)


async def run(app: RunningApp, long: str, short: str) -> list[Row]:
    """Measure everything on a running webchat with these conversations."""
    link = await publish(app.data_dir, long)
    small = await publish(app.data_dir, short)
    expired = await publish(app.data_dir, short)
    with closing(sqlite3.connect(app.data_dir / DATABASE_FILE)) as database:
        database.execute("UPDATE share SET expires_at = '2020-01-01 00:00:00' WHERE id = ?", (expired.id,))
        database.commit()
    async with httpx.AsyncClient(base_url=app.url, timeout=30) as client:
        began = time.perf_counter()
        await client.get(link.path)
        first = time.perf_counter() - began
        async with client.stream("GET", small.path) as answer:
            size = len(b"".join([part async for part in answer.aiter_raw()])) / 1000
    alone = await asked(app.url + link.path, SECONDS / 2)
    taken, whole = await while_streaming(app, app.url + link.path)
    paints, requests = await painted(app.url + link.path)
    wrong, old = await dead_links(app, expired)
    async with httpx.AsyncClient(base_url=app.url, timeout=30) as client:
        (await client.get(f"{link.path}/preview.png")).raise_for_status()
    memory = psutil.Process(app.pid).memory_info().rss / 1_000_000
    rate, p99 = len(taken) / (SECONDS * 0.8), quantiles(taken, n=100)[98] * 1000
    return [
        Row("200 messages, nothing else to do: requests a second", f"{len(alone) / (SECONDS / 2):,.0f}"),
        Row(
            f"200 messages, while {STREAMS} answers stream: requests a second",
            f"{rate:,.0f}",
            "≥ 300",
            rate >= 300,
        ),
        Row("… p99 of the time each took", f"{p99:.1f} ms", "≤ 100 ms", p99 <= 100),
        Row("… median", f"{median(taken) * 1000:.1f} ms"),
        Row("… answers whole", f"{whole} of {STREAMS}", f"{STREAMS}", whole == STREAMS),
        Row("200 messages, the first time after a start", f"{first * 1000:.0f} ms"),
        Row(
            f"first contentful paint in Chromium, median of {PAINTS}",
            f"{median(paints):.0f} ms",
            "≤ 300 ms",
            median(paints) <= 300,
        ),
        Row("requests of the page, itself counted", f"{len(requests)}", "1", len(requests) == 1),
        Row("20 messages, compressed", f"{size:.1f} kB", "≤ 30 kB", size <= 30),
        Row("memory of the server after all this", f"{memory:.0f} MB"),
        Row(
            f"wrong / expired token, median of {GUESSES}",
            f"{wrong:.2f} / {old:.2f} ms",
            "no difference",
            abs(wrong - old) <= 0.1 * wrong,
        ),
    ]


def table(rows: Sequence[Row]) -> str:
    """A Markdown table of the figures."""
    lines = ["| | measured | to reach |", "|---|---:|---:|"]
    for row in rows:
        mark = " ✗" if row.reached is False else ""
        lines.append(f"| {row.what} | {row.measured}{mark} | {row.limit} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table; 1 if a figure is not reached."""
    build_once()
    long = conversation("Long", turns=[message.text for message in realistic(200).messages])
    short = conversation("Short", turns=[message.text for message in realistic(20).messages])
    with tempfile.TemporaryDirectory() as folder, openai_process() as upstream:
        data_dir = Path(folder) / "data"
        plant(data_dir, upstream, [long, short])
        with RunningApp(data_dir, forked=False) as app:
            rows = asyncio.run(run(app, long.id, short.id))
    sys.stdout.write(table(rows) + "\n")
    return 1 if any(row.reached is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
