"""The invariant of the search index: it has the words of the rows, no others, and knows where they stand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from webchat.storage.folding import FoldingConnection
from webchat.storage.search_index import INDEXED, TABLES

_SOURCES = {
    "message_search": f"SELECT number, search_text(substr(content, 1, {INDEXED})),"
    " search_facets(owner_id, role, model, created_at) FROM message"
    " WHERE status <> 'streaming' AND deleted_at IS NULL AND content <> ''",
    "title_search": "SELECT number, search_text(title), search_owner(owner_id) FROM conversation",
}
_ENTRIES = "SELECT term, doc, col, offset FROM words_of_{} ORDER BY doc, term, col, offset"

Entries = dict[str, list[tuple[object, ...]]]
"""Each word of each index with its row, column and place."""


@contextmanager
def snapshot(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection to which the database stays as it is at the first read, whoever writes meanwhile."""
    with closing(
        sqlite3.connect(database, timeout=30, isolation_level=None, factory=FoldingConnection)
    ) as connection:
        connection.execute("BEGIN")
        yield connection


def entries(connection: sqlite3.Connection) -> Entries:
    """What the index has."""
    return {name: _words(connection, name, f"fts5vocab(main, {name}, instance)") for name in TABLES}


def differences(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """The first entries of each index that it lacks or has too many; `connection` is one of `snapshot`."""
    has, expected = entries(connection), _expected_entries(connection)
    return {
        name: sorted(set(has[name]) ^ set(expected[name]), key=str)[:20]
        for name in TABLES
        if has[name] != expected[name]
    }


def check_search_rows(database: Path) -> None:
    """Fail if the index differs from the rows. Others may write meanwhile."""
    with snapshot(database) as connection:
        check_search(connection)


def check_search(connection: sqlite3.Connection) -> None:
    """The same for what a connection of `snapshot` sees."""
    assert differences(connection) == {}, "the search index differs from the rows"


def _expected_entries(connection: sqlite3.Connection) -> Entries:
    """What the index would have if it were made anew."""
    found: Entries = {}
    for name, rows in _SOURCES.items():
        if connection.execute(f"{rows} LIMIT 1").fetchone() is None:
            found[name] = []
            continue
        connection.execute(f"CREATE VIRTUAL TABLE temp.new_{name} USING {TABLES[name]}")
        connection.execute(f"INSERT INTO new_{name} (rowid, text, facets) {rows}")
        found[name] = _words(connection, f"new_{name}", f"fts5vocab(temp, new_{name}, instance)")
    return found


def _words(connection: sqlite3.Connection, name: str, table: str) -> list[tuple[object, ...]]:
    connection.execute(f"CREATE VIRTUAL TABLE temp.words_of_{name} USING {table}")
    return connection.execute(_ENTRIES.format(name)).fetchall()
