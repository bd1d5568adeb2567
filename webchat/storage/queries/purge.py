"""Permanently removes what was deleted long ago, for all owners at once.

Each kind has two functions. One finds the ids of a few rows in a read session. The other checks again that
they should be removed, removes them in a write session, and returns how many.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import change
from webchat.storage.queries.trash import LONG_AGO
from webchat.storage.tables import (
    Assistant,
    AssistantLink,
    Attachment,
    Conversation,
    Diagram,
    Generation,
    Message,
    Setting,
    Share,
)
from webchat.storage.types import utc_now

CONVERSATIONS_AT_ONCE = 20
"""Number of deleted conversations emptied together."""
CHARACTERS = 4_000_000
"""Maximum characters removed in one transaction, except for a single message."""


async def find_shares(session: AsyncSession, before: datetime, limit: int) -> list[str]:
    """Links that expired, or whose conversation was deleted, before a time."""
    expired = select(col(Share.id)).where(col(Share.expires_at) < before).limit(limit)
    dead = select(col(Share.id)).where(col(Share.conversation_id).in_(_deleted(before))).limit(limit)
    found = {*await session.scalars(expired), *await session.scalars(dead)}
    return sorted(found)[:limit]


async def remove_shares(session: AsyncSession, ids: Sequence[str], before: datetime) -> int:
    """Remove links with their copies."""
    over = or_(col(Share.expires_at) < before, col(Share.conversation_id).in_(_deleted(before)))
    return await change(session, delete(Share).where(col(Share.id).in_(ids), over))


async def find_assistant_links(session: AsyncSession, before: datetime, limit: int) -> list[str]:
    """Links to assistants that expired before a time."""
    expired = select(col(AssistantLink.id)).where(col(AssistantLink.expires_at) < before)
    return list(await session.scalars(expired.limit(limit)))


async def remove_assistant_links(session: AsyncSession, ids: Sequence[str], before: datetime) -> int:
    """Remove such links with their copies."""
    expired = and_(col(AssistantLink.id).in_(ids), col(AssistantLink.expires_at) < before)
    return await change(session, delete(AssistantLink).where(expired))


async def find_assistants(session: AsyncSession, before: datetime, limit: int) -> list[str]:
    """Assistants deleted before a time."""
    gone = select(col(Assistant.id)).where(col(Assistant.deleted_at) < before)
    return list(await session.scalars(gone.limit(limit)))


async def remove_assistants(session: AsyncSession, ids: Sequence[str], before: datetime) -> int:
    """Remove such assistants with their links."""
    gone = and_(col(Assistant.id).in_(ids), col(Assistant.deleted_at) < before)
    return await change(session, delete(Assistant).where(gone))


async def find_erasable(session: AsyncSession, before: datetime, limit: int) -> list[str]:
    """Individually deleted messages, deleted before a time, that still have their text."""
    wanted = select(col(Message.id)).where(_erasable(before)).order_by(col(Message.deleted_at)).limit(limit)
    return await _within_reason(session, list(await session.scalars(wanted)))


async def erase(session: AsyncSession, ids: Sequence[str], before: datetime) -> int:
    """Remove the text, files and diagrams of deleted messages, and the generations that wrote it with their
    attempts.

    The empty rows stay until their conversation is removed, because other messages may be below them.
    """
    erased = update(Message).where(col(Message.id).in_(ids), _erasable(before))
    count = await change(session, erased.values(content="", reasoning="", raw=None, erased_at=utc_now()))
    bare = select(col(Message.id)).where(col(Message.id).in_(ids), col(Message.erased_at).is_not(None))
    await change(session, delete(Generation).where(col(Generation.message_id).in_(bare)))
    await change(session, delete(Attachment).where(col(Attachment.message_id).in_(bare)))
    await change(session, delete(Diagram).where(col(Diagram.message_id).in_(bare)))
    return count


async def find_messages(session: AsyncSession, before: datetime, limit: int) -> list[str]:
    """The deepest messages of some conversations deleted before a time, which have no others below them."""
    some = _deleted(before).order_by(col(Conversation.deleted_at)).limit(CONVERSATIONS_AT_ONCE)
    wanted = select(col(Message.id)).where(col(Message.conversation_id).in_(some))
    deepest = wanted.order_by(col(Message.depth).desc(), col(Message.id)).limit(limit)
    return await _within_reason(session, list(await session.scalars(deepest)))


async def remove_messages(session: AsyncSession, ids: Sequence[str], before: datetime) -> int:
    """Remove messages of deleted conversations, with their generations."""
    gone = delete(Message).where(col(Message.id).in_(ids), col(Message.conversation_id).in_(_deleted(before)))
    return await change(session, gone)


async def forget_all_temporary(session: AsyncSession) -> int:
    """Mark every temporary conversation as deleted forever, and return how many. Nobody has one open."""
    all_of_them = update(Conversation).where(
        col(Conversation.temporary).is_not(False), col(Conversation.deleted_at).is_(None)
    )
    return await change(session, all_of_them.values(deleted_at=LONG_AGO))


async def owners_with_setting(session: AsyncSession, key: str) -> dict[str, Any]:
    """The value of a setting for each owner who has it."""
    rows = await session.scalars(select(Setting).where(col(Setting.key) == key))
    return {row.owner_id: row.value for row in rows}


async def find_conversations(session: AsyncSession, before: datetime, limit: int) -> list[str]:
    """Conversations deleted before a time that have no messages left."""
    oldest = _deleted(before).where(_is_empty()).order_by(col(Conversation.deleted_at))
    return list(await session.scalars(oldest.limit(limit)))


async def remove_conversations(session: AsyncSession, ids: Sequence[str], before: datetime) -> int:
    """Remove empty deleted conversations."""
    gone = delete(Conversation).where(
        col(Conversation.id).in_(ids), col(Conversation.deleted_at) < before, _is_empty()
    )
    return await change(session, gone)


def _deleted(before: datetime) -> Select[str]:
    return select(col(Conversation.id)).where(col(Conversation.deleted_at) < before)


def _is_empty() -> ColumnElement[bool]:
    return ~exists().where(col(Message.conversation_id) == col(Conversation.id))


def _erasable(before: datetime) -> ColumnElement[bool]:
    return and_(col(Message.deleted_at) < before, col(Message.erased_at).is_(None))


async def _within_reason(session: AsyncSession, ids: list[str]) -> list[str]:
    """The first of these messages with up to `CHARACTERS` of text in total, but at least one."""
    if not ids:
        return []
    size = func.length(col(Message.content)) + func.length(col(Message.reasoning))
    rows = await session.execute(select(col(Message.id), size).where(col(Message.id).in_(ids)))
    sizes = {id_: characters for id_, characters in rows}
    sums = accumulate(sizes.get(id_, 0) for id_ in ids)
    fitting = [id_ for id_, total in zip(ids, sums, strict=True) if total <= CHARACTERS]
    return fitting or ids[:1]
