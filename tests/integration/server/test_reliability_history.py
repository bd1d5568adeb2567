"""Five clients on shared conversations of a real server, with kills and drops, checked as a whole (R13)."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from pathlib import Path

import pytest

from tests.integration.server.history import CLIENTS, MODELS, TALKS, Client, Run, problems
from tests.integration.server.reading import PROVIDER
from tests.running_app import RunningApp
from tests.search_rows import snapshot
from tests.tab import Tab
from webchat.storage.location import DATABASE_FILE

pytestmark = pytest.mark.network

OPERATIONS = int(os.environ.get("WEBCHAT_HISTORY_OPERATIONS", "60"))
"""R13 wants 10,000, which take some minutes."""
OPERATIONS_A_KILL = min(130, OPERATIONS // 2)


async def kill_now_and_then(run: Run, chance: random.Random) -> int:
    """Kill the server and start it again every so many operations; returns how often."""
    kills = 0
    while run.done < run.operations:
        after = run.done + chance.randrange(OPERATIONS_A_KILL // 2, OPERATIONS_A_KILL)
        while run.done < min(after, run.operations):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if run.done < run.operations:
            run.up.clear()
            await asyncio.to_thread(run.app.kill)
            await asyncio.to_thread(run.app.start)
            run.up.set()
            kills += 1
    return kills


async def test_a_shared_history_stays_whole(built: None, upstream: str, tmp_path: Path) -> None:
    chance = random.Random(13)
    with RunningApp(tmp_path / "data", {"OPENAI_BASE_URL": upstream}) as app:
        run = Run(app, OPERATIONS)
        clients = [Client(run, random.Random(chance.random())) for _ in range(CLIENTS)]
        for _ in range(TALKS):
            await begin(run, clients[0])
        run.up.set()
        async with asyncio.TaskGroup() as group:
            killing = group.create_task(kill_now_and_then(run, chance))
            for client in clients:
                group.create_task(client.work())
        for client in clients:
            await client.finish()
        path = app.data_dir / DATABASE_FILE

        assert await problems(path, clients) == []
        assert killing.result() >= OPERATIONS // OPERATIONS_A_KILL - 1
        assert len(run.counted) >= 8, run.counted
        await every_tab_shows_the_same(app, run, path)


async def begin(run: Run, client: Client) -> None:
    """Begin a conversation with the client's message."""
    async with Tab(run.app.url) as client.tab:
        await client.tab.choose_model(f"{PROVIDER}:{next(iter(MODELS))}")
        await client._send()
        talk = client.tab.state["conversation_id"]
        client.sent[-1].talk = talk
        run.talks.append(talk)


async def every_tab_shows_the_same(app: RunningApp, run: Run, path: Path) -> None:
    """A queued message is sent after the answer before it, perhaps between two looks: then look again."""
    for talk in run.talks:
        async with Tab(app.url) as one, Tab(app.url) as two, asyncio.timeout(60):
            while not await shown_as_stored(path, one, two, talk):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def shown_as_stored(path: Path, one: Tab, two: Tab, talk: str) -> bool:
    for tab in (one, two):
        await tab.open_conversation(talk)
    shown = [row["id"] for row in one.state["messages"]]
    with snapshot(path) as database:
        stored = branch(database, talk)[-len(shown) :]
        return one.state["messages"] == two.state["messages"] and shown == stored


def branch(database: sqlite3.Connection, talk: str) -> list[str]:
    """The ids of the messages from the first to the last."""
    (leaf,) = database.execute("SELECT current_leaf_id FROM conversation WHERE id = ?", (talk,)).fetchone()
    ids: list[str] = []
    while leaf is not None:
        above, deleted = database.execute(
            "SELECT parent_id, deleted_at FROM message WHERE id = ?", (leaf,)
        ).fetchone()
        ids += [] if deleted else [leaf]
        leaf = above
    return ids[::-1]
