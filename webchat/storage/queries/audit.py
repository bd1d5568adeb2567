"""The audit log. It has no owner: administrators read what everyone did that changed access."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import change
from webchat.storage.tables import AuditEvent


async def add(session: AsyncSession, row: AuditEvent, kept: int, kept_of: Mapping[str, int]) -> None:
    """Save an event and drop the oldest ones above `kept`, or above the number for its kind in `kept_of`."""
    session.add(row)
    await session.flush()
    numbers = select(col(AuditEvent.number)).order_by(col(AuditEvent.number).desc())
    if row.what in kept_of:
        of_kind = numbers.where(col(AuditEvent.what) == row.what).offset(kept_of[row.what])
        await change(session, delete(AuditEvent).where(col(AuditEvent.number).in_(of_kind)))
    last = await session.scalar(select(func.max(col(AuditEvent.number)))) or 0
    await change(session, delete(AuditEvent).where(col(AuditEvent.number) <= last - kept))


async def page(session: AsyncSession, limit: int, before: int | None = None) -> list[AuditEvent]:
    """The latest events, newest first; `before` is the number of the last one of the previous page."""
    wanted = select(AuditEvent).order_by(col(AuditEvent.number).desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(col(AuditEvent.number) < before)
    return list(await session.scalars(wanted))
