"""The trash: deleted conversations, until they are restored or gone forever."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from webchat.services.answers.running import RunningAnswers
from webchat.services.chat.batches import BATCH, change_in_batches
from webchat.services.chat.cursors import read_cursor, write_cursor
from webchat.storage.engine import Database, Session
from webchat.storage.queries import labels
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
    """Deletes conversations of an owner, and restores them. Nothing is changed unless there are all of those
    asked for."""

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
        now = utc_now()

        async def find(session: Session, ids: Sequence[str]) -> list[str]:
            return await labels.those_there(session, owner_id, ids)

        async def delete(session: Session, ids: Sequence[str]) -> None:
            await queries.delete_several(session, owner_id, ids, now)

        ids = await change_in_batches(self._database, conversation_ids, find, delete)
        # Done last, because nothing can start in a deleted conversation.
        for id_ in ids:
            await self._running.stop_conversation(owner_id, id_)

    async def restore(self, owner_id: str, conversation_ids: Sequence[str]) -> None:
        """Take conversations out of the trash.

        Raises:
            CollectionInvalid, ConversationNotFound: nothing was changed.
        """
        await self._change(owner_id, conversation_ids, queries.restore_several)

    async def delete_forever(self, owner_id: str, conversation_ids: Sequence[str]) -> None:
        """Delete conversations that are in the trash, so that nobody can restore them.

        Raises:
            CollectionInvalid, ConversationNotFound: nothing was changed.
        """
        await self._change(owner_id, conversation_ids, queries.delete_forever)
        self.on_deleted_forever()

    async def empty(self, owner_id: str) -> int:
        """Delete everything that is in the trash now forever, and return how many conversations.

        They are taken `BATCH` at a time, so that other writers can run in between.
        """
        count, now = 0, utc_now()
        while True:
            async with self._database.write() as session:
                some = await queries.empty_trash(session, owner_id, now, BATCH)
            count += some
            if some < BATCH:
                self.on_deleted_forever()
                return count

    async def _change(
        self,
        owner_id: str,
        conversation_ids: Sequence[str],
        change: Callable[[Session, str, Sequence[str], datetime], Awaitable[None]],
    ) -> None:
        """Change conversations in the trash."""
        now = utc_now()

        async def find(session: Session, ids: Sequence[str]) -> list[str]:
            return await queries.those_in_trash(session, owner_id, ids, now)

        async def change_some(session: Session, ids: Sequence[str]) -> None:
            await change(session, owner_id, ids, now)

        await change_in_batches(self._database, conversation_ids, find, change_some)


def _deleted(row: Conversation) -> Deleted:
    deleted_at = row.deleted_at or row.updated_at
    return Deleted(row.id, row.title, deleted_at, deleted_at + RESTORABLE_FOR)
