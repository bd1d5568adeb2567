"""`webchat export` as a command of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from tests.running_app import run_webchat
from webchat.messages import Role
from webchat.storage.engine import Database
from webchat.storage.queries import conversations, messages, users
from webchat.storage.sqlite import sqlite_url


@pytest.fixture
def data_dir(tmp_path: Path, empty_database: Path) -> Path:
    """A data folder with one conversation."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(empty_database, folder)
    asyncio.run(_fill(folder))
    return folder


async def _fill(folder: Path) -> None:
    database = Database(sqlite_url(folder / "webchat.db"))
    async with database.write() as session:
        owner = await users.ensure_local_owner(session, "Ann")
        row = await conversations.create(session, owner.id, title="A talk")
        question = await messages.add(
            session, owner.id, row.id, parent_id=None, role=Role.USER, content="Why?"
        )
        row.current_leaf_id = question.id
    await database.close()


@pytest.mark.parametrize(("format", "part"), [("json", '"Why?"'), ("html", ">Why?<")])
def test_everything_is_written_to_a_private_file(data_dir: Path, format: str, part: str) -> None:
    target = data_dir.parent / "export"
    done = run_webchat("--data-dir", str(data_dir), "export", str(target), "--format", format)

    assert done.returncode == 0, done.stderr
    assert part in target.read_text()
    assert target.stat().st_mode & 0o077 == 0
    if format == "json":
        assert len(json.loads(target.read_text())["conversations"]) == 1


def test_a_file_that_cannot_be_written_is_named(data_dir: Path) -> None:
    done = run_webchat("--data-dir", str(data_dir), "export", str(data_dir / "no" / "folder"))

    assert done.returncode == 1
    assert "No such file" in done.stderr


def test_without_a_database_nothing_is_written(tmp_path: Path) -> None:
    done = run_webchat("--data-dir", str(tmp_path / "data"), "export", str(tmp_path / "export"))

    assert done.returncode == 1
    assert not (tmp_path / "export").exists()
