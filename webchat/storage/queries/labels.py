"""Marks that people put on conversations: pins, the archive, folders and tags.

Functions that change several conversations change all of them or, with ConversationNotFound, none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import ConversationNotFound
from webchat.storage.queries._rows import change
from webchat.storage.queries.folders import require_folder
from webchat.storage.tables import Conversation, ConversationFilter, ConversationTag

_TAGS = ConversationTag.__table__  # type: ignore[attr-defined]


async def set_pinned(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str], at: datetime | None
) -> None:
    """Pin conversations, or with None unpin them.

    Raises:
        ConversationNotFound: the owner does not have one of them.
    """
    await _set(session, owner_id, conversation_ids, pinned_at=at)


async def set_archived(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str], at: datetime | None
) -> None:
    """Archive conversations, or with None list them again.

    Raises:
        ConversationNotFound: the owner does not have one of them.
    """
    await _set(session, owner_id, conversation_ids, archived_at=at)


async def set_folder(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str], folder_id: str | None
) -> None:
    """Move conversations into a folder; None for no folder.

    Raises:
        FolderNotFound, ConversationNotFound: the owner does not have the folder or one of them.
    """
    if folder_id is not None:
        await require_folder(session, owner_id, folder_id)
    await _set(session, owner_id, conversation_ids, folder_id=folder_id)


async def tags_of(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str]
) -> dict[str, list[str]]:
    """The tags of conversations in alphabetical order, by conversation id; without those that have none."""
    rows = await session.execute(
        select(_TAGS.c.conversation_id, _TAGS.c.tag)
        .where(_TAGS.c.owner_id == owner_id, _TAGS.c.conversation_id.in_(conversation_ids))
        .order_by(_TAGS.c.conversation_id, _TAGS.c.tag)
    )
    tags: dict[str, list[str]] = {}
    for id_, tag in rows:
        tags.setdefault(id_, []).append(tag)
    return tags


async def set_tags(session: AsyncSession, owner_id: str, conversation_id: str, tags: Sequence[str]) -> None:
    """Give a conversation these tags and no others.

    Raises:
        ConversationNotFound: the owner has none with this id.
    """
    await _require_all(session, owner_id, [conversation_id])
    there = set((await tags_of(session, owner_id, [conversation_id])).get(conversation_id, []))
    gone = there - set(tags)
    if gone:
        ours = delete(ConversationTag).where(
            _TAGS.c.owner_id == owner_id, _TAGS.c.conversation_id == conversation_id, _TAGS.c.tag.in_(gone)
        )
        await change(session, ours)
    for tag in sorted(set(tags) - there):
        await add_tag(session, owner_id, [conversation_id], tag)


async def add_tag(session: AsyncSession, owner_id: str, conversation_ids: Sequence[str], tag: str) -> None:
    """Add a tag to conversations; those that have it keep it.

    Raises:
        ConversationNotFound: the owner does not have one of them.
    """
    await _require_all(session, owner_id, conversation_ids)
    having = select(_TAGS.c.conversation_id).where(
        _TAGS.c.conversation_id.in_(conversation_ids), _TAGS.c.tag == tag
    )
    lacking = select(col(Conversation.id), literal(tag), col(Conversation.owner_id)).where(
        col(Conversation.owner_id) == owner_id,
        col(Conversation.id).in_(conversation_ids),
        col(Conversation.id).not_in(having),
    )
    await session.execute(insert(_TAGS).from_select(["conversation_id", "tag", "owner_id"], lacking))


async def remove_tag(session: AsyncSession, owner_id: str, conversation_ids: Sequence[str], tag: str) -> None:
    """Take a tag away from conversations; those without it stay as they are.

    Raises:
        ConversationNotFound: the owner does not have one of them.
    """
    await _require_all(session, owner_id, conversation_ids)
    ours = delete(ConversationTag).where(
        _TAGS.c.owner_id == owner_id, _TAGS.c.conversation_id.in_(conversation_ids), _TAGS.c.tag == tag
    )
    await change(session, ours)


async def count_tags(session: AsyncSession, owner_id: str) -> dict[str, int]:
    """How many listed conversations have each tag, in alphabetical order."""
    columns = ConversationFilter.__table__.c  # type: ignore[attr-defined]
    counted = (
        select(columns.tag, func.count())
        .where(
            columns.owner_id == owner_id,
            columns.archived.is_(False),
            columns.model == "",
            columns.folder_id == "",
            columns.tag > "",
        )
        .group_by(columns.tag)
        .order_by(columns.tag)
    )
    return {tag: count for tag, count in await session.execute(counted)}


async def _set(session: AsyncSession, owner_id: str, conversation_ids: Sequence[str], **values: Any) -> None:
    await _require_all(session, owner_id, conversation_ids)
    ours = update(Conversation).where(
        col(Conversation.owner_id) == owner_id, col(Conversation.id).in_(conversation_ids)
    )
    await change(session, ours.values(**values))


async def those_there(session: AsyncSession, owner_id: str, conversation_ids: Sequence[str]) -> list[str]:
    """Those of these conversations that the owner has, in any order."""
    ours = select(col(Conversation.id)).where(
        col(Conversation.owner_id) == owner_id,
        col(Conversation.id).in_(conversation_ids),
        col(Conversation.deleted_at).is_(None),
        col(Conversation.temporary).is_(False),
    )
    return list(await session.scalars(ours))


async def _require_all(session: AsyncSession, owner_id: str, conversation_ids: Sequence[str]) -> None:
    there = set(await those_there(session, owner_id, conversation_ids))
    for id_ in conversation_ids:
        if id_ not in there:
            raise ConversationNotFound(id_)
