"""Generations: the run of a provider for one assistant message, its checkpoints, its end and its attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.messages import FinishReason, Usage
from webchat.storage.errors import GenerationNotFound, MessageNotFound
from webchat.storage.queries import conversations
from webchat.storage.queries._rows import change
from webchat.storage.tables import Attempt, Generation, Message
from webchat.storage.types import GenerationStatus, MessageStatus, utc_now


@dataclass(frozen=True, slots=True)
class Ending:
    """How a generation ended, with the whole text it reached."""

    status: GenerationStatus
    """Any but running."""
    content: str
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    raw_finish_reason: str | None = None
    usage: Usage | None = None
    error_code: str | None = None
    error_message: str | None = None
    finished_at: datetime | None = None
    """Now, if None."""
    provider: str | None = None
    """Who answered in the end, if not the provider it started with; then `model` is its model."""
    model: str | None = None


def model_id(provider: str, model: str) -> str:
    """The id a model has in the interface and on messages: `Provider:model`."""
    return f"{provider}:{model}"


async def start(
    session: AsyncSession,
    owner_id: str,
    message: Message,
    *,
    provider: str,
    model: str,
    system_prompt: str = "",
    temperature: float | None = None,
    now: datetime | None = None,
) -> Generation:
    """Add the running generation that will write `message`, a streaming one without a generation so far.

    Raises:
        MessageNotFound: the message is another owner's.
    """
    if message.owner_id != owner_id:
        raise MessageNotFound(message.id)
    generation = Generation(
        message_id=message.id,
        conversation_id=message.conversation_id,
        owner_id=owner_id,
        provider=provider,
        model=model,
        system_prompt=system_prompt,
        temperature=temperature,
        started_at=now or utc_now(),
    )
    session.add(generation)
    await session.flush()
    return generation


async def resume(
    session: AsyncSession,
    owner_id: str,
    generation_id: str,
    *,
    provider: str | None = None,
    model: str | None = None,
) -> bool:
    """Set an ended generation and its message going again, the text kept: to continue an answer in place.

    Another `provider` and `model`, given together, take over. False if it is running already.

    Raises:
        GenerationNotFound: the owner has none with this id.
    """
    generation = await _require(session, owner_id, generation_id)
    if generation.status is GenerationStatus.RUNNING:
        return False
    generation.status = GenerationStatus.RUNNING
    generation.finished_at = generation.finish_reason = generation.raw_finish_reason = None
    generation.error_code = generation.error_message = None
    values: dict[str, Any] = {"status": MessageStatus.STREAMING}
    if provider is not None and model is not None:
        generation.provider, generation.model = provider, model
        values["model"] = model_id(provider, model)
    await session.flush()
    await change(session, update(Message).where(_message(owner_id, generation.message_id)).values(values))
    return True


async def checkpoint(
    session: AsyncSession, owner_id: str, message_id: str, content: str, reasoning: str = ""
) -> bool:
    """Keep the text so far of a streaming message; False, and nothing changes, if it streams no more."""
    streaming = _message(owner_id, message_id) & (col(Message.status) == MessageStatus.STREAMING)
    kept = update(Message).where(streaming).values(content=content, reasoning=reasoning)
    return await change(session, kept) > 0


async def note_first_text(session: AsyncSession, owner_id: str, generation_id: str, at: datetime) -> bool:
    """Note when the first text came; False if that is known already or the owner has no such generation."""
    unknown = _ours(owner_id, generation_id) & col(Generation.first_text_at).is_(None)
    return await change(session, update(Generation).where(unknown).values(first_text_at=at)) > 0


async def finish(session: AsyncSession, owner_id: str, generation_id: str, ending: Ending) -> bool:
    """End a running generation and its message together, and note the conversation's activity.

    The first ending stands: False, and nothing changes, for one that is not running any more.

    Raises:
        GenerationNotFound: the owner has none with this id.
    """
    generation = await _require(session, owner_id, generation_id)
    if generation.status is not GenerationStatus.RUNNING:
        return False
    finished_at = ending.finished_at or utc_now()
    generation.status = ending.status
    generation.finished_at = finished_at
    generation.finish_reason = ending.finish_reason
    generation.raw_finish_reason = ending.raw_finish_reason
    if ending.usage is not None:
        generation.input_tokens = ending.usage.input_tokens
        generation.output_tokens = ending.usage.output_tokens
    generation.error_code = ending.error_code
    generation.error_message = ending.error_message
    values: dict[str, Any] = {
        "content": ending.content,
        "reasoning": ending.reasoning,
        "status": MessageStatus(ending.status),
    }
    if ending.provider is not None and ending.model is not None:
        generation.provider, generation.model = ending.provider, ending.model
        values["model"] = model_id(ending.provider, ending.model)
    await session.flush()
    await change(session, update(Message).where(_message(owner_id, generation.message_id)).values(values))
    await conversations.touch(session, owner_id, generation.conversation_id, now=finished_at)
    return True


async def get(session: AsyncSession, owner_id: str, generation_id: str) -> Generation | None:
    """The owner's generation with this id."""
    return (await session.scalars(select(Generation).where(_ours(owner_id, generation_id)))).one_or_none()


