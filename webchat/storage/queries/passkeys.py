"""Passkeys by the credential a browser presents: it identifies a person, so these queries take no owner."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import PasskeyNotFound
from webchat.storage.queries._rows import change
from webchat.storage.tables import Passkey


async def find(session: AsyncSession, credential_id: str) -> Passkey | None:
    """The passkey with this credential id."""
    wanted = select(Passkey).where(col(Passkey.credential_id) == credential_id)
    return (await session.scalars(wanted)).one_or_none()


async def of_user(session: AsyncSession, user_id: str) -> list[Passkey]:
    """The user's passkeys, the oldest first."""
    mine = select(Passkey).where(col(Passkey.user_id) == user_id)
    return list(await session.scalars(mine.order_by(col(Passkey.id))))


async def count(session: AsyncSession, user_id: str) -> int:
    """The number of the user's passkeys."""
    mine = select(func.count()).select_from(Passkey).where(col(Passkey.user_id) == user_id)
    return await session.scalar(mine) or 0


async def add(session: AsyncSession, row: Passkey) -> None:
    """Save a new passkey, whose credential nobody may have yet."""
    session.add(row)
    await session.flush()


async def note_use(
    session: AsyncSession, passkey_id: str, sign_count: int, backed_up: bool, now: datetime
) -> bool:
    """Note that a passkey was used; False if it is gone, or a use with this or a higher count was noted."""
    later = or_(col(Passkey.sign_count) < sign_count, col(Passkey.sign_count) == 0)
    used = update(Passkey).where(col(Passkey.id) == passkey_id, later)
    return (
        await change(session, used.values(sign_count=sign_count, backed_up=backed_up, last_used_at=now)) > 0
    )


async def rename(session: AsyncSession, user_id: str, passkey_id: str, name: str) -> None:
    """Rename one of the user's passkeys.

    Raises:
        PasskeyNotFound: the user has none with this id.
    """
    mine = update(Passkey).where(col(Passkey.user_id) == user_id, col(Passkey.id) == passkey_id)
    if not await change(session, mine.values(name=name)):
        raise PasskeyNotFound(passkey_id)


async def remove(session: AsyncSession, user_id: str, passkey_id: str) -> str:
    """Remove one of the user's passkeys and return its name.

    Raises:
        PasskeyNotFound: the user has none with this id.
    """
    mine = (col(Passkey.user_id) == user_id, col(Passkey.id) == passkey_id)
    name = await session.scalar(select(col(Passkey.name)).where(*mine))
    if name is None:
        raise PasskeyNotFound(passkey_id)
    await change(session, delete(Passkey).where(*mine))
    return name


async def remove_all(session: AsyncSession, user_id: str) -> int:
    """Remove all of the user's passkeys, and return how many."""
    return await change(session, delete(Passkey).where(col(Passkey.user_id) == user_id))
