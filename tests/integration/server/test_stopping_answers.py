"""Stop, closed tabs, crashes and shutdowns of a real server: what came is kept (R2, R5, R6, R7)."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.integration.server.reading import (
    ask,
    integrity,
    read,
    stop,
    stored,
    wait_for_first_text,
)
from tests.running_app import RunningApp
from tests.tab import Tab

pytestmark = pytest.mark.network

CYCLES = int(os.environ.get("WEBCHAT_STOP_CYCLES", "30"))
"""Starts and stops in a row; R7 wants 10,000, which take some minutes."""


async def test_stop_closes_the_upstream_and_keeps_what_came(
    app: RunningApp, client: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    await control.post("/control/forget")
    async with Tab(app.url) as tab:
        message_id = await ask(tab, "hold-stop")
        assert await wait_for_first_text(client, message_id) == "Before the hold. "
        await stop(tab)
        (seen,) = [r for r in (await control.get("/control/requests")).json() if r["model"] == "hold-stop"]

        assert seen["closed_early"] is True
        assert tab.state["messages"][-1]["status"] == "stopped"
    assert stored(app, message_id) == ("stopped", "", "Before the hold. ")
    assert await read(client, message_id) == ("", "Before the hold. ")


async def test_closing_the_tab_stops_nothing(
    app: RunningApp, client: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    async with Tab(app.url) as tab:
        message_id = await ask(tab, "hold-tab")
        await wait_for_first_text(client, message_id)
    released = await control.post("/control/release", params={"key": "tab"})

    assert released.json() == {"released": 1}
    assert await read(client, message_id) == ("", "Before the hold. After the hold.")
    assert stored(app, message_id)[0] == "complete"


async def test_a_crash_keeps_what_the_database_held(built: None, upstream: str, tmp_path: Path) -> None:
    env = {"OPENAI_BASE_URL": upstream}
    with RunningApp(tmp_path / "data", env) as app:
        async with httpx.AsyncClient(base_url=app.url, timeout=30) as client, Tab(app.url) as tab:
            message_id = await ask(tab, "drip")
            shown = await wait_for_first_text(client, message_id)
            async with asyncio.timeout(30):
                # Piece by piece: what was shown, and more that was added to it.
                saved: list[str] = []
                while len(saved) < 2 or not "".join(saved).startswith(shown):
                    await asyncio.sleep(0.02)
                    saved = pieces(app, message_id)
            await asyncio.to_thread(app.kill)
        held = "".join(pieces(app, message_id))
        assert stored(app, message_id)[0] == "streaming"
        app.start()
        async with httpx.AsyncClient(base_url=app.url, timeout=30) as client:
            assert await read(client, message_id) == ("", held)
        assert stored(app, message_id) == ("interrupted", "", held)
        assert integrity(app) == "ok"
    assert held.startswith("".join(saved))


def pieces(app: RunningApp, message_id: str) -> list[str]:
    """What the database has of an answer that is being written."""
    with closing(sqlite3.connect(app.data_dir / "webchat.db")) as database:
        rows = database.execute(
            "SELECT content FROM checkpoint WHERE message_id = ? ORDER BY start", (message_id,)
        )
        return [content for (content,) in rows]


async def test_a_shutdown_lets_a_short_answer_finish(built: None, upstream: str, tmp_path: Path) -> None:
    app = RunningApp(tmp_path / "data", {"OPENAI_BASE_URL": upstream}).start()
    async with httpx.AsyncClient(base_url=app.url, timeout=30) as client, Tab(app.url) as tab:
        message_id = await ask(tab, "slow-30")
        reading = asyncio.create_task(read(client, message_id))
        await wait_for_first_text(client, message_id)
        code = await asyncio.to_thread(app.stop)
        text = "".join(f"word{number} " for number in range(1, 31))

        assert await reading == ("", text)
    assert code == 0
    assert stored(app, message_id) == ("complete", "", text)
    assert "Traceback" not in app.log


async def ten_answers(app: RunningApp) -> list[tuple[str, str]]:
    """Ten answers at once, each in a tab of its own."""

    async def one(number: int) -> tuple[str, str]:
        async with httpx.AsyncClient(base_url=app.url, timeout=30) as client, Tab(app.url) as tab:
            return await read(client, await ask(tab, "echo", f"Still here, {number}"))

    return await asyncio.gather(*(one(number) for number in range(10)))


ten_texts = [("", f"Still here, {number}") for number in range(10)]


async def settled(process: psutil.Process) -> Counter[str]:
    """The files the server holds once the connections of closed tabs are gone."""
    async with asyncio.timeout(20):
        while any(connection.status != "LISTEN" for connection in process.net_connections()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return open_files(process.pid)


def open_files(pid: int) -> Counter[str]:
    """What the files of a process are, those without a name by their kind."""
    held: Counter[str] = Counter()
    for number in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            held[number.readlink().name.partition(":[")[0]] += 1
    return held


async def test_starts_and_stops_use_nothing_up(app: RunningApp, control: httpx.AsyncClient) -> None:
    process = psutil.Process(app.pid)
    # Everything that is opened once and kept, such as connections to the database, is opened now.
    assert await ten_answers(app) == ten_texts
    baseline = await settled(process)

    async def cycles(count: int) -> None:
        async with Tab(app.url) as tab:
            for number in range(count):
                await ask(tab, "hold-cycle", f"Number {number}")
                await stop(tab)

    await asyncio.gather(*(cycles(CYCLES // 6) for _ in range(6)))

    assert await ten_answers(app) == ten_texts
    requests = (await control.get("/control/requests")).json()
    held = [request for request in requests if request["model"] == "hold-cycle"]
    assert [request for request in held if request["ended_at"] is None] == []
    now = await settled(process)
    # A database read that a closing tab cut short leaves its connection to the garbage collector.
    assert now.pop("webchat.db") <= 2 * baseline.pop("webchat.db")
    assert now == baseline
    assert "Traceback" not in app.log
