"""Upkeep of the whole database, for every owner at once; nothing here answers a person's request."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from webchat.storage.errors import SecretUnreadable
from webchat.storage.queries._rows import change
from webchat.storage.queries.providers import PROXY
from webchat.storage.secrets import SecretBox
from webchat.storage.tables import Generation, Message, ProviderSetting, Share, Table
from webchat.storage.types import GenerationStatus, MessageStatus, utc_now


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a running answer has reached."""

    owner_id: str
    message_id: str
    content: str
    reasoning: str = ""


async def checkpoint(session: AsyncSession, snapshots: Iterable[Snapshot]) -> None:
    """Keep the text so far of streaming messages; one that streams no more is left as it is."""
    values = [
        {
            "owner": now.owner_id,
            "message": now.message_id,
            "words": now.content,
            "thoughts": now.reasoning,
        }
        for now in snapshots
    ]
    table = Table.metadata.tables["message"]
    kept = (
        update(table)
        .where(
            table.c.owner_id == bindparam("owner"),
            table.c.id == bindparam("message"),
            table.c.status == MessageStatus.STREAMING,
        )
        .values(content=bindparam("words"), reasoning=bindparam("thoughts"))
    )
    connection = await session.connection()
    await connection.execute(kept, values)


async def interrupt_running(session: AsyncSession, *, now: datetime | None = None) -> int:
    """Mark what a crash left running as interrupted, its text kept; call it before any generation starts.

    Returns:
        How many generations were running.
    """
    moment = now or utc_now()
    written = select(col(Generation.message_id)).where(col(Generation.status) == GenerationStatus.RUNNING)
    messages = update(Message).where(col(Message.id).in_(written))
    generations = update(Generation).where(col(Generation.status) == GenerationStatus.RUNNING)
    await change(session, messages.values(status=MessageStatus.INTERRUPTED))
    return await change(session, generations.values(status=GenerationStatus.INTERRUPTED, finished_at=moment))


async def reencrypt_secrets(session: AsyncSession, box: SecretBox) -> int:
    """Encrypt every API key, proxy and link anew with the first key of `box`: between `add_key` and
    `drop_old_keys`. A link that no key opens stays as it is: its readers need the token, which is not here.

    Returns:
        How many there are.

    Raises:
        SecretUnreadable: a key or a proxy cannot be read; nothing is changed then.
    """
    renewed = 0
    # Those that were removed as well: until they are purged, they can be brought back.
    for provider in await session.scalars(select(ProviderSetting)):
        if provider.secret is not None:
            provider.secret = box.rotate(provider.secret, provider=provider.name)
            renewed += 1
        if proxy := provider.options.get(PROXY):
            sealed = box.rotate(proxy, provider=provider.name, what=PROXY)
            provider.options = {**provider.options, PROXY: sealed}
            renewed += 1
    for link in await session.scalars(select(Share).options(defer(Share.snapshot))):  # type: ignore[arg-type]
        with suppress(SecretUnreadable):
            link.sealed_token = box.rotate(link.sealed_token, provider=link.title)
            renewed += 1
    await session.flush()
    return renewed
