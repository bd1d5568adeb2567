"""SQLAlchemy's driver for aiosqlite, with one trip to the connection's thread for each statement.

The original takes four: it creates the cursor, executes, fetches and closes, each in that thread and with a
round of the event loop in between. Half the time of a short transaction went into them.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.util import EMPTY_DICT


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
        self._outcome: tuple[Any, int, int | None] = (None, -1, None)

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
            work = partial(_run, connection._conn, method, *arguments)
            self._outcome, self._rows = await connection._execute(work)


def _run(connection: Any, method: str, *arguments: Any) -> tuple[tuple[Any, int, int | None], deque[Any]]:
    """Execute a statement; its description, number of rows, last row id, and its rows."""
    cursor = getattr(connection, method)(*arguments)
    try:
        rows = deque(cursor.fetchall() if cursor.description else ())
        return (cursor.description, cursor.rowcount, cursor.lastrowid), rows
    finally:
        cursor.close()


class _Connection(AsyncAdapt_aiosqlite_connection):
    """A connection with such cursors. It does not end a transaction that was never begun."""

    __slots__ = ()
    _cursor_cls = _Cursor  # type: ignore[assignment]

    def rollback(self) -> None:
        if self._is_in_transaction():
            super().rollback()

    def commit(self) -> None:
        if self._is_in_transaction():
            super().commit()

    def _is_in_transaction(self) -> bool:
        connection: Any = self._connection
        return connection._connection is not None and connection.in_transaction


def connect(dialect: Dialect, _record: object, args: Any, kwargs: Any) -> _Connection:
    """Connect in place of SQLAlchemy, as a listener to its event `do_connect`."""
    connection: Any = dialect.connect(*args, **kwargs)
    return _Connection(connection.dbapi, connection._connection)
