"""The owners. This is the only module that looks up users without an owner's id."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.tables import User


async def ensure_local_owner(session: AsyncSession, name: str = "") -> User:
    """The first user, created with `name` in an empty database; needs a write session."""
    first = await local_owner(session)
    if first is not None:
        return first
    user = User(name=name)
    session.add(user)
    await session.flush()
    return user


async def local_owner(session: AsyncSession) -> User | None:
    """The first user; None in an empty database."""
    return (await session.scalars(select(User).order_by(col(User.id)).limit(1))).one_or_none()
