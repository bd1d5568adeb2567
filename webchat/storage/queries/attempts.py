"""Attempts of generations at one provider each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.tables import Attempt, Generation, Message


@dataclass(frozen=True, slots=True)
class AttemptEnding:
    """One finished attempt at one provider. `error_code` is None if it succeeded."""

    provider: str
    model: str
    started_at: datetime
    first_text_at: datetime | None = None
    ended_at: datetime | None = None
    error_code: str | None = None
    error_arguments: Mapping[str, Any] | None = None


async def list_attempts(
    session: AsyncSession, owner_id: str, conversation_id: str, *, generation_id: str | None = None
) -> list[Attempt]:
    """The attempts of a conversation's generations, or of one of them, oldest first."""
    wanted = (
        select(Attempt)
        .join(Generation, col(Generation.id) == col(Attempt.generation_id))
        .join(Message, col(Message.id) == col(Generation.message_id))
        .where(col(Attempt.owner_id) == owner_id, col(Message.conversation_id) == conversation_id)
    )
    if generation_id is not None:
        wanted = wanted.where(col(Attempt.generation_id) == generation_id)
    return list(await session.scalars(wanted.order_by(col(Attempt.generation_id), col(Attempt.number))))


async def recent_attempts(
    session: AsyncSession, owner_id: str, provider: str, *, limit: int
) -> list[Attempt]:
    """The latest ended attempts at one provider, newest first."""
    wanted = select(Attempt).where(
        col(Attempt.owner_id) == owner_id,
        col(Attempt.provider) == provider,
        col(Attempt.ended_at).is_not(None),
    )
    return list(await session.scalars(wanted.order_by(col(Attempt.id).desc()).limit(limit)))
