"""`webchat backup` beside a running webchat, as a command of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.empty_database import make_empty_database
from tests.running_app import run_webchat
from webchat.hosting.backup import back_up
from webchat.hosting.errors import BackupFailed
from webchat.settings import load_settings
from webchat.storage.engine import Database
from webchat.storage.queries import conversations, users
from webchat.storage.secrets import open_secrets
from webchat.storage.sqlite import sqlite_url


def backup(data_dir: Path, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run_webchat("--data-dir", str(data_dir), "backup", str(target), *options)


def database_in(backup: Path, folder: Path) -> Path:
    """The database of a backup, unpacked as a person would."""
    with zipfile.ZipFile(backup) as archive:
        return Path(archive.extract("webchat.db", folder))


async def test_backup_during_writes_contains_all_committed_rows(tmp_path: Path) -> None:
    data_dir, target = tmp_path / "data", tmp_path / "backup.zip"
    database = Database(sqlite_url(make_empty_database(data_dir)))
    async with database.write() as session:
        owner = (await users.ensure_local_owner(session, "Ann")).id
    written: list[str] = []
    enough, done = asyncio.Event(), asyncio.Event()

    async def keep_writing() -> None:
        while not done.is_set():
            async with database.write() as session:
                made = await conversations.create(session, owner, title="T" * 1000)
            written.append(made.id)
            if len(written) == 20:
                enough.set()

    writing = asyncio.create_task(keep_writing())
    await asyncio.wait_for(enough.wait(), 60)
    before = list(written)
    command = await asyncio.to_thread(backup, data_dir, target)
    done.set()
    await writing
    await database.close()

    assert command.returncode == 0
    assert str(target) in command.stdout
    assert target.stat().st_mode & 0o777 == 0o600
    unpacked = database_in(target, tmp_path)
    with closing(sqlite3.connect(unpacked)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = [id_ for (id_,) in copy.execute("SELECT id FROM conversation ORDER BY id")]
    assert found == written[: len(found)], "a moment of the database, whole"
    assert len(found) >= len(before)

    with closing(sqlite3.connect(data_dir / "webchat.db")) as original:
        schema = original.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    with closing(sqlite3.connect(unpacked)) as copy:
        assert copy.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall() == schema
    restored = Database(sqlite_url(unpacked))
    async with restored.write() as session:
        await conversations.delete(session, owner, found[0])
    await restored.check()
    await restored.close()


@pytest.mark.parametrize("ending", ["", "-wal", "-shm"])
def test_the_database_is_not_replaced_by_its_copy(tmp_path: Path, ending: str) -> None:
    settings = load_settings(data_dir=tmp_path)
    make_empty_database(settings.data_dir)
    before = (tmp_path / "webchat.db").read_bytes()
    (tmp_path / "link").symlink_to(tmp_path / f"webchat.db{ending}")
    for target in (tmp_path / f"webchat.db{ending}", tmp_path / "link", tmp_path / "secret.key"):
        with pytest.raises(BackupFailed, match="the database itself"):
            back_up(settings, target)
    assert (tmp_path / "webchat.db").read_bytes() == before


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="no database"):
        back_up(load_settings(data_dir=tmp_path / "data"), tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    assert not (tmp_path / "data" / "webchat.db").exists()


def test_a_backup_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    make_empty_database(tmp_path)
    target = tmp_path / "no such folder" / "copy.db"
    ended = backup(tmp_path, target)
    assert ended.returncode == 1
    assert str(target) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_earlier_backup_is_replaced(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    make_empty_database(settings.data_dir)
    target = tmp_path / "backup.zip"
    target.write_bytes(b"an earlier backup")
    assert back_up(settings, target) == target.stat().st_size
    with closing(sqlite3.connect(database_in(target, tmp_path / "unpacked"))) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_key_is_included_unless_it_is_left_out(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "data")
    make_empty_database(settings.data_dir)
    open_secrets(settings.data_dir)
    target = tmp_path / "backup.zip"

    whole = backup(tmp_path / "data", target)
    with zipfile.ZipFile(target) as archive:
        assert archive.read("secret.key") == (settings.data_dir / "secret.key").read_bytes()
    assert "It contains the key of stored API keys" in whole.stdout

    short = backup(tmp_path / "data", target, "--without-key")
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == ["webchat.db"]
    assert f"can only be read with {settings.data_dir / 'secret.key'}" in short.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.zip", "data"], (
        "nothing is left behind"
    )