async def get_by_message(session: AsyncSession, owner_id: str, message_id: str) -> Generation | None:
    """The generation that writes or wrote this message."""
    wanted = select(Generation).where(
        col(Generation.owner_id) == owner_id, col(Generation.message_id) == message_id
    )
    return (await session.scalars(wanted)).one_or_none()


async def list_for_conversation(
    session: AsyncSession, owner_id: str, conversation_id: str, *, running_only: bool = False
) -> list[Generation]:
    """The generations of a conversation, oldest first."""
    wanted = select(Generation).where(
        col(Generation.owner_id) == owner_id, col(Generation.conversation_id) == conversation_id
    )
    if running_only:
        wanted = wanted.where(col(Generation.status) == GenerationStatus.RUNNING)
    return list(await session.scalars(wanted.order_by(col(Generation.id))))


async def add_attempt(
    session: AsyncSession,
    owner_id: str,
    generation_id: str,
    *,
    provider: str,
    model: str,
    now: datetime | None = None,
) -> Attempt:
    """Add the next attempt of a generation; they are numbered from 1.

    Raises:
        GenerationNotFound: the owner has none with this id.
    """
    await _require(session, owner_id, generation_id)
    last = select(func.max(col(Attempt.number))).where(
        col(Attempt.owner_id) == owner_id, col(Attempt.generation_id) == generation_id
    )
    number = ((await session.scalars(last)).one() or 0) + 1
    attempt = Attempt(
        generation_id=generation_id,
        owner_id=owner_id,
        number=number,
        provider=provider,
        model=model,
        started_at=now or utc_now(),
    )
    session.add(attempt)
    await session.flush()
    return attempt


async def finish_attempt(
    session: AsyncSession,
    owner_id: str,
    attempt_id: str,
    *,
    first_text_at: datetime | None = None,
    error_code: str | None = None,
    error_message: str | None = None,
    service_words: str | None = None,
    ended_at: datetime | None = None,
) -> bool:
    """Note how an attempt ended; False if the owner has none with this id or it ended before."""
    open_ = update(Attempt).where(
        col(Attempt.owner_id) == owner_id, col(Attempt.id) == attempt_id, col(Attempt.ended_at).is_(None)
    )
    ended = open_.values(
        first_text_at=first_text_at,
        error_code=error_code,
        error_message=error_message,
        service_words=service_words,
        ended_at=ended_at or utc_now(),
    )
    return await change(session, ended) > 0


async def list_attempts(
    session: AsyncSession, owner_id: str, conversation_id: str, *, generation_id: str | None = None
) -> list[Attempt]:
    """The attempts of a conversation's generations, or of one of them, oldest first."""
    wanted = (
        select(Attempt)
        .join(Generation, col(Generation.id) == col(Attempt.generation_id))
        .where(col(Attempt.owner_id) == owner_id, col(Generation.conversation_id) == conversation_id)
    )
    if generation_id is not None:
        wanted = wanted.where(col(Attempt.generation_id) == generation_id)
    return list(await session.scalars(wanted.order_by(col(Attempt.generation_id), col(Attempt.number))))


def _ours(owner_id: str, generation_id: str) -> ColumnElement[bool]:
    return and_(col(Generation.owner_id) == owner_id, col(Generation.id) == generation_id)


def _message(owner_id: str, message_id: str) -> ColumnElement[bool]:
    return and_(col(Message.owner_id) == owner_id, col(Message.id) == message_id)


async def _require(session: AsyncSession, owner_id: str, generation_id: str) -> Generation:
    generation = await get(session, owner_id, generation_id)
    if generation is None:
        raise GenerationNotFound(generation_id)
    return generation
