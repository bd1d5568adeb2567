"""Deleted conversations, which can be restored for a while, and deleting several at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import ConversationNotFound
from webchat.storage.queries._rows import change
from webchat.storage.queries.conversations import MAX_PAGE, RESTORABLE_FOR, Cursor
from webchat.storage.tables import Conversation, ConversationFilter

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""The `deleted_at` of what was deleted forever: past restoring, and next for `purge`."""

_IS_WHOLE = col(Conversation.current_leaf_id).is_not(None)
"""A copy that is being made is marked as deleted and has no last message; see `copies`."""


@dataclass(frozen=True, slots=True)
class TrashPage:
    """Deleted conversations, those deleted last first; `next` is None on the last page."""

    conversations: list[Conversation]
    next: Cursor | None


async def list_trash(
    session: AsyncSession, owner_id: str, now: datetime, *, limit: int, before: Cursor | None = None
) -> TrashPage:
    """One page of the owner's deleted conversations that can still be restored.

    Args:
        limit: the maximum number, capped at `MAX_PAGE`.
        before: the `next` of the previous page, whose `updated_at` is a time of deletion.
    """
    limit = min(limit, MAX_PAGE)
    moment, id_ = col(Conversation.deleted_at), col(Conversation.id)
    wanted = select(Conversation).where(_in_trash(owner_id, now), _IS_WHOLE)
    if before is not None:
        wanted = wanted.where(tuple_(moment, id_) < (before.updated_at, before.id))
    rows = list(await session.scalars(wanted.order_by(moment.desc(), id_.desc()).limit(limit + 1)))
    page = rows[:limit]
    last = page[-1].deleted_at if len(rows) > limit and page else None
    return TrashPage(page, Cursor(last, page[-1].id) if last else None)


async def those_in_trash(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str], now: datetime
) -> list[str]:
    """Those of these conversations that are in the owner's trash, in any order."""
    ours = select(col(Conversation.id)).where(
        _in_trash(owner_id, now), col(Conversation.id).in_(conversation_ids)
    )
    return list(await session.scalars(ours))


async def delete_several(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str], now: datetime
) -> None:
    """Delete conversations; `restore_several` undoes this.

    Raises:
        ConversationNotFound: the owner does not have one of them; none may be deleted then.
    """
    ours = update(Conversation).where(
        col(Conversation.owner_id) == owner_id,
        col(Conversation.id).in_(conversation_ids),
        col(Conversation.deleted_at).is_(None),
        col(Conversation.temporary).is_(False),
    )
    _require_all(conversation_ids, await change(session, ours.values(deleted_at=now)))


async def restore_several(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str], now: datetime
) -> None:
    """Restore conversations from the trash.

    Raises:
        ConversationNotFound: one of them is not in the owner's trash; none may be restored then.
    """
    ours = update(Conversation).where(_in_trash(owner_id, now), col(Conversation.id).in_(conversation_ids))
    _require_all(conversation_ids, await change(session, ours.values(deleted_at=None)))


async def delete_forever(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str], now: datetime
) -> None:
    """Make conversations in the trash impossible to restore; `purge` removes them.

    Raises:
        ConversationNotFound: one of them is not in the owner's trash; none may be deleted then.
    """
    ours = update(Conversation).where(_in_trash(owner_id, now), col(Conversation.id).in_(conversation_ids))
    _require_all(conversation_ids, await change(session, ours.values(deleted_at=LONG_AGO)))


async def empty_trash(session: AsyncSession, owner_id: str, now: datetime, limit: int) -> int:
    """Delete up to `limit` conversations in the trash forever, and return how many."""
    some = select(col(Conversation.id)).where(_in_trash(owner_id, now), _IS_WHOLE).limit(limit)
    ours = update(Conversation).where(col(Conversation.owner_id) == owner_id, col(Conversation.id).in_(some))
    return await change(session, ours.values(deleted_at=LONG_AGO))


async def delete_unused(
    session: AsyncSession, owner_id: str, before: datetime, now: datetime, limit: int
) -> int:
    """Delete up to `limit` of the owner's conversations last used before a time; return how many.

    Archived conversations are deleted too, pinned and temporary ones are not.
    """
    pinned = select(col(Conversation.id)).where(
        col(Conversation.owner_id) == owner_id, col(Conversation.pinned_at).is_not(None)
    )
    listed = select(col(Conversation.id)).where(
        col(Conversation.owner_id) == owner_id,
        col(Conversation.deleted_at).is_(None),
        col(Conversation.archived_at).is_(None),
        col(Conversation.temporary).is_(False),
        col(Conversation.updated_at) < before,
        col(Conversation.id).not_in(pinned),
    )
    archived = select(col(ConversationFilter.conversation_id)).where(
        col(ConversationFilter.owner_id) == owner_id,
        col(ConversationFilter.archived).is_(True),
        col(ConversationFilter.model) == "",
        col(ConversationFilter.folder_id) == "",
        col(ConversationFilter.tag) == "",
        col(ConversationFilter.listed_at) < before,
        col(ConversationFilter.conversation_id).not_in(pinned),
    )
    ids = [*await session.scalars(listed.limit(limit)), *await session.scalars(archived.limit(limit))]
    ours = update(Conversation).where(
        col(Conversation.owner_id) == owner_id, col(Conversation.id).in_(ids[:limit])
    )
    return await change(session, ours.values(deleted_at=now))


async def forget_temporary(session: AsyncSession, owner_id: str, conversation_ids: Sequence[str]) -> int:
    """Delete temporary conversations forever, and return how many."""
    ours = update(Conversation).where(
        col(Conversation.owner_id) == owner_id,
        col(Conversation.id).in_(conversation_ids),
        col(Conversation.temporary).is_(True),
    )
    return await change(session, ours.values(deleted_at=LONG_AGO))


def _in_trash(owner_id: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        col(Conversation.owner_id) == owner_id,
        col(Conversation.deleted_at).is_not(None),
        col(Conversation.deleted_at) >= now - RESTORABLE_FOR,
        col(Conversation.temporary).is_(False),
    )


def _require_all(conversation_ids: Sequence[str], changed: int) -> None:
    if changed != len(conversation_ids):
        raise ConversationNotFound(conversation_ids[0])
