"""Writes a backup into the data folder once a day, and keeps the newest ones."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from webchat.storage.archive import Stopped
from webchat.storage.engine import Database
from webchat.storage.errors import StorageError
from webchat.storage.secrets import KEY_FILE
from webchat.storage.types import utc_now

log = structlog.get_logger(__name__)

FOLDER = "backups"
"""The folder of the backups in the data folder."""
FIRST = 60.0
"""Seconds from startup to the first look, so that startup is not slowed down."""
INTERVAL = 3600.0
"""Seconds between looks whether a backup is due."""
AGE = timedelta(days=1)
"""Age of the newest backup at which the next one is due."""
_NAME = "webchat-%Y-%m-%dT%H-%M-%SZ.zip"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup; `size` is in bytes."""

    made_at: datetime
    size: int


class DailyBackups:
    """Keeps the newest `keep` backups, with the key file; none are made if `keep` is 0."""

    def __init__(
        self,
        database: Database,
        data_dir: Path,
        keep: int,
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._key_file = data_dir / KEY_FILE
        self.folder = data_dir / FOLDER
        self.keeps = keep
        self._clock = clock
        self._sleep = sleep
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start. Returns immediately."""
        if self.keeps:
            self._task = asyncio.create_task(self._run(), name="daily backups")

    async def close(self) -> None:
        """Stop. A backup being written is given up."""
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        await self._sleep(FIRST)
        while True:
            await self.round()
            await self._sleep(INTERVAL)

    async def written(self) -> list[Backup]:
        """The backups that are kept, newest first."""
        return await asyncio.to_thread(
            lambda: [Backup(made, file.stat().st_size) for made, file in reversed(self._found())]
        )

    async def round(self) -> None:
        """Write a backup if one is due, and delete the oldest beyond the limit. A failure is logged."""
        try:
            kept = await asyncio.to_thread(self._written)
            now = self._clock()
            if kept and now - kept[-1][0] < AGE:
                return
            target = self.folder / now.strftime(_NAME)
            await self._database.archive(target, self._key_file, lambda: not self._closing)
            log.info("a backup was written", file=target.name)
            for _, file in [*kept, (now, target)][: -self.keeps]:
                file.unlink(missing_ok=True)
        except Stopped:
            log.info("a backup was given up because the server stops")
        except (StorageError, OSError):
            log.exception("the daily backup could not be written; trying again in an hour")

    def _written(self) -> list[tuple[datetime, Path]]:
        """As `_found`. What a backup left behind that was interrupted by a crash is deleted."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        for unfinished in self.folder.glob(".webchat-*"):
            shutil.rmtree(unfinished, ignore_errors=True)
        return self._found()

    def _found(self) -> list[tuple[datetime, Path]]:
        """The backups with their times, oldest first; other files in the folder are left alone."""
        found = []
        for file in self.folder.glob("*.zip"):
            try:
                made = datetime.strptime(f"{file.name}+0000", f"{_NAME}%z")
            except ValueError:
                continue
            found.append((made, file))
        return sorted(found)
