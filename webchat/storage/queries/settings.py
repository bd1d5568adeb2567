"""Preferences of one owner: any JSON value by key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import built_once
from webchat.storage.tables import Setting

PRICES = "prices"
"""The key of an owner's prices: for each `Provider:model` those of a million input and output tokens."""


async def get_value(session: AsyncSession, owner_id: str, key: str, default: Any = None) -> Any:
    """The value of `key`, or `default` if it was never set."""
    row = await _row(session, owner_id, key)
    return default if row is None else row.value


async def get_all(session: AsyncSession, owner_id: str) -> dict[str, Any]:
    """Every setting of the owner."""
    rows = await session.scalars(select(Setting).where(col(Setting.owner_id) == owner_id))
    return {row.key: row.value for row in rows}


async def set_value(session: AsyncSession, owner_id: str, key: str, value: Any) -> None:
    """Set `key` to `value`, which may be any JSON value."""
    row = await _row(session, owner_id, key)
    if row is None:
        session.add(Setting(owner_id=owner_id, key=key, value=value))
    else:
        row.value = value
    await session.flush()


async def _row(session: AsyncSession, owner_id: str, key: str) -> Setting | None:
    return (await session.scalars(_get(), {"owner_id": owner_id, "key": key})).one_or_none()


@built_once
def _get() -> Select[Setting]:
    ours = col(Setting.owner_id) == bindparam("owner_id")
    return select(Setting).where(ours, col(Setting.key) == bindparam("key"))
