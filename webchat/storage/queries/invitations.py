"""Invitations by the hash of their token. They have no owner: the person with the link is not known yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import change
from webchat.storage.tables import Invitation


async def add(session: AsyncSession, row: Invitation) -> None:
    """Save a new invitation; an earlier one to the same account ends."""
    if row.user_id is not None:
        await change(session, delete(Invitation).where(col(Invitation.user_id) == row.user_id))
    session.add(row)
    await session.flush()


async def find(session: AsyncSession, token_hash: str, now: datetime) -> Invitation | None:
    """The invitation with this token, unless it was used or has expired."""
    wanted = select(Invitation).where(
        col(Invitation.token_hash) == token_hash,
        col(Invitation.used_at).is_(None),
        col(Invitation.expires_at) > now,
    )
    return (await session.scalars(wanted)).one_or_none()


async def use(session: AsyncSession, invitation_id: str, now: datetime) -> bool:
    """Mark it as used; False if somebody was faster."""
    unused = update(Invitation).where(col(Invitation.id) == invitation_id, col(Invitation.used_at).is_(None))
    return await change(session, unused.values(used_at=now)) > 0


async def open_ones(session: AsyncSession, now: datetime) -> list[Invitation]:
    """Those to new accounts that can still be used, newest first."""
    wanted = select(Invitation).where(
        col(Invitation.user_id).is_(None),
        col(Invitation.used_at).is_(None),
        col(Invitation.expires_at) > now,
    )
    return list(await session.scalars(wanted.order_by(col(Invitation.id).desc())))


async def count_open(session: AsyncSession, now: datetime) -> int:
    """The number of invitations that can still be used."""
    wanted = select(func.count()).select_from(Invitation)
    return await session.scalar(wanted.where(col(Invitation.expires_at) > now)) or 0


async def remove(session: AsyncSession, invitation_id: str) -> bool:
    """Withdraw an invitation; False if there is none with this id."""
    return await change(session, delete(Invitation).where(col(Invitation.id) == invitation_id)) > 0


async def remove_old(session: AsyncSession, before: datetime) -> int:
    """Remove those that expired before a time, and return how many."""
    return await change(session, delete(Invitation).where(col(Invitation.expires_at) <= before))
