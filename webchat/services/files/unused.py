"""Removes files that nothing uses, and contents that belong to no file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from webchat.services.purge import Step
from webchat.storage.blobs import BlobStore
from webchat.storage.engine import Database, Session
from webchat.storage.queries import stored_files
from webchat.storage.types import utc_now

UNSENT_FOR = timedelta(days=7)
"""How long a file is kept that was never sent: messages wait in browsers that are offline."""

log = structlog.get_logger(__name__)


class UnusedFiles:
    """Removes the rows of files, and what they leave in `store`."""

    def __init__(self, database: Database, store: BlobStore) -> None:
        self._database, self._store = database, store

    @property
    def purge_step(self) -> Step:
        """Removes files that nothing refers to, and their contents."""
        return Step("files", 50, self._find, self._remove)

    async def _find(self, session: Session, before: datetime, count: int) -> list[str]:
        return await stored_files.find_unused(session, utc_now() - UNSENT_FOR, count)

    async def _remove(self, session: Session, ids: Sequence[str], before: datetime) -> int:
        hashes = await stored_files.remove_unused(session, ids, utc_now() - UNSENT_FOR)
        await self._remove_contents(hashes)
        return len(ids)

    async def remove_content(self, session: Session, hash: str) -> None:
        """Remove a content, within a transaction that has removed a file of it, if no other file has it."""
        await self._remove_contents(await stored_files.remove_lost(session, [hash]))

    async def sweep(self) -> None:
        """Remove contents that have no row, because the process was killed before its transaction ended."""
        for hashes in await asyncio.to_thread(lambda: list(self._store.hashes())):
            async with self._database.read() as session:
                doubtful = set(hashes) - await stored_files.known(session, hashes)
            if not doubtful:
                continue
            async with self._database.write() as session:
                lost = doubtful - await stored_files.known(session, doubtful)
                await self._remove_contents(sorted(lost))
                log.info("files without a row were removed", files=len(lost))

    async def _remove_contents(self, hashes: Sequence[str]) -> None:
        for hash in hashes:
            await asyncio.to_thread(self._store.remove, hash)
