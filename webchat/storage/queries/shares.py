"""Share links as their owner sees them. Links of a deleted conversation are hidden until it is restored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, and_, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from webchat.storage.errors import ShareNotFound
from webchat.storage.queries import conversations
from webchat.storage.queries._rows import change
from webchat.storage.tables import Conversation, Share


class ShareValues(TypedDict, total=False):
    """The fields of a link to change; omitted ones stay unchanged."""

    title: str
    snapshot: str
    messages: int
    choice: dict[str, Any]
    passphrase_hash: str | None
    may_continue: bool
    updated_at: datetime
    expires_at: datetime | None


async def add(session: AsyncSession, owner_id: str, share: Share) -> Share:
    """Save a new link of the owner.

    Raises:
        ConversationNotFound: the owner has no such conversation.
    """
    await conversations.require(session, owner_id, share.conversation_id)
    share.owner_id = owner_id
    session.add(share)
    await session.flush()
    return share


async def require(session: AsyncSession, owner_id: str, share_id: str) -> Share:
    """The owner's link with this id.

    Raises:
        ShareNotFound: the owner has none.
    """
    ours = select(Share).where(_ours(owner_id), col(Share.id) == share_id)
    share = (await session.scalars(ours)).one_or_none()
    if share is None:
        raise ShareNotFound(share_id)
    return share


async def list_all(session: AsyncSession, owner_id: str, conversation_id: str | None = None) -> list[Share]:
    """The owner's links without their copies, newest first; only those of one conversation if given."""
    wanted = select(Share).where(_ours(owner_id))
    if conversation_id is not None:
        wanted = wanted.where(col(Share.conversation_id) == conversation_id)
    newest = wanted.order_by(col(Share.id).desc()).options(defer(Share.snapshot))  # type: ignore[arg-type]
    return list(await session.scalars(newest))


async def count(session: AsyncSession, owner_id: str, conversation_id: str) -> int:
    """The number of links to a conversation, deleted or not."""
    counted = select(func.count()).select_from(Share)
    counted = counted.where(col(Share.owner_id) == owner_id, col(Share.conversation_id) == conversation_id)
    return (await session.scalars(counted)).one()


async def update(session: AsyncSession, owner_id: str, share_id: str, **values: Unpack[ShareValues]) -> Share:
    """Change a link and return it.

    Raises:
        ShareNotFound: the owner has none with this id.
    """
    share = await require(session, owner_id, share_id)
    for field, value in values.items():
        setattr(share, field, value)
    await session.flush()
    return share


async def remove(session: AsyncSession, owner_id: str, share_id: str) -> bool:
    """Permanently remove a link and its copy; False if the owner has none with this id."""
    ours = delete(Share).where(col(Share.owner_id) == owner_id, col(Share.id) == share_id)
    return await change(session, ours) > 0


def _ours(owner_id: str) -> ColumnElement[bool]:
    there = exists().where(
        col(Conversation.id) == col(Share.conversation_id), col(Conversation.deleted_at).is_(None)
    )
    return and_(col(Share.owner_id) == owner_id, there)
