"""Wrong passphrases of share links, for as long as they count; without an owner, as readers have none."""

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
    """How many wrong passphrases a link got, and when the oldest of them came."""

    number: int
    oldest: datetime | None


async def count(
    session: AsyncSession, share_id: str, since: datetime, address: str | None = None
) -> FailedAttempts:
    """Those after `since`, from one address if it is named."""
    wanted = select(func.count(), func.min(col(WrongPassphrase.at))).where(
        col(WrongPassphrase.share_id) == share_id, col(WrongPassphrase.at) > since
    )
    if address is not None:
        wanted = wanted.where(col(WrongPassphrase.address) == address)
    number, oldest = (await session.execute(wanted)).one()
    return FailedAttempts(number, oldest)


async def add(session: AsyncSession, share_id: str, address: str, now: datetime, since: datetime) -> None:
    """Note a wrong passphrase, and forget those of all links that are older than `since`."""
    await change(session, delete(WrongPassphrase).where(col(WrongPassphrase.at) <= since))
    session.add(WrongPassphrase(share_id=share_id, address=address, at=now))
    await session.flush()
