"""Joins the pieces of an answer inside SQLite, without ever holding all of it in one string.

SQLite makes up to four copies of a text when joining, and Python one more when it receives it; an answer may
have 16 MiB. So space for the whole text is allocated in the message first, and each piece is then written
into its place.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from webchat.storage import search_text

_SIZES = """
SELECT m.rowid, CAST(m.content AS BLOB), CAST(m.reasoning AS BLOB),
    sum(length(CAST(c.content AS BLOB))), sum(length(CAST(c.reasoning AS BLOB)))
FROM message AS m JOIN checkpoint AS c ON c.message_id = m.id WHERE m.id = ? GROUP BY m.id
"""
_MAKE_ROOM = """
UPDATE message SET content = CAST(zeroblob(?) AS TEXT), reasoning = CAST(zeroblob(?) AS TEXT) WHERE rowid = ?
"""


class FoldingConnection(sqlite3.Connection):
    """A connection with the SQL functions of the search index, and `fold_pieces(id)`, which moves a message's
    checkpoints into it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.create_function("fold_pieces", 1, self._fold)
        search_text.register(self)

    def _fold(self, message_id: str) -> None:
        found = self.execute(_SIZES, (message_id,)).fetchone()
        if found is None:
            return
        row, text, reasoning, more_text, more_reasoning = found
        self.execute(_MAKE_ROOM, (len(text) + more_text, len(reasoning) + more_reasoning, row))
        self._write("content", row, text, message_id)
        self._write("reasoning", row, reasoning, message_id)
        self.execute("DELETE FROM checkpoint WHERE message_id = ?", (message_id,))

    def _write(self, column: str, row: int, beginning: bytes, message_id: str) -> None:
        pieces = f"SELECT CAST({column} AS BLOB) FROM checkpoint WHERE message_id = ? ORDER BY start"
        with self.blobopen("message", column, row) as room:
            room.write(beginning)
            for (piece,) in self.execute(pieces, (message_id,)):
                room.write(piece)
