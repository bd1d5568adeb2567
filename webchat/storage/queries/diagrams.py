"""Diagrams of answers as browsers have drawn them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import change
from webchat.storage.tables import Diagram


async def get(session: AsyncSession, owner_id: str, message_id: str, hash: str) -> Diagram | None:
    """The drawing of one diagram of the owner's message."""
    found = await session.get(Diagram, (message_id, hash))
    return found if found is not None and found.owner_id == owner_id else None


async def count(session: AsyncSession, owner_id: str, message_id: str | None = None) -> int:
    """How many drawings the owner has, or one message of the owner's."""
    wanted = select(func.count()).where(col(Diagram.owner_id) == owner_id)
    if message_id is not None:
        wanted = wanted.where(col(Diagram.message_id) == message_id)
    return await session.scalar(wanted) or 0


async def forget_oldest(session: AsyncSession, owner_id: str) -> int:
    """Delete the drawings of the owner's oldest message that has any, and return how many."""
    # Ids of messages sort by the time they were made.
    oldest = (
        select(func.min(col(Diagram.message_id))).where(col(Diagram.owner_id) == owner_id).scalar_subquery()
    )
    return await change(session, delete(Diagram).where(col(Diagram.message_id) == oldest))


async def of_messages(
    session: AsyncSession, owner_id: str, message_ids: Collection[str], most: int
) -> dict[str, list[Diagram]]:
    """The drawings of each of the owner's messages that has any, as far as they have `most` characters
    together."""
    if not message_ids:
        return {}
    # Concatenated, so that SQLite looks for the messages instead of reading every drawing of the owner.
    ours = (col(Diagram.owner_id).concat("") == owner_id, col(Diagram.message_id).in_(message_ids))
    size = func.length(col(Diagram.svg)) + func.length(col(Diagram.source))
    sizes = select(col(Diagram.message_id), col(Diagram.hash), size).where(*ours)
    fitting = []
    for message_id, hash, characters in await session.execute(sizes.order_by(col(Diagram.message_id))):
        if characters <= most:
            most -= characters
            fitting.append((message_id, hash))
    wanted = select(Diagram).where(*ours, tuple_(col(Diagram.message_id), col(Diagram.hash)).in_(fitting))
    found: dict[str, list[Diagram]] = {}
    for each in await session.scalars(wanted) if fitting else ():
        found.setdefault(each.message_id, []).append(each)
    return found
