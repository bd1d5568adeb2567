"""Cursors of pages as text, which a page can keep."""

from __future__ import annotations

from datetime import datetime

from webchat.storage.queries.conversations import Cursor


def write_cursor(cursor: Cursor | None) -> str:
    """The cursor as text; empty for none."""
    return f"{cursor.updated_at.isoformat()} {cursor.id}" if cursor else ""


def read_cursor(text: str) -> Cursor | None:
    """The cursor that `write_cursor` wrote."""
    moment, _, id_ = text.partition(" ")
    return Cursor(datetime.fromisoformat(moment), id_) if id_ else None
