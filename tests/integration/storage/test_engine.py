import asyncio
import os
import sqlite3
import zipfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, PendingRollbackError

from webchat.storage import engine
from webchat.storage.engine import READERS, Database
from webchat.storage.errors import DatabaseBusy, DatabaseDamaged, DatabaseFull, DatabaseUnavailable
from webchat.storage.queries import settings
from webchat.storage.sqlite import copy_database, explain, files_of, sqlite_url
from webchat.storage.tables import Setting, User


async def user_names(db: Database) -> set[str]:
    async with db.read() as session:
        return {user.name for user in await session.scalars(select(User))}


async def pragmas_of_a_session(db: Database, kind: str, everyone: asyncio.Barrier) -> tuple[object, ...]:
    async with db.read() if kind == "read" else db.write() as session:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
        values = [(await session.execute(text(f"PRAGMA {name}"))).scalar_one() for name in names]
        await everyone.wait()
        return tuple(values)


async def test_every_connection_has_the_pragmas(db: Database) -> None:
    # All connections are held at once, so each of them is asked.
    everyone = asyncio.Barrier(READERS + 1)
    readers = [pragmas_of_a_session(db, "read", everyone) for _ in range(READERS)]
    *read, written = await asyncio.gather(*readers, pragmas_of_a_session(db, "write", everyone))
    full = 2
    assert read == [("wal", full, 1, 30_000, 1)] * READERS
    assert written == ("wal", full, 1, 30_000, 0)


async def test_a_writer_that_replaces_a_broken_one_has_the_pragmas(db: Database) -> None:
    async def lose_the_connection() -> None:
        async with db.write() as session:
            await (await session.connection()).invalidate()

    with pytest.raises(PendingRollbackError):
        await lose_the_connection()
    assert await pragmas_of_a_session(db, "write", asyncio.Barrier(1)) == ("wal", 2, 1, 30_000, 0)


