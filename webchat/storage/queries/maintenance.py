"""Upkeep of the whole database, for every owner at once; nothing here answers a person's request."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from webchat.storage.errors import SecretUnreadable
from webchat.storage.queries._checkpoints import fold
from webchat.storage.queries._rows import change
from webchat.storage.queries.providers import PROXY
from webchat.storage.secrets import Secrets
from webchat.storage.tables import Generation, Message, ProviderSetting, Share, Table
from webchat.storage.types import CleanText, GenerationStatus, MessageStatus, utc_now

_CHECKPOINT = Table.metadata.tables["checkpoint"]
_MESSAGE = Table.metadata.tables["message"]

_BATCH = 256 * 1024
"""Characters bound at once, about: what is bound is in memory several times."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a running answer has gained; `start` counts its characters before that, of reasoning too."""

    owner_id: str
    message_id: str
    content: str
    reasoning: str = ""
    start: int = 0


async def checkpoint(session: AsyncSession, snapshots: Iterable[Snapshot]) -> None:
    """Keep the new words of streaming messages; one that streams no more is left as it is.

    A snapshot takes the place of one with the same start, so one that may or may not have been written
    can be written again. Few are held at a time: `snapshots` may make them as they are asked for.
    """
    streaming = select(
        _MESSAGE.c.id,
        bindparam("at"),
        _MESSAGE.c.owner_id,
        bindparam("words", type_=CleanText),
        bindparam("thoughts", type_=CleanText),
    ).where(
        _MESSAGE.c.owner_id == bindparam("owner"),
        _MESSAGE.c.id == bindparam("message"),
        _MESSAGE.c.status == MessageStatus.STREAMING,
    )
    kept = insert(_CHECKPOINT).prefix_with("OR REPLACE")
    columns = ["message_id", "start", "owner_id", "content", "reasoning"]
    statement = kept.from_select(columns, streaming)
    connection = await session.connection()
    for batch in _batches(snapshots):
        values = [
            {
                "owner": now.owner_id,
                "message": now.message_id,
                "at": now.start,
                "words": now.content,
                "thoughts": now.reasoning,
            }
            for now in batch
        ]
        await connection.execute(statement, values)


def _batches(snapshots: Iterable[Snapshot]) -> Iterator[list[Snapshot]]:
    """Take no more snapshots at a time than it takes to have `_BATCH` characters."""
    batch: list[Snapshot] = []
    size = 0
    for snapshot in snapshots:
        batch.append(snapshot)
        size += len(snapshot.content) + len(snapshot.reasoning)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


async def running(session: AsyncSession) -> set[str]:
    """The ids of the messages that are being written, as far as the database knows."""
    written = select(col(Generation.message_id)).where(col(Generation.status) == GenerationStatus.RUNNING)
    return set(await session.scalars(written))


async def interrupt_running(
    session: AsyncSession, *, but: Collection[str] = (), now: datetime | None = None
) -> int:
    """Mark as interrupted what the database knows as running, its text kept.

    Args:
        but: the messages that really are being written; none when the server starts.

    Returns:
        How many generations there were.
    """
    moment = now or utc_now()
    if lost := sorted(await running(session) - set(but)):
        messages = update(Message).where(col(Message.id).in_(lost))
        await change(session, messages.values(status=MessageStatus.INTERRUPTED))
        ended = update(Generation).where(col(Generation.message_id).in_(lost))
        await change(session, ended.values(status=GenerationStatus.INTERRUPTED, finished_at=moment))
        # Last, because any change of a row writes its whole text anew.
        await fold(session, lost)
    return len(lost)


async def enabled_providers(session: AsyncSession) -> list[ProviderSetting]:
    """The enabled providers of every owner, in the order they are asked."""
    wanted = (
        select(ProviderSetting)
        .where(col(ProviderSetting.enabled).is_(True), col(ProviderSetting.deleted_at).is_(None))
        .order_by(col(ProviderSetting.position), col(ProviderSetting.id))
    )
    return list(await session.scalars(wanted))


async def reencrypt_secrets(session: AsyncSession, secrets: Secrets) -> int:
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
            provider.secret = secrets.rotate(provider.secret, provider=provider.name)
            renewed += 1
        if proxy := provider.options.get(PROXY):
            sealed = secrets.rotate(proxy, provider=provider.name, what=PROXY)
            provider.options = {**provider.options, PROXY: sealed}
            renewed += 1
    for link in await session.scalars(select(Share).options(defer(Share.snapshot))):  # type: ignore[arg-type]
        with suppress(SecretUnreadable):
            link.sealed_token = secrets.rotate(link.sealed_token, provider=link.title)
            renewed += 1
    await session.flush()
    return renewed
