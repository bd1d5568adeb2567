"""Statements share trips to the connection's thread, and transactions are the same as ever."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import select, text

from webchat.storage import search_text
from webchat.storage.engine import Database
from webchat.storage.errors import DatabaseBusy
from webchat.storage.queries import settings
from webchat.storage.tables import Setting


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was done in threads of connections."""
    seen: list[object] = []
    execute: Any = aiosqlite.Connection._execute

    async def watched(self: Any, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        seen.append(work)
        return await execute(self, work, *args, **kwargs)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", watched)
    return seen


async def test_a_read_takes_one_trip_for_each_statement(db: Database, trips: list[object]) -> None:
    await db.ping()  # opens a connection
    trips.clear()

    async with db.read() as session:
        await session.execute(text("SELECT 1"))
        await session.execute(text("SELECT 2"))

    assert len(trips) == 2


async def test_a_write_takes_one_more_to_be_kept(db: Database, owner: str, trips: list[object]) -> None:
    async with db.write() as session:
        await session.execute(text("SELECT 1"))
        trips.clear()

    assert len(trips) == 1


async def test_a_transaction_without_a_statement_does_nothing(db: Database, trips: list[object]) -> None:
    async with db.write() as session:
        await session.connection()
        trips.clear()
    async with db.write() as session:
        await session.execute(text("SELECT 1"))

    assert len(trips) == 2


async def test_a_writer_that_cannot_begin_changes_nothing_and_the_next_one_can(
    db: Database, owner: str
) -> None:
    async def write(name: str) -> None:
        async with db.write() as session:
            await settings.set_value(session, owner, name, "set")

    async with db.write() as session:
        await session.execute(text("PRAGMA busy_timeout = 0"))
    with closing(sqlite3.connect(db.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            await write("refused")
    await write("kept")

    async with db.read() as session:
        assert [each.key for each in await session.scalars(select(Setting))] == ["kept"]


async def test_a_read_that_is_given_up_does_not_hold_the_event_loop(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, went_on = threading.Event(), threading.Event()

    def hold() -> bool:
        """Run until the event loop goes on; returns whether it does."""
        running.set()
        return went_on.wait(10)

    waited: list[bool] = []
    register = search_text.register

    def with_hold(connection: sqlite3.Connection) -> None:
        register(connection)
        connection.create_function("hold", 0, lambda: waited.append(hold()))

    async def read() -> None:
        async with db.read() as session:
            await session.execute(text("SELECT hold()"))

    monkeypatch.setattr(search_text, "register", with_hold)
    reading = asyncio.create_task(read())
    await asyncio.to_thread(running.wait)
    reading.cancel()
    for _ in range(5):  # in which the transaction is ended
        await asyncio.sleep(0)
    went_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await db.ping()

    assert waited == [True]


async def test_a_connection_that_is_given_up_twice_leaves_no_task_behind(db: Database) -> None:
    """As when a server is stopped while a statement of a cancelled task still runs."""
    async with db.read() as session:
        pooled = await (await session.connection()).get_raw_connection()
        driver: Any = pooled.dbapi_connection
        graceful = asyncio.create_task(driver._terminate_graceful_close())
        driver._terminate_force_close()
        await session.invalidate()

        await asyncio.wait_for(graceful, 10)


async def test_statements_of_cancelled_tasks_leave_no_task_behind(db: Database) -> None:
    before = asyncio.all_tasks()

    async def read() -> None:
        async with db.read() as session:
            while True:
                await session.execute(text("SELECT 1"))

    for rounds in range(40):
        task = asyncio.create_task(read())
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        for _ in range(rounds % 5):
            await asyncio.sleep(0)
        for other in asyncio.all_tasks() - before:
            other.cancel()  # as at the end of an event loop

    left = asyncio.all_tasks() - before
    await db.ping()
    assert not left or not (await asyncio.wait(left, timeout=10))[1]
