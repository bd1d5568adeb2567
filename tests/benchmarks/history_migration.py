"""How long a filled database of version 0.1 takes to become one of this version, and a VACUUM of that."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.benchmarks.history_data import MIDDLE_WORD, RARE_WORD, Size, fill_first_version
from tests.benchmarks.report import Timed
from webchat.services.search.search import Search
from webchat.storage.engine import Database
from webchat.storage.migrations import upgrade
from webchat.storage.sqlite import sqlite_url


def measure(path: Path, size: Size) -> list[Timed]:
    """Fill a database of version 0.1 at `path`, upgrade it, and search before and after a VACUUM.

    Raises:
        RuntimeError: the searches found something else afterwards.
    """
    owner = fill_first_version(path, size).owner
    before = path.stat().st_size
    began = time.perf_counter()
    upgrade(sqlite_url(path))
    upgraded = time.perf_counter() - began
    found, after = asyncio.run(_found(path, owner)), path.stat().st_size
    began = time.perf_counter()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    vacuumed = time.perf_counter() - began
    if asyncio.run(_found(path, owner)) != found or not all(found):
        raise RuntimeError("a search found something else after VACUUM")
    return [
        Timed("upgrade from version 0.1, with a copy kept of it", [upgraded], "s"),
        Timed("VACUUM afterwards", [vacuumed], "s"),
        Timed("size in version 0.1", [before / 1_000_000], "MB"),
        Timed("size after the upgrade", [after / 1_000_000], "MB"),
        Timed("size after VACUUM", [path.stat().st_size / 1_000_000], "MB"),
    ]


async def _found(path: Path, owner: str) -> list[list[str]]:
    """What the first page of some searches shows, by the messages' ids."""
    database = Database(sqlite_url(path))
    search = Search(database)
    try:
        pages = [await search.find(owner, text) for text in (RARE_WORD, MIDDLE_WORD)]
    finally:
        await database.close()
    return [[hit.message_id for each in page.conversations for hit in each.hits] for page in pages]
