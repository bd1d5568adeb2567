"""One webchat at a time works with a data folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from webchat.hosting import folder_lock
from webchat.hosting.errors import DataFolderInUse, DataFolderUnusable
from webchat.hosting.folder_lock import HOLDER_FILE, LOCK_FILE, holder_of_data, lock_data
from webchat.settings import load_settings

HOLD = """
import sys, time
from pathlib import Path
from webchat.hosting.folder_lock import lock_data
from webchat.settings import load_settings
locks = lock_data(load_settings(data_dir=Path(sys.argv[1]), port=3456))
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def _waits_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_lock, "_SECONDS_TO_WAIT", 0.1)


def test_folder_lock_is_held_until_its_process_ends(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == b"held\n"
            holder = f"process {other.pid}, http://127.0.0.1:3456"

            assert holder_of_data(settings) == holder
            with pytest.raises(DataFolderInUse, match="Nothing was changed") as refusal:
                lock_data(settings)
            assert holder in str(refusal.value)
            assert "--data-dir" in str(refusal.value)
        finally:
            other.send_signal(signal.SIGKILL)

    assert holder_of_data(settings) is None
    for lock in lock_data(settings):
        lock.release()


def test_a_file_left_behind_locks_nothing(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).touch()
    (tmp_path / HOLDER_FILE).write_text("process 1, http://127.0.0.1:3000")
    settings = load_settings(data_dir=tmp_path)

    assert holder_of_data(settings) is None
    (lock,) = lock_data(settings)

    assert (tmp_path / HOLDER_FILE).read_text() == f"process {os.getpid()}, http://127.0.0.1:3000\n"
    lock.release()


def test_a_database_elsewhere_is_locked_too(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    url = f"sqlite+aiosqlite:///{elsewhere / 'webchat.db'}"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    locks = lock_data(load_settings(data_dir=tmp_path / "one", database_url=url))
    with pytest.raises(DataFolderInUse, match="elsewhere"):
        lock_data(load_settings(data_dir=tmp_path / "two", database_url=url))

    for lock in locks:
        lock.release()


def test_a_folder_that_cannot_be_locked_is_said(tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).mkdir()

    with pytest.raises(DataFolderUnusable, match="cannot be locked"):
        lock_data(load_settings(data_dir=tmp_path))
