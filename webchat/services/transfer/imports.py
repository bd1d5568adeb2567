"""Imports of the people who use this server: a file is received, previewed, imported and removed.

Every person has at most one file at a time. It is kept in a separate folder, under a random name, until it is
imported or dismissed, or an hour has passed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import structlog

from webchat.errors import WebchatError
from webchat.services.errors import ImportRefused
from webchat.services.files.files import Files
from webchat.services.transfer.importer import Progress, run
from webchat.storage.engine import Database
from webchat.storage.errors import StorageError
from webchat.storage.ids import new_id

MAX_FILE = 512 * 1024 * 1024
"""Maximum bytes of a file to import."""
SECONDS_KEPT = 3600.0
"""How long a file is kept after it arrived, unless it is being imported."""
WRITTEN_AT_ONCE = 1024 * 1024
FOLDER = "imports"
"""The folder in the data folder."""

log = structlog.get_logger(__name__)


class Phase(StrEnum):
    """Where an import is."""

    READING = "reading"
    """Finding out what is in the file."""
    PREVIEWED = "previewed"
    IMPORTING = "importing"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(slots=True)
class Import:
    """The import of one file. `problem` says why it failed."""

    id: str
    path: Path
    phase: Phase = Phase.READING
    progress: Progress = field(default_factory=Progress)
    problem: WebchatError | None = None
    task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the file is being read."""
        return self.task is not None and not self.task.done()

    async def changed(self, seconds: float) -> None:
        """Wait until it has ended, but no longer than this."""
        if self.task is not None:
            await asyncio.wait([self.task], timeout=seconds)


class Imports:
    """The import of each owner."""

    def __init__(
        self,
        database: Database,
        data_dir: Path,
        attached: Files,
        on_imported: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take the data folder, and what to call with the owner after an import wrote something."""
        self._database, self._files = database, attached
        self._folder = data_dir / FOLDER
        self._on_imported = on_imported
        self._imports: dict[str, Import] = {}
        self._receiving: set[str] = set()
        self._expiries: dict[str, asyncio.TimerHandle] = {}

    async def open(self) -> None:
        """Remove the files that a crash has left."""
        await asyncio.to_thread(_empty, self._folder)

    async def close(self) -> None:
        """Stop all imports and remove their files."""
        for owner_id in list(self._imports):
            await self.dismiss(owner_id)
        await asyncio.to_thread(_empty, self._folder)

    def current(self, owner_id: str) -> Import | None:
        """The import of this owner."""
        return self._imports.get(owner_id)

    async def receive(self, owner_id: str, pieces: AsyncIterator[bytes]) -> Import:
        """Save a file and begin its preview. An earlier file that is not being imported is removed.

        Raises:
            ImportRefused: the file is too large, or another import is running.
        """
        self._refuse_if_running(owner_id)
        if owner_id in self._receiving:
            raise ImportRefused("running")
        self._receiving.add(owner_id)
        try:
            return await self._receive(owner_id, pieces)
        finally:
            self._receiving.discard(owner_id)

    async def _receive(self, owner_id: str, pieces: AsyncIterator[bytes]) -> Import:
        id = new_id()
        path = self._folder / id
        try:
            with await asyncio.to_thread(_create, path) as file:
                await _write(file, pieces)
            self._refuse_if_running(owner_id)
            await self.dismiss(owner_id)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        current = self._imports[owner_id] = Import(id, path)
        loop = asyncio.get_running_loop()
        self._expiries[owner_id] = loop.call_later(SECONDS_KEPT, self._expire, owner_id)
        self._start(owner_id, current, write=False)
        return current

    def begin(self, owner_id: str, id: str) -> Import:
        """Import the file that was previewed.

        Raises:
            ImportRefused: it is no longer there.
        """
        current = self._imports.get(owner_id)
        if current is None or current.id != id or current.phase is not Phase.PREVIEWED:
            raise ImportRefused("gone")
        current.phase, current.progress = Phase.IMPORTING, Progress()
        self._start(owner_id, current, write=True)
        return current

    async def dismiss(self, owner_id: str) -> None:
        """Stop an import and forget it with its file. What was imported stays."""
        await self.cancel(owner_id)
        current = self._imports.pop(owner_id, None)
        if expiry := self._expiries.pop(owner_id, None):
            expiry.cancel()
        if current is not None:
            await asyncio.to_thread(current.path.unlink, missing_ok=True)

    async def cancel(self, owner_id: str) -> None:
        """Stop an import; its report stays. What was imported stays, without any part of a conversation."""
        current = self._imports.get(owner_id)
        if current is not None and current.task is not None:
            current.task.cancel()
            await asyncio.gather(current.task, return_exceptions=True)
            if current.phase in (Phase.READING, Phase.IMPORTING):  # it had not even begun
                current.phase = Phase.CANCELLED
                await asyncio.to_thread(current.path.unlink, missing_ok=True)

    def _refuse_if_running(self, owner_id: str) -> None:
        current = self._imports.get(owner_id)
        if current is not None and current.phase is Phase.IMPORTING:
            raise ImportRefused("running")

    def _start(self, owner_id: str, current: Import, *, write: bool) -> None:
        name = f"import {current.id}"
        current.task = asyncio.create_task(self._run(owner_id, current, write=write), name=name)

    async def _run(self, owner_id: str, current: Import, *, write: bool) -> None:
        try:
            await run(self._database, owner_id, current.path, current.progress, self._files, write=write)
            current.phase = Phase.DONE if write else Phase.PREVIEWED
        except asyncio.CancelledError:
            current.phase = Phase.CANCELLED
        except (StorageError, OSError) as error:
            current.phase = Phase.FAILED
            current.problem = error if isinstance(error, StorageError) else ImportRefused("gone")
        except Exception:
            current.phase, current.problem = Phase.FAILED, ImportRefused("failed")
            log.exception("an import failed")
        finally:
            if current.phase is not Phase.PREVIEWED:
                with contextlib.suppress(OSError):
                    current.path.unlink(missing_ok=True)
            report = current.progress.report
            if write and (report.messages or report.assistants):
                self._on_imported(owner_id)

    def _expire(self, owner_id: str) -> None:
        current = self._imports.get(owner_id)
        if current is not None and not current.is_running:
            current.path.unlink(missing_ok=True)
            del self._imports[owner_id]


async def _write(file: BinaryIO, pieces: AsyncIterator[bytes]) -> None:
    size = 0
    waiting: list[bytes] = []
    held = 0
    async for piece in pieces:
        size += len(piece)
        if size > MAX_FILE:
            raise ImportRefused("too_large", limit=MAX_FILE)
        waiting.append(piece)
        held += len(piece)
        if held >= WRITTEN_AT_ONCE:
            await asyncio.to_thread(file.write, b"".join(waiting))
            waiting, held = [], 0
    await asyncio.to_thread(file.write, b"".join(waiting))


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    return path.open("wb")


def _empty(folder: Path) -> None:
    if folder.is_dir():
        for file in folder.iterdir():
            file.unlink(missing_ok=True)
