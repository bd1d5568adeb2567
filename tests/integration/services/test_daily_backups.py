"""Daily backups: one a day, the newest kept, nothing else touched."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from webchat.services.daily_backups import FIRST, INTERVAL, DailyBackups
from webchat.storage.archive import unpack
from webchat.storage.engine import Database
from webchat.storage.secrets import open_secrets
from webchat.storage.sqlite import sqlite_url


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def url(tmp_path: Path, empty_database: Path) -> str:
    url = sqlite_url(tmp_path / "webchat.db")
    shutil.copy(empty_database, tmp_path)
    open_secrets(tmp_path)
    return url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


def names(backups: DailyBackups) -> list[str]:
    return sorted(file.name for file in backups.folder.iterdir())


async def test_one_backup_a_day_of_which_the_newest_stay(database: Database, tmp_path: Path) -> None:
    clock = Clock()
    backups = DailyBackups(database, tmp_path, 3, clock=clock)
    for _ in range(5 * 24):
        await backups.round()
        clock.now += timedelta(hours=1)

    assert names(backups) == [f"webchat-2026-01-0{day}T00-00-00Z.zip" for day in (3, 4, 5)]
    assert backups.folder.stat().st_mode & 0o777 == 0o700
    (tmp_path / "unpacked").mkdir()
    assert unpack(backups.folder / names(backups)[-1], tmp_path / "unpacked"), "with the key"


async def test_a_smaller_number_removes_the_oldest_and_spares_other_files(
    database: Database, tmp_path: Path
) -> None:
    clock = Clock()
    for keep in (3, 3, 3, 1):
        backups = DailyBackups(database, tmp_path, keep, clock=clock)
        await backups.round()
        (backups.folder / "webchat-of-my-own.zip").touch()
        clock.now += timedelta(days=2)

    assert names(backups) == ["webchat-2026-01-07T00-00-00Z.zip", "webchat-of-my-own.zip"]


async def test_what_a_crash_left_of_a_backup_is_deleted(database: Database, tmp_path: Path) -> None:
    backups = DailyBackups(database, tmp_path, 3, clock=Clock())
    unfinished = backups.folder / ".webchat-2026-01-01T00-00-00Z.zip.x1y2"
    unfinished.mkdir(parents=True)
    (unfinished / "webchat.db").write_bytes(b"half of it")
    await backups.round()

    assert names(backups) == ["webchat-2026-01-01T00-00-00Z.zip"]


async def test_a_failure_is_logged_and_tried_again(database: Database, tmp_path: Path) -> None:
    backups = DailyBackups(database, tmp_path, 3, clock=Clock())
    backups.folder.write_text("in the way")
    with capture_logs() as logged:
        await backups.round()
    assert logged[0]["event"] == "the daily backup could not be written; trying again in an hour"

    backups.folder.unlink()
    await backups.round()
    assert len(names(backups)) == 1


async def test_a_backup_ends_with_the_server(database: Database, tmp_path: Path) -> None:
    backups = DailyBackups(database, tmp_path, 3)
    await backups.close()
    with capture_logs() as logged:
        await backups.round()

    assert logged[0]["event"] == "a backup was given up because the server stops"
    assert names(backups) == []


async def test_looks_are_spaced_and_none_are_made_for_zero(database: Database, tmp_path: Path) -> None:
    waits: list[float] = []
    looked = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if seconds == INTERVAL:
            looked.set()
            await asyncio.Event().wait()

    for keep in (0, 1):
        backups = DailyBackups(database, tmp_path, keep, sleep=sleep)
        backups.start()
        if keep:
            await asyncio.wait_for(looked.wait(), 30)
        await backups.close()
    assert waits == [FIRST, INTERVAL]
    assert len(names(backups)) == 1
