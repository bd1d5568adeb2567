"""All versions of a conversation's messages, for the tree of its branches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.messages import Role
from webchat.storage.tables import Message


@dataclass(frozen=True, slots=True)
class TreeMessage:
    """One message of the tree with the start of its text, which is empty for a deleted one."""

    id: str
    parent_id: str | None
    role: Role
    model: str | None
    created_at: datetime
    deleted: bool
    start: str


async def tree_messages(
    session: AsyncSession, owner_id: str, conversation_id: str, *, before: str, limit: int, characters: int
) -> list[TreeMessage]:
    """The newest `limit` messages with ids below `before` (empty: any), newest first.

    Deleted messages are included, because others may be below them.
    """
    wanted = select(
        col(Message.id),
        col(Message.parent_id),
        col(Message.role),
        col(Message.model),
        col(Message.created_at),
        col(Message.deleted_at).is_not(None),
        func.substr(col(Message.content), 1, characters),
    ).where(col(Message.owner_id) == owner_id, col(Message.conversation_id) == conversation_id)
    if before:
        wanted = wanted.where(col(Message.id) < before)
    rows = await session.execute(wanted.order_by(col(Message.id).desc()).limit(limit))
    return [
        TreeMessage(id, parent_id, role, model, created_at, deleted, "" if deleted else start)
        for id, parent_id, role, model, created_at, deleted, start in rows
    ]
