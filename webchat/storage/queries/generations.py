"""Generations: the run of a provider for an assistant message, with its checkpoints and its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.messages import FinishReason, Usage
from webchat.storage.errors import GenerationNotFound, MessageNotFound, TextNotKept
from webchat.storage.queries import conversations, usage
from webchat.storage.queries._checkpoints import drop, fold
from webchat.storage.queries._rows import built_once, change
from webchat.storage.queries.attempts import AttemptEnding
from webchat.storage.queries.maintenance import Snapshot, checkpoint
from webchat.storage.tables import Attempt, Generation, Message, Table
from webchat.storage.types import GenerationStatus, MessageStatus, utc_now

_MESSAGE = Table.metadata.tables["message"]
_PIECES = Table.metadata.tables["checkpoint"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a generation ended, with its text and its attempts in order."""

    status: GenerationStatus
    """Any status but running."""
    content: str
    """The text after the first `kept` characters, which are already in the database; the same for
    `reasoning`."""
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    raw_finish_reason: str | None = None
    usage: Usage | None = None
    error_code: str | None = None
    error_arguments: Mapping[str, Any] | None = None
    first_text_at: datetime | None = None
    finished_at: datetime | None = None
    """Defaults to now."""
    attempts: Sequence[AttemptEnding] = ()
    provider: str | None = None
    """The provider that answered in the end, if another; `model` is then its model."""
    model: str | None = None
    left_out: int = 0
    """Messages left out during the request, in addition to those left out at the start."""
    thought_ms: int | None = None
    """Milliseconds of reasoning, unless a checkpoint has saved them."""
    kept: int = 0
    """Characters of the text saved by checkpoints. If 0, the text begins with `content`."""
    kept_reasoning: int = 0
    more: Iterable[tuple[str, str]] = ()
    """The rest of the text and reasoning, in pieces, so that a long answer is never held as a whole."""


def model_id(provider: str, model: str) -> str:
    """The id of a model in the interface and on messages: `Provider:model`."""
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
    """Add a running generation for `message`, a streaming message without a generation.

    Raises:
        MessageNotFound: the message belongs to another owner.
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
    """Restart an ended generation and its message with its text, to continue an answer in place.

    It uses another `provider` and `model` if both are given. False if it is already running.

    Raises:
        GenerationNotFound: the owner has none with this id.
    """
    generation = await _require(session, owner_id, generation_id)
    if generation.status is GenerationStatus.RUNNING:
        return False
    generation.status = GenerationStatus.RUNNING
    generation.finished_at = generation.finish_reason = generation.raw_finish_reason = None
    generation.error_code = generation.error_arguments = None
    values: dict[str, Any] = {"status": MessageStatus.STREAMING}
    if provider is not None and model is not None:
        generation.provider, generation.model = provider, model
        values["model"] = model_id(provider, model)
    await session.flush()
    await change(session, update(Message).where(_message(owner_id, generation.message_id)).values(values))
    return True


async def finish(session: AsyncSession, owner_id: str, generation_id: str, ending: Ending) -> bool:
    """End a running generation and its message, and update the conversation's last activity.

    Tokens are added to those of an earlier run that this one continues. Returns False without changes if it
    is no longer running.

    Raises:
        GenerationNotFound: the owner has none with this id.
        TextNotKept: the database does not have the `kept` characters; the whole text is needed.
    """
    generation = await _require(session, owner_id, generation_id)
    if generation.status is not GenerationStatus.RUNNING:
        return False
    values, in_pieces = await _keep_rest(session, owner_id, generation.message_id, ending)
    finished_at = ending.finished_at or utc_now()
    generation.status = ending.status
    generation.first_text_at = generation.first_text_at or ending.first_text_at
    generation.finished_at = finished_at
    generation.finish_reason = ending.finish_reason
    generation.raw_finish_reason = ending.raw_finish_reason
    if ending.usage is not None:
        generation.input_tokens = _sum(generation.input_tokens, ending.usage.input_tokens)
        generation.output_tokens = _sum(generation.output_tokens, ending.usage.output_tokens)
    generation.left_out += ending.left_out
    if ending.thought_ms is not None:
        generation.thought_ms = ending.thought_ms
    generation.error_code = ending.error_code
    generation.error_arguments = dict(ending.error_arguments) if ending.error_arguments else None
    values["status"] = MessageStatus(ending.status)
    if ending.provider is not None and ending.model is not None:
        generation.provider, generation.model = ending.provider, ending.model
        values["model"] = model_id(ending.provider, ending.model)
    await _add_attempts(session, generation, ending.attempts)
    await session.flush()
    await usage.count_answer(
        session,
        owner_id,
        generation.provider,
        generation.model,
        now=finished_at,
        usage=ending.usage,
        failed=ending.status is GenerationStatus.ERROR,
    )
    await change(session, update(Message).where(_message(owner_id, generation.message_id)).values(values))
    if in_pieces:  # last, because any change to a row rewrites its whole text
        await fold(session, [generation.message_id])
    await conversations.touch(session, owner_id, generation.conversation_id, now=finished_at)
    return True


async def keep_longer(
    session: AsyncSession, owner_id: str, generation_id: str, content: str, reasoning: str
) -> bool:
    """Add missing text to an answer that was ended elsewhere, without changing how it ended.

    Returns:
        Whether all of the text is saved now. An answer that is running again or starts with other text is not
        changed.

    Raises:
        GenerationNotFound: the owner has none with this id.
    """
    generation = await _require(session, owner_id, generation_id)
    ours = _message(owner_id, generation.message_id)
    kept = (await session.execute(select(_MESSAGE.c.content, _MESSAGE.c.reasoning).where(ours))).one()
    words = (content, reasoning)
    if all(there.startswith(mine) for there, mine in zip(kept, words, strict=True)):
        return True
    goes_on = all(mine.startswith(there) for there, mine in zip(kept, words, strict=True))
    if generation.status is GenerationStatus.RUNNING or not goes_on:
        return False
    await change(session, update(Message).where(ours).values(content=content, reasoning=reasoning))
    return True


async def _keep_rest(
    session: AsyncSession, owner_id: str, message_id: str, ending: Ending
) -> tuple[dict[str, Any], bool]:
    """Add the missing text after the saved pieces.

    Returns:
        The text that the message itself must hold, if none of it is saved; and whether there are pieces.
    """
    kept = ending.kept + ending.kept_reasoning
    # What checkpoints have saved beyond that is also in the rest.
    await drop(session, [message_id], since=kept)
    first = (ending.content, ending.reasoning)
    if not kept:
        pieces = _snapshots(owner_id, message_id, ending.more, sum(map(len, first)))
        in_pieces = await checkpoint(session, pieces) > 0
        return {"content": ending.content, "reasoning": ending.reasoning}, in_pieces
    lengths = (
        select(*(_whole_length(name) for name in ("content", "reasoning")))
        .select_from(_MESSAGE.outerjoin(_PIECES, _PIECES.c.message_id == _MESSAGE.c.id))
        .where(_message(owner_id, message_id))
        .group_by(_MESSAGE.c.id)
    )
    if tuple((await session.execute(lengths)).one()) != (ending.kept, ending.kept_reasoning):
        raise TextNotKept(message_id)
    await checkpoint(session, _snapshots(owner_id, message_id, chain([first], ending.more), kept))
    return {}, True


def _whole_length(column: str) -> ColumnElement[int]:
    """The number of characters of `column` in a message and its pieces."""
    return func.length(_MESSAGE.c[column]) + func.coalesce(func.sum(func.length(_PIECES.c[column])), 0)


def _snapshots(
    owner_id: str, message_id: str, pieces: Iterable[tuple[str, str]], start: int
) -> Iterator[Snapshot]:
    for content, reasoning in pieces:
        if content or reasoning:
            yield Snapshot(owner_id, message_id, content, reasoning, start)
            start += len(content) + len(reasoning)


async def get(session: AsyncSession, owner_id: str, generation_id: str) -> Generation | None:
    """The owner's generation with this id."""
    found = await session.scalars(_get(), {"owner_id": owner_id, "id": generation_id})
    return found.one_or_none()


