"""The invariant of the generation hub: no message is being written without a task that writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import httpx

STREAMING = """
SELECT id FROM message WHERE status = 'streaming'
UNION SELECT message_id FROM generation WHERE status = 'running'
"""
"""The ids of the messages that stream, or whose generation runs, as far as the database knows."""


def streaming_rows(database: Path) -> set[str]:
    """The ids that `STREAMING` finds."""
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        return {str(id) for (id,) in connection.execute(STREAMING)}


def check_streaming_rows(database: Path, written: Collection[str] = ()) -> None:
    """Fail if a message is being written by nobody.

    Args:
        database: the file.
        written: the ids of the messages a running hub writes; none where no server runs.
    """
    check_streaming(streaming_rows(database), written)


def check_streaming(found: Collection[str], written: Collection[str] = ()) -> None:
    """The same for what `STREAMING` has found."""
    lost = set(found) - set(written)
    assert not lost, f"nobody writes these messages, which stream all the same: {sorted(lost)}"


def check_server(database: Path, url: str) -> None:
    """Fail if the database of a running server has a message that is being written and the server has not."""
    if not database.exists():
        return
    written = {id for id in streaming_rows(database) if _is_written(url, id)}
    # Those that ended meanwhile do not stream in the database any more.
    check_streaming_rows(database, written)


def _is_written(url: str, message_id: str) -> bool:
    """Whether the server streams the message: only a running answer says when to come back."""
    with httpx.stream("GET", f"{url}/api/messages/{message_id}/stream", timeout=30) as response:
        return next(response.iter_text(), "").startswith("retry:")
