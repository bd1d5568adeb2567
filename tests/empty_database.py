"""An empty database, migrated once in each process of tests: that takes longer than most tests."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from webchat.storage.location import DATABASE_FILE
from webchat.storage.migrations import upgrade
from webchat.storage.sqlite import sqlite_url


def make_empty_database(folder: Path) -> Path:
    """Put a migrated database without rows into a data folder, which is made if it is missing; its path."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / DATABASE_FILE
    path.touch(0o600)
    path.write_bytes(_empty())
    return path


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE_FILE
        upgrade(sqlite_url(path))
        return path.read_bytes()
