"""Identities by issuer and subject: they identify a person, so these queries take no owner."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import change
from webchat.storage.tables import Identity


async def find(session: AsyncSession, issuer: str, subject: str) -> Identity | None:
    """The identity of this subject."""
    wanted = select(Identity).where(col(Identity.issuer) == issuer, col(Identity.subject) == subject)
    return (await session.scalars(wanted)).one_or_none()


async def add(session: AsyncSession, user_id: str, issuer: str, subject: str) -> Identity:
    """Connect a subject, which is connected with nobody, with a user."""
    row = Identity(user_id=user_id, issuer=issuer, subject=subject)
    session.add(row)
    await session.flush()
    return row


async def touch(session: AsyncSession, identity_id: str, now: datetime) -> None:
    """Note that an identity was used now."""
    used = update(Identity).where(col(Identity.id) == identity_id)
    await change(session, used.values(last_used_at=now))


async def of_user(session: AsyncSession, user_id: str) -> list[Identity]:
    """The user's identities, the oldest first."""
    mine = select(Identity).where(col(Identity.user_id) == user_id)
    return list(await session.scalars(mine.order_by(col(Identity.id))))


async def remove(session: AsyncSession, user_id: str, identity_id: str) -> bool:
    """Disconnect one of the user's identities; False if there is none with this id."""
    mine = delete(Identity).where(col(Identity.user_id) == user_id, col(Identity.id) == identity_id)
    return await change(session, mine) > 0


async def users_with_any(session: AsyncSession) -> set[str]:
    """The ids of all users who have an identity."""
    return set(await session.scalars(select(col(Identity.user_id)).distinct()))
