"""The invariant of the search index: it has the words of the rows, no others, and knows where they stand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
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


def entries(database: Path) -> Entries:
    """What the index has."""
    with closing(sqlite3.connect(database, timeout=30, factory=FoldingConnection)) as connection:
        return {name: _words(connection, name, f"fts5vocab(main, {name}, instance)") for name in TABLES}


def expected_entries(database: Path) -> Entries:
    """What the index would have if it were made anew."""
    with closing(sqlite3.connect(database, timeout=30, factory=FoldingConnection)) as connection:
        found = {}
        for name, rows in _SOURCES.items():
            connection.execute(f"CREATE VIRTUAL TABLE temp.new_{name} USING {TABLES[name]}")
            connection.execute(f"INSERT INTO new_{name} (rowid, text, facets) {rows}")
            found[name] = _words(connection, name, f"fts5vocab(temp, new_{name}, instance)")
        return found


def _words(connection: sqlite3.Connection, name: str, table: str) -> list[tuple[object, ...]]:
    connection.execute(f"CREATE VIRTUAL TABLE temp.words_of_{name} USING {table}")
    return connection.execute(_ENTRIES.format(name)).fetchall()


def check_search_rows(database: Path) -> None:
    """Fail if the index differs from the rows. Nobody may write meanwhile."""
    assert entries(database) == expected_entries(database), "the search index differs from the rows"
