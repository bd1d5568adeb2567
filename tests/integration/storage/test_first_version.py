"""A filled database of version 0.1 is upgraded, and its messages are found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.benchmarks.history_data import COMMON_WORD, MIDDLE_WORD, RARE_WORD, Size, fill_first_version
from tests.search_rows import check_search_rows
from webchat.services.search.search import Search
from webchat.storage.engine import Database
from webchat.storage.migrations import upgrade
from webchat.storage.sqlite import sqlite_url


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


async def found_by(path: Path, owner: str) -> list[set[str]]:
    """What some searches find, all pages of it, by the ids of messages and conversations."""
    database = Database(sqlite_url(path))
    search, found = Search(database), []
    for text in (COMMON_WORD, RARE_WORD, MIDDLE_WORD, "role:user the", "model:rare the", "needle "):
        ids: set[str] = set()
        cursor = ""
        while True:
            page = await search.find(owner, text, cursor)
            ids.update(each.id for each in page.conversations)
            ids.update(hit.message_id for each in page.conversations for hit in each.hits)
            cursor = page.cursor
            if not cursor:
                break
        found.append(ids)
    await database.close()
    return found


async def test_searches_find_the_rows_of_the_first_version(tmp_path: Path) -> None:
    """Also after a VACUUM, which may number rows anew whose number is not a key."""
    path = tmp_path / "webchat.db"
    owner = fill_first_version(path, Size(60, turns=4, deep=50, words=20)).owner
    scan = "SELECT id, conversation_id FROM message WHERE content LIKE '%{}%'"
    rare, middle = rows(path, scan.format(RARE_WORD)), rows(path, scan.format(MIDDLE_WORD))
    count = rows(path, "SELECT count(*) FROM message")

    upgrade(sqlite_url(path))

    found = await found_by(path, owner)
    assert found[1] == {id_ for row in rare for id_ in row}
    assert found[2] == {id_ for row in middle for id_ in row}
    assert all(found)
    check_search_rows(path)
    assert rows(path, "SELECT count(*) FROM message") == count
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
    assert await found_by(path, owner) == found
    check_search_rows(path)
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]
