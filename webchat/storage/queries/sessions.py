"""Sessions by the hash of their token: they identify a person, so these queries take no owner."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import change
from webchat.storage.tables import User, UserSession
from webchat.storage.types import UserRole

MOST = 50
"""Sessions of one user; the one not seen for longest makes room."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose session it is."""

    session_id: str
    user_id: str
    role: UserRole
    created_at: datetime
    last_seen_at: datetime


async def add(session: AsyncSession, row: UserSession) -> None:
    """Save a new session, and delete expired ones and the user's oldest above `MOST`."""
    await change(session, delete(UserSession).where(col(UserSession.expires_at) <= row.created_at))
    mine = select(col(UserSession.id)).where(col(UserSession.user_id) == row.user_id)
    newest = mine.order_by(col(UserSession.last_seen_at).desc(), col(UserSession.id).desc())
    surplus = list(await session.scalars(newest.offset(MOST - 1)))
    await change(session, delete(UserSession).where(col(UserSession.id).in_(surplus)))
    session.add(row)
    await session.flush()
    await _note_seen(session, row.user_id, row.created_at)


async def find(session: AsyncSession, token_hash: str, now: datetime) -> SignedIn | None:
    """The session with this token, unless it has expired or its user may not use webchat."""
    found = await session.execute(
        select(
            col(UserSession.id),
            col(UserSession.user_id),
            col(User.role),
            col(UserSession.created_at),
            col(UserSession.last_seen_at),
        )
        .join(User, col(User.id) == col(UserSession.user_id))
        .where(
            col(UserSession.token_hash) == token_hash,
            col(UserSession.expires_at) > now,
            col(User.disabled_at).is_(None),
            col(User.deleted_at).is_(None),
        )
    )
    row = found.one_or_none()
    return None if row is None else SignedIn(*row)


async def still_valid(session: AsyncSession, token_hashes: Collection[str], now: datetime) -> set[str]:
    """Those of these tokens that `find` would find."""
    valid = (
        select(col(UserSession.token_hash))
        .join(User, col(User.id) == col(UserSession.user_id))
        .where(
            col(UserSession.token_hash).in_(token_hashes),
            col(UserSession.expires_at) > now,
            col(User.disabled_at).is_(None),
            col(User.deleted_at).is_(None),
        )
    )
    return set(await session.scalars(valid))


async def touch(session: AsyncSession, found: SignedIn, now: datetime, expires_at: datetime) -> None:
    """Note that a session was used now."""
    used = update(UserSession).where(col(UserSession.id) == found.session_id)
    await change(session, used.values(last_seen_at=now, expires_at=expires_at))
    await _note_seen(session, found.user_id, now)


async def of_user(session: AsyncSession, user_id: str, now: datetime) -> list[UserSession]:
    """The user's sessions, the one used last first."""
    mine = select(UserSession).where(col(UserSession.user_id) == user_id, col(UserSession.expires_at) > now)
    return list(await session.scalars(mine.order_by(col(UserSession.last_seen_at).desc())))


async def remove(session: AsyncSession, user_id: str, session_id: str) -> bool:
    """End one session of the user; False if there is none with this id."""
    mine = delete(UserSession).where(col(UserSession.user_id) == user_id, col(UserSession.id) == session_id)
    return await change(session, mine) > 0


async def remove_all(session: AsyncSession, user_id: str, *, besides: str = "") -> int:
    """End all sessions of the user except one, and return how many."""
    mine = delete(UserSession).where(col(UserSession.user_id) == user_id, col(UserSession.id) != besides)
    return await change(session, mine)


async def _note_seen(session: AsyncSession, user_id: str, now: datetime) -> None:
    await change(session, update(User).where(col(User.id) == user_id).values(last_seen_at=now))