class Clock:
    """A clock for the engine that only a wait moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        self.waits = 0
        monkeypatch.setattr("webchat.storage.engine.time.monotonic", lambda: self.now)
        monkeypatch.setattr("webchat.storage.engine.asyncio.sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.waits += 1
        self.now += seconds


async def test_a_writer_gives_way_until_nobody_has_written_for_a_moment(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    async with db.write(gives_way=True):
        assert clock.waits == 0  # nobody has written
    async with db.write(gives_way=True):
        assert clock.waits == 0  # nor does it wait for its like
    async with db.write():
        began = clock.now
    async with db.write(gives_way=True):
        assert clock.now - began == pytest.approx(engine.PAUSE, rel=0.1)


async def test_a_writer_gives_way_to_who_has_just_read(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    async with db.read(gives_way=True):
        pass
    async with db.write(gives_way=True):
        assert clock.waits == 0
    async with db.write():
        pass
    clock.now += engine.PAUSE - 0.02
    async with db.read():
        began = clock.now
    async with db.write(gives_way=True):
        assert clock.now - began == pytest.approx(engine.PAUSE_AFTER_READ, rel=0.1)


async def test_a_writer_that_gives_way_begins_at_last(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    began = clock.now

    async def sleep_while_others_write(seconds: float) -> None:
        clock.now += seconds
        async with db.write():
            pass

    monkeypatch.setattr("webchat.storage.engine.asyncio.sleep", sleep_while_others_write)
    async with db.write():
        pass
    async with db.write(gives_way=True):
        assert clock.now - began == pytest.approx(engine.LONGEST_PAUSE, rel=0.1)


async def test_fifty_writers_at_once_lose_nothing(db: Database, owner: str) -> None:
    async def count_up(name: str) -> None:
        async with db.write() as session:
            total = await settings.get_value(session, owner, "total", 0)
            await settings.set_value(session, owner, "total", total + 1)
            await settings.set_value(session, owner, name, total)

    await asyncio.gather(*(count_up(f"writer-{number}") for number in range(50)))
    async with db.read() as session:
        values = await settings.get_all(session, owner)
    assert values.pop("total") == 50
    assert sorted(values.values()) == list(range(50))


async def test_writers_of_two_writer_connections_wait_for_each_other(db: Database, owner: str) -> None:
    other = Database(sqlite_url(db.path))

    async def write(database: Database, number: int) -> None:
        async with database.write() as session:
            await settings.set_value(session, owner, f"{number}", number)

    await asyncio.gather(*(write(database, number) for number, database in enumerate([db, other] * 10)))
    async with db.read() as session:
        assert len(await settings.get_all(session, owner)) == 20
    await other.close()


async def test_an_error_undoes_the_whole_block(db: Database) -> None:
    async def fail_half_way() -> None:
        async with db.write() as session:
            session.add(User(name="nobody"))
            await session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        await fail_half_way()
    assert await user_names(db) == set()


async def test_foreign_keys_are_enforced(db: Database) -> None:
    with pytest.raises(IntegrityError):
        async with db.write() as session:
            await settings.set_value(session, "no such owner", "key", 1)


async def test_a_reader_sees_one_snapshot_and_cannot_write(db: Database, owner: str) -> None:
    async with db.read() as reader:
        assert (await reader.scalars(select(func.count()).select_from(Setting))).one() == 0
        async with db.write() as writer:
            await settings.set_value(writer, owner, "key", 1)
        assert (await reader.scalars(select(func.count()).select_from(Setting))).one() == 0
    with pytest.raises(DatabaseUnavailable, match="readonly"):
        async with db.read() as reader:
            await settings.set_value(reader, owner, "key", 2)
    async with db.read() as reader:
        assert await settings.get_value(reader, owner, "key") == 1


async def test_writers_cancelled_anywhere_leave_the_database_working(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancel a writer at its first operation on the connection, another at its second, and so on."""

    operations, rows = 0, range(10)

    async def write(name: str) -> None:
        async with db.write() as session:
            for row in rows:
                session.add(User(name=f"{name}-{row}"))
                await session.flush()
        finished.add(name)

    async def counted(connection: aiosqlite.Connection, *args: Any, **kwargs: Any) -> Any:
        nonlocal operations
        operations += 1
        if task is not None and operations == cancel_at:
            task.cancel()
        return await execute(connection, *args, **kwargs)

    execute: Callable[..., Awaitable[Any]] = aiosqlite.Connection._execute
    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    finished: set[str] = set()
    task: asyncio.Task[None] | None = None
    cancelled = 0
    for cancel_at in range(1, 100):
        operations = 0
        task = asyncio.create_task(write(f"cancelled-{cancel_at}"))
        [outcome] = await asyncio.gather(task, return_exceptions=True)
        reached, task = operations, None
        await asyncio.wait_for(write(f"after-{cancel_at}"), 10)
        if reached < cancel_at:
            break
        assert isinstance(outcome, asyncio.CancelledError)
        cancelled += 1
    assert outcome is None, "the last one was not cancelled"
    assert cancelled >= 10

    names = await user_names(db)
    kept = {name for name in names if name.startswith("cancelled")}
    for number in range(1, cancelled + 2):
        all_rows = {f"cancelled-{number}-{row}" for row in rows}
        assert all_rows & kept in (set(), all_rows), "a part of a transaction was kept"
    assert {f"{name}-{row}" for name in finished for row in rows} <= names
    assert len(names - kept) == len(rows) * (cancelled + 1)
    await db.check()


