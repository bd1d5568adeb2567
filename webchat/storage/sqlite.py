"""SQLite specifics: file addresses, the pragmas of every connection, safe copies.

SQLite before 3.51.3 can corrupt a WAL file when two connections checkpoint and write at once
(https://sqlite.org/wal.html#walresetbug), so a single writer connection does all checkpoints, and readers and
copies do neither. `webchat doctor` reports the version in use.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError

from webchat.storage.errors import (
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseFull,
    DatabaseUnavailable,
    DatabaseUnsupported,
    StorageError,
)

BUSY_TIMEOUT_MS = 30_000
"""How long a connection waits for another process; within ours, writers queue and never wait here."""

FIXED_IN = (3, 51, 3)
"""The first SQLite version without that bug."""

_EVERY_CONNECTION = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
)

_READ_ONLY = ("PRAGMA query_only = ON", "PRAGMA wal_autocheckpoint = 0")


def sqlite_path(url: str | URL) -> Path:
    """The file of an address.

    Raises:
        DatabaseUnsupported: the address is invalid, not for SQLite, or for an in-memory database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnsupported(str(url)) from error
    file = parsed.database
    if parsed.get_backend_name() != "sqlite" or not file or file == ":memory:" or file.startswith("file:"):
        raise DatabaseUnsupported(parsed.render_as_string(hide_password=True))
    return Path(file)


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file, with any characters in its path."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def make_parent(path: Path) -> None:
    """Create the folder of a database, only accessible to its owner.

    Raises:
        DatabaseUnavailable: the folder cannot be created.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(
            str(path), str(error.strerror), reason="folder", folder=str(path.parent)
        ) from error


def prepare_connections(
    engine: Engine, *, begin: str = "", foreign_keys: bool = True, read_only: bool = False
) -> None:
    """Set the pragmas on every connection of `engine` and start its transactions with the statement `begin`.

    pysqlite's own transactions, which start late and are never IMMEDIATE, are turned off. The caller starts
    transactions where `begin` is empty. A connection is `sqlite3`'s, or one of `webchat.storage.driver`.
    """

    def on_connect(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            prepare(connection)
        else:
            connection.apply(prepare)

    def prepare(connection: sqlite3.Connection) -> None:
        connection.isolation_level = None
        for pragma in _EVERY_CONNECTION:
            connection.execute(pragma)
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        if read_only:
            for pragma in _READ_ONLY:
                connection.execute(pragma)
        else:
            _keep_private(Path(str(engine.url.database)))

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    if begin:
        event.listen(engine, "begin", on_begin)


def files_of(path: Path) -> list[Path]:
    """The existing files of a database: itself, its WAL and the WAL index."""
    return [each for suffix in ("", "-wal", "-shm") if (each := path.with_name(path.name + suffix)).exists()]


def _keep_private(path: Path) -> None:
    """Make the files of a database only readable by their owner; new files inherit the mode."""
    for file in files_of(path):
        if file.stat().st_mode & 0o077:
            # If the files belong to someone else, `webchat doctor` reports it.
            with suppress(OSError):
                file.chmod(0o600)


def copy_database(source: Path, target: Path) -> None:
    """Atomically copy a database, which may be in use, to `target`, replacing an existing file.

    Raises:
        sqlite3.Error, OSError: it could not be read or written; `target` is unchanged.
    """
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    try:
        with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(partial)) as writer:
            for pragma in _READ_ONLY:
                reader.execute(pragma)
            reader.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            partial.chmod(0o600)
            reader.backup(writer)
            # The copy inherits WAL mode; a standalone file should not need additional files.
            writer.execute("PRAGMA journal_mode = DELETE")
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def explain(error: BaseException | None, database: str) -> StorageError | None:
    """Convert a driver's error for users; None if it is not about the database itself."""
    if not isinstance(error, sqlite3.DatabaseError):
        return None
    words = str(error)
    lowered = words.lower()
    if "malformed" in lowered or "not a database" in lowered:
        return DatabaseDamaged(database, words)
    if not isinstance(error, sqlite3.OperationalError):
        return None
    if "locked" in lowered:
        return DatabaseBusy(database)
    if "full" in lowered:
        return DatabaseFull(database)
    return DatabaseUnavailable(database, words)
