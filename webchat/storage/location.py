"""Where a database is and what runs it, for callers that need not know which database that is."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from webchat.storage.sqlite import FIXED_IN, files_of, sqlite_path, sqlite_url

DATABASE_FILE = "webchat.db"
"""The name of the database in the data folder, unless the host sets another address."""
LOGGERS = ("aiosqlite", "alembic")
"""Loggers of the libraries that talk to the database; they write every statement at the level DEBUG."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The database software in use. `warning` is empty if nothing is known against this version."""

    name: str
    version: str
    warning: str = ""


def default_url(data_dir: Path) -> str:
    """The address of the database in a data folder."""
    return sqlite_url(data_dir / DATABASE_FILE)


def folder_of(url: str) -> Path:
    """The folder that holds the files of the database.

    Raises:
        DatabaseUnsupported: the address is not that of a database webchat can use.
    """
    return sqlite_path(url).absolute().parent


def local_files(url: str) -> list[Path]:
    """The files of the database that exist on this machine.

    Raises:
        DatabaseUnsupported: the address is not that of a database webchat can use.
    """
    return files_of(sqlite_path(url))


def engine() -> Engine:
    """The database software, its version, and what is known against that version."""
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info >= FIXED_IN:
        return Engine("SQLite", version)
    fixed = ".".join(map(str, FIXED_IN))
    return Engine(
        "SQLite",
        version,
        f"In versions before {fixed}, two programs writing at the same time can damage a database. webchat "
        "writes over one connection and locks its folder. Do not let other programs write to its database "
        "while it runs.",
    )
