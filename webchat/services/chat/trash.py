"""The trash: deleted conversations, until they are restored or gone forever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from webchat.services.answers.running import RunningAnswers
from webchat.services.chat.collections import MAX_AT_ONCE, checked_ids
from webchat.services.chat.cursors import read_cursor, write_cursor
from webchat.storage.engine import Database
from webchat.storage.queries import trash as queries
from webchat.storage.queries.conversations import RESTORABLE_FOR
from webchat.storage.tables import Conversation
from webchat.storage.types import utc_now


@dataclass(frozen=True, slots=True)
class Deleted:
    """A conversation in the trash, which is removed at `gone_at`."""

    id: str
    title: str
    deleted_at: datetime
    gone_at: datetime


@dataclass(frozen=True, slots=True)
class TrashList:
    """A page of the trash, deleted last first; `cursor` points to the next page and is empty at the end."""

    items: list[Deleted]
    cursor: str


class Trash:
    """Deletes conversations of an owner, all of those asked for or none, and restores them."""

    def __init__(self, database: Database, running: RunningAnswers) -> None:
        self._database = database
        self._running = running
        self.on_deleted_forever: Callable[[], None] = lambda: None
        """Called when there is something for the background purge."""

    async def page(self, owner_id: str, cursor: str, limit: int) -> TrashList:
        """One page of what can be restored."""
        async with self._database.read() as session:
            page = await queries.list_trash(
                session, owner_id, utc_now(), limit=limit, before=read_cursor(cursor)
            )
        return TrashList([_deleted(row) for row in page.conversations], write_cursor(page.next))

    async def delete(self, owner_id: str, conversation_ids: Sequence[str]) -> None:
        """Move conversations into the trash. Their running answers are stopped and saved.

        Raises:
            CollectionInvalid, ConversationNotFound: nothing was changed.
        """
        ids = checked_ids(conversation_ids)
        async with self._database.write() as session:
            await queries.delete_several(session, owner_id, ids, utc_now())
        # Done last, because nothing can start in a deleted conversation.
        for id_ in ids:
            await self._running.stop_conversation(owner_id, id_)

    async def restore(self, owner_id: str, conversation_ids: Sequence[str]) -> None:
        """Take conversations out of the trash.

        Raises:
            CollectionInvalid, ConversationNotFound: nothing was changed.
        """
        ids = checked_ids(conversation_ids)
        async with self._database.write() as session:
            await queries.restore_several(session, owner_id, ids, utc_now())

    async def delete_forever(self, owner_id: str, conversation_ids: Sequence[str]) -> None:
        """Delete conversations that are in the trash, so that nobody can restore them.

        Raises:
            CollectionInvalid, ConversationNotFound: nothing was changed.
        """
        ids = checked_ids(conversation_ids)
        async with self._database.write() as session:
            await queries.delete_forever(session, owner_id, ids, utc_now())
        self.on_deleted_forever()

    async def empty(self, owner_id: str) -> int:
        """Delete everything that is in the trash now forever, and return how many conversations.

        They are taken `MAX_AT_ONCE` at a time, so that other writers can run in between.
        """
        count, now = 0, utc_now()
        while True:
            async with self._database.write() as session:
                some = await queries.empty_trash(session, owner_id, now, MAX_AT_ONCE)
            count += some
            if some < MAX_AT_ONCE:
                self.on_deleted_forever()
                return count


def _deleted(row: Conversation) -> Deleted:
    deleted_at = row.deleted_at or row.updated_at
    return Deleted(row.id, row.title, deleted_at, deleted_at + RESTORABLE_FOR)
