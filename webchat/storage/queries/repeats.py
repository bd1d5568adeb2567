"""The questions of a branch, as they are asked again in another conversation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.messages import Role
from webchat.storage.queries._branches import upwards
from webchat.storage.tables import Message


async def count_questions(
    session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str | None
) -> int:
    """The number of the owner's questions on the branch that ends at `leaf_id`, except deleted ones."""
    wanted = _questions(select(func.count()).select_from(Message), owner_id, conversation_id, leaf_id)
    return int((await session.scalars(wanted)).one())


async def question_at(
    session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str | None, place: int
) -> Message | None:
    """The question at a place of that branch, counted from 0; None after the last one."""
    wanted = _questions(select(Message), owner_id, conversation_id, leaf_id)
    found: Message | None = (
        await session.scalars(wanted.order_by(col(Message.depth)).offset(place).limit(1))
    ).one_or_none()
    return found


def _questions(wanted: Select[Any], owner_id: str, conversation_id: str, leaf_id: str | None) -> Select[Any]:
    walk = upwards(owner_id, conversation_id, leaf_id, None)
    return wanted.join(walk, walk.c.id == col(Message.id)).where(
        col(Message.role) == Role.USER, col(Message.deleted_at).is_(None)
    )
