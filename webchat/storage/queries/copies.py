"""Whole conversations written at once, in batches between which others can write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries import conversations
from webchat.storage.queries._rows import change
from webchat.storage.tables import Conversation, Table

_MESSAGE = Table.metadata.tables["message"]


async def begin(session: AsyncSession, owner_id: str, title: str, model: str | None, now: datetime) -> str:
    """Add a conversation that is deleted until `show` is called, and return its id."""
    conversation = await conversations.create(session, owner_id, title=title, model=model, now=now)
    conversation.deleted_at = now
    await session.flush()
    return conversation.id


async def add_messages(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Add messages, parents first; every column of the table has its value in each row."""
    if rows:
        await (await session.connection()).execute(insert(_MESSAGE), list(rows))


async def show(session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str | None) -> None:
    """Let the owner see the conversation that `begin` added, with the branch that ends at `leaf_id`."""
    begun = update(Conversation).where(
        col(Conversation.owner_id) == owner_id, col(Conversation.id) == conversation_id
    )
    await change(session, begun.values(deleted_at=None, current_leaf_id=leaf_id))
