"""Where a database is."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from webchat.storage import location
from webchat.storage.errors import DatabaseUnsupported


def test_the_database_is_a_file_of_its_folder(tmp_path: Path) -> None:
    url = location.default_url(tmp_path)
    assert location.local_files(url) == []
    (tmp_path / location.DATABASE_FILE).touch()

    assert location.folder_of(url) == tmp_path
    assert location.local_files(url) == [tmp_path / location.DATABASE_FILE]


def test_another_database_is_refused() -> None:
    with pytest.raises(DatabaseUnsupported):
        location.folder_of("mysql://host/database")


@pytest.mark.parametrize(("version", "warned"), [((3, 7, 0), True), ((99, 0, 0), False)])
def test_a_version_with_a_known_fault_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], warned: bool
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)

    assert bool(location.engine().warning) is warned
