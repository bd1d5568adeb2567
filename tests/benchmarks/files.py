"""What files cost: `uv run python -m tests.benchmarks.files`.

Starts the real server with a loopback upstream. Measures how long a PDF of 300 pages takes to become text and
what that costs an answer being written at the same time, the memory of the server while 100 MB are uploaded,
listing and opening a history with 1,000 pictures beside the same one without, and what
`tests.benchmarks.files_browser` and `compare` measure in Chromium.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from statistics import median

import httpx
import psutil

from tests import documents
from tests.benchmarks import compare, files_browser
from tests.benchmarks.report import Figure, p95, table
from tests.running_app import RunningApp, build_once
from tests.tab import Tab
from tests.upstreams.openai import openai_process
from webchat.services.files.files import Files
from webchat.services.files.limits import MAX_BODY
from webchat.storage.engine import Database
from webchat.storage.migrations import upgrade
from webchat.storage.queries import files, sending, stored_files, users
from webchat.storage.queries.generations import Ending, finish
from webchat.storage.queries.sending import Send
from webchat.storage.secrets import open_secrets
from webchat.storage.sqlite import sqlite_url
from webchat.storage.tables import StoredFile
from webchat.storage.types import GenerationStatus

PAGES = 300
LINES = 45
PICTURES = 1_000
A_MESSAGE = 10
"""Pictures of one message."""
ROUNDS = 5
A_ROUND = 20
"""How often the history is listed, and how many conversations are opened, in a round."""
LISTED = 50
"""Conversations of the first page of the history."""
MEGABYTE = 1024 * 1024
LINE = "The quick brown fox jumps over the lazy dog and runs away into the forest again"


def book() -> bytes:
    """A PDF with the text of a book."""
    page = "\n".join([LINE] * LINES)
    return documents.pdf(*(f"Page {number}\n{page}" for number in range(PAGES)))


async def read_in(client: httpx.AsyncClient, data: bytes) -> float:
    """Upload a document and return the seconds until its text is there."""
    began = time.perf_counter()
    known = (await client.post("/api/files?name=book.pdf", content=data)).json()
    while known["state"] == "reading":
        await asyncio.sleep(0.02)
        known = (await client.get(f"/api/files/{known['id']}")).json()
    assert known["state"] == "ready", known
    return time.perf_counter() - began


async def gaps_of(client: httpx.AsyncClient, message_id: str) -> list[float]:
    """The milliseconds between the pieces of an answer."""
    gaps, last = [], None
    async with client.stream("GET", f"/api/messages/{message_id}/stream", timeout=60) as answer:
        async for _ in answer.aiter_raw():
            now = time.perf_counter()
            if last is not None:
                gaps.append((now - last) * 1000)
            last = now
    return gaps


async def pdf_beside_an_answer(app: RunningApp) -> list[Figure]:
    """The time of a PDF, and the gaps of an answer with and without one being read."""
    seconds: list[float] = []
    alone: list[float] = []
    beside: list[float] = []
    async with httpx.AsyncClient(base_url=app.url, timeout=60) as client, Tab(app.url) as tab:
        await tab.choose_model("127.0.0.1:paced-600-100")
        for number in range(2 * ROUNDS):
            message_id = await tab.send(f"Write {number}")
            reading = asyncio.create_task(gaps_of(client, message_id))
            if number % 2:
                data = book() + b"%" + str(number).encode()  # another content, which is read anew
                seconds.append(await read_in(client, data))
            (beside if number % 2 else alone).append(p95(await reading))
    grown = tuple(100 * (with_it / without - 1) for with_it, without in zip(beside, alone, strict=True))
    return [
        Figure(f"PDF of {PAGES} pages as text", tuple(seconds), "s", 5, "–"),
        Figure("p95 of an answer's gaps grown by it", grown, "%", 10, "–"),
    ]


@contextmanager
def most_memory(pid: int) -> Iterator[list[float]]:
    """Fill in the most megabytes that a process needed inside the block, above what it had before."""
    process, found, over = psutil.Process(pid), [0.0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not over.wait(0.01):
            found[0] = max(found[0], (process.memory_info().rss - before) / MEGABYTE)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


async def upload_of_100_mb(app: RunningApp) -> Figure:
    """The memory of the server while the largest body is received, which is refused at its end."""

    async def pieces() -> AsyncIterator[bytes]:
        block = b"words " * (64 * 1024 // 6)
        for _ in range(MAX_BODY // len(block)):
            yield block

    grown = []
    async with httpx.AsyncClient(base_url=app.url, timeout=120) as client:
        await client.post("/api/files?name=a.txt", content=b"words")  # loads what uploads need
        for _ in range(ROUNDS):
            with most_memory(app.pid) as found:
                answer = await client.post("/api/files?name=a.txt", content=pieces())
            assert answer.status_code == 413, answer.text
            grown.append(found[0])
    return Figure("memory during an upload of 100 MB", tuple(grown), "MB", 20, "–")


async def history(folder: Path, *, pictures: bool) -> list[str]:
    """Plant conversations, and return their ids; with `pictures`, there are 1,000 in them."""
    database = Database(sqlite_url(folder / "webchat.db"))
    box = open_secrets(folder)
    attached = Files(database, box)
    ids = []
    async with database.write() as session:
        owner = await users.ensure_local_owner(session)
        for number in range(PICTURES // A_MESSAGE):
            sent: list[str] = []
            for each in range(A_MESSAGE if pictures else 0):
                arrived = attached.store.begin()
                arrived.write(documents.png(64, 64, (number * A_MESSAGE + each) % 256) + str(number).encode())
                arrived.finish()
                row = StoredFile(hash=arrived.hash, kind="picture", media_type="image/png", size=arrived.size)
                stored = await stored_files.add(session, row)
                attached.store.keep(arrived)
                name = box.encrypt(f"{each}.png")
                file = await files.add(session, owner.id, hash=stored.hash, sealed_name=name)
                sent.append(file.id)
            send = Send((f"client-{number}",), "What is it?", "A", "one", title="Talk", files=tuple(sent))
            record = await sending.record_send(session, owner.id, send)
            await finish(
                session,
                owner.id,
                record.generation.id,
                Ending(GenerationStatus.COMPLETE, "A cat. " * 200, ""),
            )
            ids.append(record.conversation.id)
    await database.close()
    return ids


async def listing(app: RunningApp) -> float:
    """The milliseconds until a tab has the first page of the history."""
    async with Tab(app.url) as tab:
        began = time.perf_counter()
        rows = await tab.list_history()
        took = time.perf_counter() - began
    assert len(rows) == LISTED
    return took * 1000


async def opening(tab: Tab, client: httpx.AsyncClient, conversation_id: str) -> float:
    """The milliseconds until a tab has a conversation and its texts."""
    began = time.perf_counter()
    await tab.open_conversation(conversation_id)
    (await client.get(f"/api/conversations/{conversation_id}/messages")).raise_for_status()
    return (time.perf_counter() - began) * 1000


async def _one_round(apps: list[RunningApp], ids: list[list[str]]) -> tuple[float, float]:
    """By how many percent listing and opening take longer in the second app; the two take turns."""
    listed: list[list[float]] = [[], []]
    opened: list[list[float]] = [[], []]
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=app.url, timeout=60)) for app in apps
        ]
        tabs = [await stack.enter_async_context(Tab(app.url)) for app in apps]
        for number in range(A_ROUND):
            for which in (0, 1) if number % 2 else (1, 0):
                listed[which].append(await listing(apps[which]))
                conversation = ids[which][number]
                opened[which].append(await opening(tabs[which], clients[which], conversation))
    return (
        100 * (median(listed[1]) / median(listed[0]) - 1),
        100 * (median(opened[1]) / median(opened[0]) - 1),
    )


async def pictures_in_the_history(upstream: str) -> list[Figure]:
    """How much longer it takes to list the history and to open conversations with pictures."""
    with tempfile.TemporaryDirectory() as folder:
        apps, ids = [], []
        for pictures in (False, True):
            data = Path(folder) / str(pictures)
            data.mkdir()
            await asyncio.to_thread(upgrade, sqlite_url(data / "webchat.db"))
            ids.append(await history(data, pictures=pictures))
            apps.append(RunningApp(data, {"OPENAI_BASE_URL": upstream}, forked=False))
        with apps[0], apps[1]:
            await _one_round(apps, ids)
            rounds = [await _one_round(apps, ids) for _ in range(2 * ROUNDS)]
    listed, opened = zip(*rounds, strict=True)
    return [
        Figure("listing the history grown by 1,000 pictures in it", listed, "%", 10, "–"),
        Figure("opening a conversation grown by its 10 pictures", opened, "%", 10, "–"),
    ]


async def _measure() -> bool:
    figures: list[Figure] = []
    with openai_process() as upstream:
        with (
            tempfile.TemporaryDirectory() as folder,
            RunningApp(Path(folder), {"OPENAI_BASE_URL": upstream}, forked=False) as app,
        ):
            figures += await pdf_beside_an_answer(app)
            figures.append(await upload_of_100_mb(app))
        figures += await pictures_in_the_history(upstream)
    figures += [*await files_browser.run(), *await compare.run()]
    sys.stdout.write(f"{table(figures)}\n")
    return all(figure.reached for figure in figures)


if __name__ == "__main__":
    build_once()
    sys.exit(0 if asyncio.run(_measure()) else 1)
