"""The database interface for the rest of webchat: `db.read()`, `db.write()`, `db.close()`.

Writers queue for a single connection and start with BEGIN IMMEDIATE, so they never get "database is locked".
Readers share a small pool, and each sees one consistent snapshot.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from webchat.storage import driver
from webchat.storage.archive import write_archive
from webchat.storage.errors import DatabaseBusy, DatabaseDamaged, DatabaseUnavailable
from webchat.storage.folding import FoldingConnection
from webchat.storage.sqlite import explain, make_parent, prepare_connections, sqlite_path

PAUSE = 0.3
"""Seconds without another writer after which a writer that gives way begins."""
PAUSE_AFTER_READ = 0.1
"""The same without a reader: somebody who opens a page may send something next."""
LONGEST_PAUSE = 1.0
"""Maximum seconds that it waits for that."""

Session = AsyncSession
"""What `Database.read()` and `Database.write()` give; callers hand it on to queries."""

READERS = 4
"""Maximum reader connections. Each takes a thread and up to 2 MB of cache, and is opened when first
needed."""


class Database:
    """A database, opened on first use. It belongs to the event loop that uses it first."""

    def __init__(self, url: str) -> None:
        """Take an address such as `sqlite:////var/lib/webchat/webchat.db` and create the file's folder.

        Raises:
            DatabaseUnsupported: it is not the address of a SQLite file.
            DatabaseUnavailable: the folder cannot be created.
        """
        self.path: Path = sqlite_path(url)
        make_parent(self.path)
        self._writer = self._engine(1, begin="BEGIN IMMEDIATE", read_only=False)
        self._readers = self._engine(READERS, begin="BEGIN", read_only=True)
        self._turn = asyncio.Lock()
        self.waiting = 0
        """The number of writers that wait for their turn."""
        self._quiet_from = 0.0
        self.on_used: Callable[[str, float], None] = lambda what, seconds: None
        """Called after each `read` and `write` with the seconds it took, without the wait for its turn."""

    def _engine(self, connections: int, *, begin: str, read_only: bool) -> AsyncEngine:
        engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(self.path)),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=30,
            connect_args={"factory": FoldingConnection},
            # Errors are logged, and parameters contain what users wrote.
            hide_parameters=True,
        )
        # Many rows go into a table with one statement: an import takes a fifth less time.
        engine.sync_engine.dialect.use_insertmanyvalues_wo_returning = True
        event.listen(engine.sync_engine, "do_connect", driver.connect)
        prepare_connections(engine.sync_engine, read_only=read_only)
        driver.begin_with(engine.sync_engine, begin, only_reads=read_only)
        return engine

    @asynccontextmanager
    async def read(self, *, gives_way: bool = False) -> AsyncGenerator[Session]:
        """A session that sees one snapshot and cannot write.

        Args:
            gives_way: for work that nobody waits for; other such work does not wait for it.

        Raises:
            DatabaseUnavailable, DatabaseDamaged: from any statement inside.
        """
        session = AsyncSession(self._readers, expire_on_commit=False, autoflush=False)
        began = time.monotonic()
        try:
            with self._typed_errors():
                yield session
        finally:
            await _to_the_end(session.close())
            self.on_used("read", time.monotonic() - began)
            if not gives_way:
                self._stay_quiet(PAUSE_AFTER_READ)

    @asynccontextmanager
    async def write(self, *, gives_way: bool = False) -> AsyncGenerator[Session]:
        """A session whose changes are on disk after the block, or discarded if it raised.

        Blocks run one at a time in order: keep them short, and never wait for a service inside one. A task
        cancelled inside the block rolls back. A task cancelled during the commit completes it and is then
        cancelled. Other tasks are not affected.

        Args:
            gives_way: for work that nobody waits for, in many blocks: each begins when nothing else was
                written for `PAUSE` or read for `PAUSE_AFTER_READ`, or after `LONGEST_PAUSE`.

        Raises:
            DatabaseUnavailable, DatabaseDamaged: from any statement inside or the commit; nothing was
                changed.
        """
        if gives_way:
            await self._give_way()
        async with self._own_turn(gives_way):
            session = AsyncSession(self._writer, expire_on_commit=False)
            began = time.monotonic()
            try:
                with self._typed_errors():
                    yield session
                    await _to_the_end(session.commit())
            finally:
                # Rolls back uncommitted changes.
                await _to_the_end(session.close())
                self.on_used("write", time.monotonic() - began)

    @asynccontextmanager
    async def _own_turn(self, gives_way: bool) -> AsyncGenerator[None]:
        self.waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self._turn.release()
            if not gives_way:
                self._stay_quiet(PAUSE)

    def _stay_quiet(self, seconds: float) -> None:
        self._quiet_from = max(self._quiet_from, time.monotonic() + seconds)

    async def _give_way(self) -> None:
        latest = time.monotonic() + LONGEST_PAUSE
        while (now := time.monotonic()) < latest:
            if not self._turn.locked() and now >= self._quiet_from:
                return
            await asyncio.sleep(PAUSE / 30)

    async def ping(self) -> None:
        """Read something from the file.

        Raises:
            DatabaseUnavailable, DatabaseDamaged: it cannot be read.
        """
        async with self.read() as session:
            await session.execute(text("SELECT count(*) FROM sqlite_master"))

    async def check(self) -> None:
        """Check every page of the file.

        Raises:
            DatabaseDamaged: SQLite finds it inconsistent.
            DatabaseUnavailable: it cannot be opened.
        """
        async with self.read() as session:
            found = (await session.execute(text("PRAGMA quick_check(1)"))).scalar_one()
        if found != "ok":
            raise DatabaseDamaged(str(self.path), str(found))

    async def archive(
        self, target: Path, key_file: Path | None, is_wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Write a backup of the database, while it is in use, to the file `target` (replaced if it exists).

        See `webchat.storage.archive.write_archive` for the arguments.

        Raises:
            DatabaseUnavailable: it could not be made; `target` is unchanged.
        """
        try:
            await asyncio.to_thread(write_archive, self.path, key_file, target, is_wanted)
        except (sqlite3.Error, OSError) as error:
            raise DatabaseUnavailable(
                str(self.path), str(error), reason="copy", target=str(target)
            ) from error

    async def close(self) -> None:
        """Wait for the current writer and close every connection, the writer's last."""
        async with self._turn:
            await _to_the_end(self._readers.dispose())
            await _to_the_end(self._writer.dispose())

    @contextmanager
    def _typed_errors(self) -> Iterator[None]:
        """Convert driver errors about the database itself to ours.

        A violated constraint or an invalid statement is a bug in the caller and passes through unchanged.
        """
        try:
            yield
        except PoolTimeout as error:
            raise DatabaseBusy(str(self.path)) from error
        except DBAPIError as error:
            typed = explain(error.orig, str(self.path))
            if typed is None:
                raise
            raise typed from error


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Complete `work` even if the task is cancelled in the meantime; the cancellation follows afterwards.

    An interrupted commit or close would leave its outcome unknown and the connection unusable.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:
            break
    if cancelled is not None and not task.cancelled():
        task.exception()
        raise cancelled
    task.result()
