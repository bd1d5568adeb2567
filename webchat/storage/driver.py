"""SQLAlchemy's driver for aiosqlite, with one trip to the connection's thread for each statement.

The original takes four: it creates the cursor, executes, fetches and closes, each in that thread and with a
round of the event loop in between. Half the time of a short transaction went into them. Nor does a
transaction take a trip to begin: it begins with its first statement. One that only read takes none to end.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.util import EMPTY_DICT, await_only

_Outcome = tuple[Any, int, int | None]
"""The description of a statement's rows, their number, and the last row id."""


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """A cursor whose rows are all fetched when its statement has been executed."""

    __slots__ = ("_outcome",)
    _awaitable_cursor_close = False  # the real one is closed as soon as its rows are fetched

    def __init__(self, adapt_connection: AsyncAdapt_aiosqlite_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._cursor = None  # type: ignore[assignment]
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = deque()
        self._outcome: _Outcome = (None, -1, None)

    @property
    def description(self) -> Any:
        return self._outcome[0]

    @property
    def rowcount(self) -> int:
        return self._outcome[1]

    @property
    def lastrowid(self) -> Any:
        return self._outcome[2]

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._run("execute", operation, parameters or ())

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._run("executemany", operation, seq_of_parameters)

    async def _run(self, method: str, *arguments: Any) -> None:
        connection: Any = self._connection
        async with self._adapt_connection._execute_mutex:
            work = partial(self._adapt_connection.run, connection._conn, method, *arguments)  # type: ignore[attr-defined]
            self._outcome, self._rows = await connection._execute(work)


class _Connection(AsyncAdapt_aiosqlite_connection):
    """A connection with such cursors. It does not end a transaction that was never begun."""

    __slots__ = ("_begin", "_only_reads", "_stopped")
    _cursor_cls = _Cursor  # type: ignore[assignment]

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begin = ""
        self._only_reads = False
        self._stopped: asyncio.Future[Any] | None = None

    def apply(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        """Call `prepare` with SQLite's own connection, in its thread.

        Raises:
            sqlite3.Error: from `prepare`.
        """
        connection: Any = self._connection
        await_only(connection._execute(partial(prepare, connection._conn)))

    def begin(self, statement: str, *, only_reads: bool) -> None:
        """Begin a transaction together with the first statement in it."""
        self._begin, self._only_reads = statement, only_reads

    def run(self, connection: Any, method: str, *arguments: Any) -> tuple[_Outcome, deque[Any]]:
        """Execute a statement, in the connection's thread; its outcome and rows."""
        if self._begin:
            connection.execute(self._begin)
            self._begin = ""
        cursor = getattr(connection, method)(*arguments)
        try:
            rows = deque(cursor.fetchall() if cursor.description else ())
            return (cursor.description, cursor.rowcount, cursor.lastrowid), rows
        finally:
            cursor.close()

    def rollback(self) -> None:
        self._begin = ""
        if not self._is_in_transaction():
            return
        if self._only_reads:  # there is nothing to undo: this gives a lock back, in microseconds
            self._connection._conn.rollback()
        else:
            super().rollback()

    def commit(self) -> None:
        self._begin = ""
        if self._is_in_transaction():
            super().commit()

    async def _terminate_graceful_close(self) -> None:
        """Close it after the statements in its thread, and wait for that even if cancelled.

        The original stops the thread twice if it is cancelled. The second time it waits for ever, and so does
        whoever waits for all tasks to end.
        """
        self._terminate_force_close()
        while self._stopped is not None and not self._stopped.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._stopped)

    def _terminate_force_close(self) -> None:
        connection: Any = self._connection
        if connection._running:
            self._stopped = connection.stop()

    def _is_in_transaction(self) -> bool:
        connection: Any = self._connection
        return connection._connection is not None and connection.in_transaction


def connect(dialect: Dialect, _record: object, args: Any, kwargs: Any) -> _Connection:
    """Connect in place of SQLAlchemy, as a listener to its event `do_connect`."""
    connection: Any = dialect.connect(*args, **kwargs)
    return _Connection(connection.dbapi, connection._connection)


def begin_with(engine: Engine, statement: str, *, only_reads: bool) -> None:
    """Start the transactions of an engine with `statement`; `only_reads` if they never write."""

    def on_begin(connection: Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.begin(statement, only_reads=only_reads)

    event.listen(engine, "begin", on_begin)
