"""SQLAlchemy's compiled statements, kept from one test's database to the next.

Each engine has a cache of its own, so that every test would compile its statements again: that took 40 % of
the time of a test with a database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Engine
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.util import LRUCache


@pytest.fixture(autouse=True, scope="session")
def shared_compiled_statements() -> Iterator[None]:
    """One cache for all engines; the dialects, which are part of its keys, are all configured alike."""
    cache: LRUCache[Any, Any] = LRUCache(2000)
    same = property(lambda _: cache, lambda _engine, _own: None)
    with ExitStack() as stack:
        stack.enter_context(patch.object(Engine, "_compiled_cache", same, create=True))
        stack.enter_context(patch.object(SQLiteDialect_aiosqlite, "__hash__", lambda _: 0, create=True))
        stack.enter_context(
            patch.object(SQLiteDialect_aiosqlite, "__eq__", lambda a, b: type(a) is type(b), create=True)
        )
        yield
