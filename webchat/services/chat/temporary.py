"""Temporary chats: in no list, and deleted once the state of the tab they were begun in is dropped."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from webchat.services.answers.running import RunningAnswers
from webchat.storage.engine import Database
from webchat.storage.queries import purge, trash

log = structlog.get_logger(__name__)


class TemporaryChats:
    """Knows which tab each temporary chat belongs to."""

    def __init__(self, database: Database, running: RunningAnswers) -> None:
        self._database = database
        self._running = running
        self._chats: dict[str, set[tuple[str, str]]] = {}
        self.on_deleted_forever: Callable[[], None] = lambda: None
        """Called when there is something for the background purge."""

    async def open(self) -> None:
        """Delete the chats an earlier run of the server left behind. Call this before any tab connects."""
        async with self._database.write() as session:
            count = await purge.forget_all_temporary(session)
        if count:
            log.info("temporary chats were deleted", conversations=count)

    def keep(self, owner_id: str, conversation_id: str, tab: str) -> None:
        """Keep a temporary chat until `forget` is called for this tab."""
        self._chats.setdefault(tab, set()).add((owner_id, conversation_id))

    async def forget(self, tab: str) -> None:
        """Delete the chats of a tab that is gone. Their running answers are stopped."""
        chats = self._chats.pop(tab, set())
        for owner_id, conversation_id in sorted(chats):
            async with self._database.write() as session:
                await trash.forget_temporary(session, owner_id, [conversation_id])
            await self._running.stop_conversation(owner_id, conversation_id)
        if chats:
            self.on_deleted_forever()
