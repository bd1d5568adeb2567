"""The database as the rest of webchat sees it: `db.read()`, `db.write()`, `db.close()`.

Writers queue for one connection and begin with BEGIN IMMEDIATE, so none ever meets "database is locked";
readers share a small pool and each see one unmoving snapshot.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from webchat.storage.errors import DatabaseBusy, DatabaseDamaged, DatabaseUnavailable
from webchat.storage.folding import FoldingConnection
from webchat.storage.sqlite import copy_database, explain, make_parent, prepare_connections, sqlite_path

Session = AsyncSession
"""What `Database.read()` and `Database.write()` give; callers hand it on to queries."""

READERS = 4
"""Reader connections at most; each is a thread and up to 2 MB of cache, opened when first needed."""


class Database:
    """One database, opened when first used; it belongs to the event loop that uses it first."""

    def __init__(self, url: str) -> None:
        """Take an address such as `sqlite:////var/lib/webchat/webchat.db` and create the file's folder.

        Raises:
            DatabaseUnsupported: not the address of a SQLite file.
            DatabaseUnavailable: the folder cannot be created.
        """
        self.path: Path = sqlite_path(url)
        make_parent(self.path)
        self._writer = self._engine(1, begin="BEGIN IMMEDIATE", read_only=False)
        self._readers = self._engine(READERS, begin="BEGIN", read_only=True)
        self._turn = asyncio.Lock()

    def _engine(self, connections: int, *, begin: str, read_only: bool) -> AsyncEngine:
        engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(self.path)),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=30,
            connect_args={"factory": FoldingConnection},
            # Errors go to the log, and parameters are what people wrote.
            hide_parameters=True,
        )
        prepare_connections(engine.sync_engine, begin=begin, read_only=read_only)
        return engine

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Session]:
        """A session that sees one snapshot and cannot write.

        Raises:
            DatabaseUnavailable, DatabaseDamaged: from any statement inside.
        """
        session = AsyncSession(self._readers, expire_on_commit=False, autoflush=False)
        try:
            with self._typed_errors():
                yield session
        finally:
            await _to_the_end(session.close())

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[Session]:
        """A session whose changes are on disk once the block has ended, or not made at all if it raised.

        Blocks take turns in the order they came: keep them short, and never wait for a service inside one.
        A task cancelled inside the block rolls back; one cancelled while committing ends cancelled, its
        changes kept. Other tasks notice neither.

        Raises:
            DatabaseUnavailable, DatabaseDamaged: from any statement inside or the commit; nothing is changed.
        """
        async with self._turn:
            session = AsyncSession(self._writer, expire_on_commit=False)
            try:
                with self._typed_errors():
                    yield session
                    await _to_the_end(session.commit())
            finally:
                # Rolls back what is not committed.
                await _to_the_end(session.close())

    async def check(self) -> None:
        """Look at every page of the file.

        Raises:
            DatabaseDamaged: SQLite finds it inconsistent.
            DatabaseUnavailable: it cannot be opened.
        """
        async with self.read() as session:
            found = (await session.execute(text("PRAGMA quick_check(1)"))).scalar_one()
        if found != "ok":
            raise DatabaseDamaged(str(self.path), str(found))

    async def backup(self, target: Path) -> None:
        """Copy the database, while it is in use, to the file `target` (replaced if it exists).

        Raises:
            DatabaseUnavailable: the copy could not be made; `target` is as it was.
        """
        try:
            await asyncio.to_thread(copy_database, self.path, target)
        except (sqlite3.Error, OSError) as error:
            raise DatabaseUnavailable(
                str(self.path), f"it could not be copied to {target} ({error})"
            ) from error

    async def close(self) -> None:
        """Wait for the writer whose turn it is and close every connection, the writer's last."""
        async with self._turn:
            await _to_the_end(self._readers.dispose())
            await _to_the_end(self._writer.dispose())

    @contextmanager
    def _typed_errors(self) -> Iterator[None]:
        """Turn what the driver says about the database itself into the errors of ours.

        A broken constraint or statement is a mistake of the caller and passes as it is.
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
    """Finish `work` even if our task is cancelled meanwhile, and only then be cancelled.

    A commit or a close broken off half-way would leave its outcome unknown and the connection in the middle.
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