@built_once
def _get() -> Select[Generation]:
    return select(Generation).where(
        col(Generation.owner_id) == bindparam("owner_id"), col(Generation.id) == bindparam("id")
    )


async def get_by_message(session: AsyncSession, owner_id: str, message_id: str) -> Generation | None:
    """The generation that writes or wrote this message."""
    wanted = select(Generation).where(
        col(Generation.owner_id) == owner_id, col(Generation.message_id) == message_id
    )
    return (await session.scalars(wanted)).one_or_none()


async def _add_attempts(
    session: AsyncSession, generation: Generation, attempts: Sequence[AttemptEnding]
) -> None:
    """Number the attempts, continuing after those of an earlier run of the same generation."""
    before = await session.scalar(_last_attempt(), {"generation_id": generation.id}) or 0
    for number, attempt in enumerate(attempts, start=before + 1):
        session.add(
            Attempt(
                generation_id=generation.id, owner_id=generation.owner_id, number=number, **asdict(attempt)
            )
        )


@built_once
def _last_attempt() -> Select[int]:
    this = col(Attempt.generation_id) == bindparam("generation_id")
    return select(func.max(col(Attempt.number))).where(this)


def _sum(before: int | None, now: int | None) -> int | None:
    """The sum of the known values."""
    return now if before is None else before + (now or 0)


def _ours(owner_id: str, generation_id: str) -> ColumnElement[bool]:
    return and_(col(Generation.owner_id) == owner_id, col(Generation.id) == generation_id)


def _message(owner_id: str, message_id: str) -> ColumnElement[bool]:
    return and_(col(Message.owner_id) == owner_id, col(Message.id) == message_id)


async def _require(session: AsyncSession, owner_id: str, generation_id: str) -> Generation:
    generation = await get(session, owner_id, generation_id)
    if generation is None:
        raise GenerationNotFound(generation_id)
    return generation