async def test_a_commit_is_not_broken_off(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task cancelled again and again while it commits ends cancelled, its changes kept."""
    committing = asyncio.Event()
    proceed = asyncio.Event()

    async def write() -> None:
        async with db.write() as session:
            session.add(User(name="kept"))
            commit: Callable[[], object] = session.commit

            async def slow_commit() -> None:
                committing.set()
                await proceed.wait()
                await commit()  # type: ignore[misc]

            monkeypatch.setattr(session, "commit", slow_commit)

    task = asyncio.create_task(write())
    await committing.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    proceed.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await user_names(db) == {"kept"}


async def test_waiting_writers_can_be_cancelled(db: Database) -> None:
    async def write(name: str) -> None:
        async with db.write() as session:
            session.add(User(name=name))

    async with db.write() as session:
        waiting = [asyncio.create_task(write(f"{number}")) for number in range(10)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
        session.add(User(name="first"))
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await user_names(db) == {"first", "1", "3", "5", "7", "9"}


async def test_cancelled_readers_give_their_connections_back(db: Database) -> None:
    async def read() -> None:
        async with db.read() as session:
            await session.execute(select(User))
            await session.execute(select(User))

    for turns in range(60):
        task = asyncio.create_task(read())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    everyone = asyncio.Barrier(READERS)
    await asyncio.wait_for(
        asyncio.gather(*(pragmas_of_a_session(db, "read", everyone) for _ in range(READERS))), 10
    )


async def test_a_backup_is_whole_while_writers_write(db: Database, owner: str, tmp_path: Path) -> None:
    target, unpacked = tmp_path / "backup.zip", tmp_path / "unpacked"
    stop = asyncio.Event()

    async def keep_writing() -> None:
        number = 0
        while not stop.is_set():
            async with db.write() as session:
                await settings.set_value(session, owner, "a", number)
                await settings.set_value(session, owner, "b", number)
            number += 1

    writing = asyncio.create_task(keep_writing())
    for _ in range(5):
        await db.archive(target, None)
        with zipfile.ZipFile(target) as archive:
            archive.extract("webchat.db", unpacked)
        with closing(sqlite3.connect(unpacked / "webchat.db")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            values = copy.execute("SELECT value FROM setting").fetchall()
            assert len(set(values)) <= 1
    stop.set()
    await writing
    assert target.stat().st_mode & 0o777 == 0o600
    assert set(os.listdir(tmp_path)) == {
        "backup.zip", "unpacked", "webchat.db", "webchat.db-wal", "webchat.db-shm",
    }  # fmt: skip

    restored = Database(sqlite_url(unpacked / "webchat.db"))
    await restored.check()
    assert await user_names(restored) == {"Ann"}
    await restored.close()


async def test_a_backup_that_cannot_be_written_says_so(db: Database, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="could not be copied"):
        await db.archive(tmp_path / "no such folder" / "backup.zip", None)


async def test_closing_leaves_one_file(db: Database, owner: str, tmp_path: Path) -> None:
    async with db.read() as session:
        await settings.get_all(session, owner)
    await db.close()
    assert os.listdir(tmp_path) == ["webchat.db"]


async def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "data" / "webchat.db"))
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    await database.close()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "webchat.db").write_bytes(b"not a database at all" * 500)
    database = Database(sqlite_url(tmp_path / "webchat.db"))
    with pytest.raises(DatabaseDamaged, match=r"webchat\.db"):
        await user_names(database)
    await database.close()


async def test_a_damaged_page_is_found(db: Database, owner: str, tmp_path: Path) -> None:
    async with db.write() as session:
        for number in range(200):
            await settings.set_value(session, owner, f"{number}", "x" * 400)
    await db.close()
    broken = bytearray(db.path.read_bytes())
    broken[-20_000:-12_000] = b"\xff" * 8_000
    db.path.write_bytes(broken)
    with pytest.raises(DatabaseDamaged):
        await db.check()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (sqlite3.OperationalError("database is locked"), DatabaseBusy),
        (sqlite3.OperationalError("database or disk is full"), DatabaseFull),
        (sqlite3.DatabaseError("database disk image is malformed"), DatabaseDamaged),
        (sqlite3.OperationalError("unable to open database file"), DatabaseUnavailable),
        (sqlite3.IntegrityError("UNIQUE constraint failed"), type(None)),
        (ValueError("locked"), type(None)),
    ],
)
def test_what_the_driver_says_is_explained(error: Exception, expected: type) -> None:
    assert type(explain(error, "webchat.db")) is expected


async def test_the_files_of_a_database_are_for_their_owner_alone(db: Database, owner: str) -> None:
    before = os.umask(0o022)
    try:
        for file in files_of(db.path):
            file.chmod(0o644)
        other = Database(sqlite_url(db.path))
        async with other.write() as session:
            await settings.set_value(session, owner, "a", 1)

        assert len(files_of(db.path)) == 3
        assert {file.stat().st_mode & 0o777 for file in files_of(db.path)} == {0o600}
        await other.close()
    finally:
        os.umask(before)


async def test_only_the_writer_checkpoints(db: Database, owner: str) -> None:
    async with db.read() as session:
        assert (await session.execute(text("PRAGMA wal_autocheckpoint"))).scalar_one() == 0
    async with db.write() as session:
        assert (await session.execute(text("PRAGMA wal_autocheckpoint"))).scalar_one() > 0


def test_a_copy_can_neither_write_nor_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []

    class Watched(sqlite3.Connection):
        def backup(self, target: sqlite3.Connection, **options: Any) -> None:
            pragmas = [self.execute(f"PRAGMA {name}") for name in ("query_only", "wal_autocheckpoint")]
            read_only, pages = (each.fetchone()[0] for each in pragmas)
            seen.append((read_only, pages))
            super().backup(target, **options)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Watched))
    copy_database(tmp_path / "webchat.db", tmp_path / "copy.db")

    assert seen == [(1, 0)]


async def test_an_error_does_not_repeat_what_was_written(db: Database, owner: str) -> None:
    with pytest.raises(IntegrityError) as broken:
        async with db.write() as session:
            await session.execute(
                text("INSERT INTO setting (owner_id, key) VALUES (:owner, :key)"),
                {"owner": "canary", "key": None},
            )

    assert "canary" not in str(broken.value)
