"""Wrong passphrases of share links, until they expire. They have no owner, because readers have none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import change
from webchat.storage.tables import WrongPassphrase


@dataclass(frozen=True, slots=True)
class FailedAttempts:
    """The number of wrong passphrases for a link, and the time of the oldest."""

    number: int
    oldest: datetime | None


async def count(
    session: AsyncSession, share_id: str, since: datetime, address: str | None = None
) -> FailedAttempts:
    """Count those after `since`, from one address if given."""
    wanted = select(func.count(), func.min(col(WrongPassphrase.at))).where(
        col(WrongPassphrase.share_id) == share_id, col(WrongPassphrase.at) > since
    )
    if address is not None:
        wanted = wanted.where(col(WrongPassphrase.address) == address)
    number, oldest = (await session.execute(wanted)).one()
    return FailedAttempts(number, oldest)


async def add(session: AsyncSession, share_id: str, address: str, now: datetime, since: datetime) -> None:
    """Record a wrong passphrase, and delete those of all links that are older than `since`."""
    await change(session, delete(WrongPassphrase).where(col(WrongPassphrase.at) <= since))
    session.add(WrongPassphrase(share_id=share_id, address=address, at=now))
    await session.flush()
