from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiled_statements import shared_compiled_statements
from webchat.storage.migrations import upgrade
from webchat.storage.sqlite import sqlite_url

__all__ = ["shared_compiled_statements"]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database without rows, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "webchat.db"
    upgrade(sqlite_url(path))
    return path
