"""`webchat import` as a command of its own."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.running_app import run_webchat
from tests.unit.services.transfer.exports_of_others import as_json, chatgpt, node
from webchat.hosting.folder_lock import lock_data
from webchat.settings import load_settings


@pytest.fixture
def data_dir(tmp_path: Path, empty_database: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(empty_database, folder)
    (tmp_path / "file").write_bytes(as_json([chatgpt(node("q", "root", "user", "Why?")), {}]))
    return folder


def conversations(data_dir: Path) -> int:
    with closing(sqlite3.connect(data_dir / "webchat.db")) as connection:
        (number,) = connection.execute("SELECT count(*) FROM conversation").fetchone()
    return int(number)


def test_a_file_is_previewed_imported_and_found_there(data_dir: Path) -> None:
    command = ("--data-dir", str(data_dir), "import", str(data_dir.parent / "file"))
    preview = run_webchat(*command, "--preview")
    assert (preview.returncode, conversations(data_dir)) == (0, 0)
    first, again = run_webchat(*command), run_webchat(*command)

    assert first.returncode == again.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-1] == "Conversations: 1 imported, 1 skipped. New messages: 1."
    assert "skipped: Untitled (It is in no format that webchat knows)" in first.stdout
    assert again.stdout.splitlines()[-1] == "Conversations: 1 already there, 1 skipped. New messages: 0."
    assert conversations(data_dir) == 1


def test_a_running_webchat_is_not_written_beside(data_dir: Path) -> None:
    locks = lock_data(load_settings(data_dir=data_dir))
    done = run_webchat("--data-dir", str(data_dir), "import", str(data_dir.parent / "file"))
    for lock in locks:
        lock.release()

    assert done.returncode == 1
    assert "Another webchat is using the data folder" in done.stderr
    assert conversations(data_dir) == 0


def test_a_file_that_is_not_there_is_named(data_dir: Path) -> None:
    done = run_webchat("--data-dir", str(data_dir), "import", str(data_dir / "nothing"))

    assert done.returncode == 1
    assert "nothing cannot be read: No such file" in done.stderr
