"""Upkeep of the whole database, for all owners at once; not used for user requests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from webchat.storage.errors import SecretUnreadable
from webchat.storage.queries import usage
from webchat.storage.queries._checkpoints import fold
from webchat.storage.queries._rows import change
from webchat.storage.queries.providers import HEADERS, PARAMETERS, PROXY
from webchat.storage.secrets import Secrets
from webchat.storage.tables import (
    Assistant,
    AssistantLink,
    Conversation,
    File,
    Generation,
    Message,
    ProviderSetting,
    Share,
    Table,
)
from webchat.storage.types import CleanText, GenerationStatus, MessageStatus, utc_now

_CHECKPOINT = Table.metadata.tables["checkpoint"]
_MESSAGE = Table.metadata.tables["message"]

_BATCH = 256 * 1024
"""Approximate characters bound at once; bound values are in memory several times."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The new text of a running answer; `start` is its length before that, including reasoning."""

    owner_id: str
    message_id: str
    content: str
    reasoning: str = ""
    start: int = 0


@dataclass(frozen=True, slots=True)
class Thought:
    """How long the reasoning of a running answer took, in all its runs."""

    owner_id: str
    generation_id: str
    milliseconds: int


async def save_thoughts(session: AsyncSession, thoughts: Iterable[Thought]) -> None:
    """Save how long the reasoning of running answers took."""
    for thought in thoughts:
        ours = update(Generation).where(
            col(Generation.owner_id) == thought.owner_id, col(Generation.id) == thought.generation_id
        )
        await change(session, ours.values(thought_ms=thought.milliseconds))


async def checkpoint(session: AsyncSession, snapshots: Iterable[Snapshot]) -> int:
    """Save the new text of streaming messages and return how many snapshots there were.

    A message that is no longer streaming is not changed.

    A snapshot replaces one with the same start, so it is safe to write one again. Few are held at a time:
    `snapshots` may create them lazily.
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
    count = 0
    for batch in _batches(snapshots):
        count += len(batch)
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
    return count


def _batches(snapshots: Iterable[Snapshot]) -> Iterator[list[Snapshot]]:
    """Group the snapshots into batches of about `_BATCH` characters."""
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
    """The ids of the messages that are being written according to the database."""
    written = select(col(Generation.message_id)).where(col(Generation.status) == GenerationStatus.RUNNING)
    return set(await session.scalars(written))


async def interrupt_running(
    session: AsyncSession, *, but: Collection[str] = (), now: datetime | None = None
) -> int:
    """Mark generations listed as running as interrupted, keeping their text.

    Args:
        but: the messages that are really being written; none at startup.

    Returns:
        How many generations there were.
    """
    moment = now or utc_now()
    if lost := sorted(await running(session) - set(but)):
        messages = update(Message).where(col(Message.id).in_(lost))
        await change(session, messages.values(status=MessageStatus.INTERRUPTED))
        broken_off = col(Generation.message_id).in_(lost)
        asked = select(col(Generation.owner_id), col(Generation.provider), col(Generation.model))
        for owner_id, provider, model in (await session.execute(asked.where(broken_off))).all():
            await usage.count_answer(session, owner_id, provider, model, now=moment)
        ended = update(Generation).where(broken_off)
        await change(session, ended.values(status=GenerationStatus.INTERRUPTED, finished_at=moment))
        # Last, because any change to a row rewrites its whole text.
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


def _with_new_headers(stored: dict[str, Any], secrets: Secrets, whose: str) -> tuple[dict[str, Any], int]:
    """Advanced parameters with the values of their headers encrypted again, and how many those are."""
    headers = {
        name: secrets.rotate(sealed, provider=whose, what="headers")
        for name, sealed in (stored.get(HEADERS) or {}).items()
    }
    return stored | ({HEADERS: headers} if headers else {}), len(headers)


async def reencrypt_secrets(session: AsyncSession, secrets: Secrets) -> int:
    """Re-encrypt every API key, proxy, header, link and name of a file with the first key, between
    `add_key` and `drop_old_keys`. A link or a name that no key can decrypt is not changed, because what it
    belongs to still works.

    Returns:
        The number of secrets.

    Raises:
        SecretUnreadable: a key, a proxy or a header cannot be read; nothing was changed.
    """
    renewed = 0
    # Removed providers as well, because they can be restored until they are purged.
    for provider in await session.scalars(select(ProviderSetting)):
        if provider.secret is not None:
            provider.secret = secrets.rotate(provider.secret, provider=provider.name)
            renewed += 1
        if proxy := provider.options.get(PROXY):
            sealed = secrets.rotate(proxy, provider=provider.name, what=PROXY)
            provider.options = {**provider.options, PROXY: sealed}
            renewed += 1
        if stored := provider.options.get(PARAMETERS):
            sealed_anew, count = _with_new_headers(stored, secrets, provider.name)
            provider.options = {**provider.options, PARAMETERS: sealed_anew}
            renewed += count
    with_parameters = select(Conversation).where(col(Conversation.parameters).is_not(None))
    for conversation in await session.scalars(with_parameters):
        conversation.parameters, count = _with_new_headers(
            conversation.parameters or {}, secrets, conversation.title
        )
        renewed += count
    # Deleted ones as well, because they can be restored until they are purged.
    assistants = select(Assistant).where(col(Assistant.parameters).is_not(None))
    for assistant in await session.scalars(assistants.options(defer(Assistant.picture))):  # type: ignore[arg-type]
        assistant.parameters, count = _with_new_headers(assistant.parameters or {}, secrets, assistant.name)
        renewed += count
    links = select(AssistantLink).options(defer(AssistantLink.copy_json))  # type: ignore[arg-type]
    for shared in await session.scalars(links):
        with suppress(SecretUnreadable):
            shared.sealed_token = secrets.rotate(shared.sealed_token, provider="an assistant's link")
            renewed += 1
    for link in await session.scalars(select(Share).options(defer(Share.snapshot))):  # type: ignore[arg-type]
        with suppress(SecretUnreadable):
            link.sealed_token = secrets.rotate(link.sealed_token, provider=link.title)
            renewed += 1
    for file in await session.scalars(select(File)):
        with suppress(SecretUnreadable):
            file.sealed_name = secrets.rotate(file.sealed_name, provider="", what="name")
            renewed += 1
    await session.flush()
    return renewed
