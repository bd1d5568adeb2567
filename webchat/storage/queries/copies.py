"""Writes whole conversations in batches, between which other writers can run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries import conversations
from webchat.storage.queries._rows import change
from webchat.storage.tables import Conversation, Table

_MESSAGE = Table.metadata.tables["message"]


async def begin(session: AsyncSession, owner_id: str, title: str, model: str | None, now: datetime) -> str:
    """Add a conversation that is marked as deleted until `show` is called, and return its id."""
    conversation = await conversations.create(session, owner_id, title=title, model=model, now=now)
    conversation.deleted_at = now
    await session.flush()
    return conversation.id


async def add_messages(
    session: AsyncSession, owner_id: str, conversation_id: str, rows: Sequence[dict[str, Any]]
) -> int:
    """Add messages, parents first, to a conversation from `begin`, and return how many.

    Each row has a value for every other column of the table. Returns 0 if the owner has no such conversation.
    """
    begun = select(exists().where(*_begun(owner_id, conversation_id)))
    if not rows or not (await session.scalars(begun)).one():
        return 0
    whose = {"owner_id": owner_id, "conversation_id": conversation_id}
    await (await session.connection()).execute(insert(_MESSAGE), [row | whose for row in rows])
    return len(rows)


async def show(session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str | None) -> bool:
    """Make a conversation from `begin` visible, with the branch that ends at `leaf_id`.

    False if the owner has none.
    """
    begun = update(Conversation).where(*_begun(owner_id, conversation_id))
    return await change(session, begun.values(deleted_at=None, current_leaf_id=leaf_id)) > 0


def _begun(owner_id: str, conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Conversation.owner_id) == owner_id,
        col(Conversation.id) == conversation_id,
        col(Conversation.deleted_at).is_not(None),
    )
