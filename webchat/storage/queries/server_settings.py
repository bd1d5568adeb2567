"""Preferences of the whole server: any JSON value by key. They have no owner; administrators set them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from webchat.storage.tables import ServerSetting


async def get_value(session: AsyncSession, key: str, default: Any = None) -> Any:
    """The value of `key`, or `default` if it was never set."""
    row = await session.get(ServerSetting, key)
    return default if row is None else row.value


async def set_value(session: AsyncSession, key: str, value: Any) -> None:
    """Set `key` to `value`, which may be any JSON value."""
    row = await session.get(ServerSetting, key)
    if row is None:
        session.add(ServerSetting(key=key, value=value))
    else:
        row.value = value
    await session.flush()
