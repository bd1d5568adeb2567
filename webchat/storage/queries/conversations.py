"""Conversations: the sidebar, the history, and what a person sets for one of them.

A deleted conversation is absent for every query but `restore`, until `maintenance.purge_deleted` removes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, Update, and_, exists, func, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import ConversationNotFound, MessageNotFound
from webchat.storage.queries._rows import change
from webchat.storage.tables import Conversation, Message
from webchat.storage.types import fold, utc_now


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last conversation of a page; the next page begins after it."""

    updated_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Conversations by last activity, newest first; `next` is None on the last page."""

    conversations: list[Conversation]
    next: Cursor | None


class ConversationOptions(TypedDict, total=False):
    """What a person sets for one conversation; what is left out stays."""

    model: str | None
    system_prompt: str
    temperature: float | None


async def create(
    session: AsyncSession,
    owner_id: str,
    *,
    title: str = "",
    model: str | None = None,
    system_prompt: str = "",
    temperature: float | None = None,
    now: datetime | None = None,
) -> Conversation:
    """Add an empty conversation, whose title is not yet one a person chose."""
    moment = now or utc_now()
    conversation = Conversation(
        owner_id=owner_id,
        title=title,
        title_folded=fold(title),
        model=model,
        system_prompt=system_prompt,
        temperature=temperature,
        created_at=moment,
        updated_at=moment,
    )
    session.add(conversation)
    await session.flush()
    return conversation


async def get(session: AsyncSession, owner_id: str, conversation_id: str) -> Conversation | None:
    """The owner's conversation with this id."""
    ours = select(Conversation).where(_alive(owner_id), col(Conversation.id) == conversation_id)
    return (await session.scalars(ours)).one_or_none()


async def require(session: AsyncSession, owner_id: str, conversation_id: str) -> Conversation:
    """The owner's conversation with this id.

    Raises:
        ConversationNotFound: the owner has none with this id.
    """
    conversation = await get(session, owner_id, conversation_id)
    if conversation is None:
        raise ConversationNotFound(conversation_id)
    return conversation


async def list_recent(
    session: AsyncSession, owner_id: str, *, limit: int, before: Cursor | None = None
) -> ConversationPage:
    """One page of the owner's conversations by last activity."""
    return await history(session, owner_id, limit=limit, before=before)


async def history(
    session: AsyncSession,
    owner_id: str,
    *,
    limit: int,
    before: Cursor | None = None,
    title: str = "",
    model: str | None = None,
) -> ConversationPage:
    """One page of the owner's conversations by last activity, those that pass the filters.

    Args:
        limit: how many at most.
        before: the `next` of the page before; None for the first.
        title: part of the title, in any case; taken literally.
        model: `Provider:model`; conversations set to it, or with an answer of it.
    """
    updated_at, id_ = col(Conversation.updated_at), col(Conversation.id)
    wanted = select(Conversation).where(_matching(owner_id, title, model))
    if before is not None:
        wanted = wanted.where(
            updated_at <= before.updated_at,
            or_(updated_at < before.updated_at, id_ < before.id),
        )
    rows = list(await session.scalars(wanted.order_by(updated_at.desc(), id_.desc()).limit(limit + 1)))
    page = rows[:limit]
    more = len(rows) > limit and bool(page)
    return ConversationPage(page, Cursor(page[-1].updated_at, page[-1].id) if more else None)


async def count(session: AsyncSession, owner_id: str, *, title: str = "", model: str | None = None) -> int:
    """How many conversations pass the filters of `history`."""
    counted = select(func.count()).select_from(Conversation).where(_matching(owner_id, title, model))
    return (await session.scalars(counted)).one()


async def models_used(session: AsyncSession, owner_id: str) -> list[str]:
    """Every `Provider:model` the owner's conversations are set to or have an answer of, sorted."""
    chosen: Select[str] = select(col(Conversation.model).label("model")).where(
        _alive(owner_id), col(Conversation.model).is_not(None)
    )
    answered: Select[str] = (
        select(col(Message.model).label("model"))
        .join(Conversation, col(Conversation.id) == col(Message.conversation_id))
        .where(_alive(owner_id), col(Message.owner_id) == owner_id, col(Message.model).is_not(None))
    )
    return sorted(await session.scalars(select(union(chosen, answered).subquery().c.model)))


async def rename(session: AsyncSession, owner_id: str, conversation_id: str, title: str) -> None:
    """Give the title a person chose; no automatic one replaces it.

    Raises:
        ConversationNotFound: the owner has none with this id.
    """
    named = _update(owner_id, conversation_id).values(
        title=title, title_folded=fold(title), title_is_manual=True
    )
    await _require_change(session, named, conversation_id)


async def set_automatic_title(session: AsyncSession, owner_id: str, conversation_id: str, title: str) -> bool:
    """Give a title made by the program; False, and nothing changes, if a person chose one or it is gone."""
    unnamed = _update(owner_id, conversation_id).where(col(Conversation.title_is_manual).is_(False))
    return await change(session, unnamed.values(title=title, title_folded=fold(title))) > 0


async def set_options(
    session: AsyncSession, owner_id: str, conversation_id: str, **options: Unpack[ConversationOptions]
) -> None:
    """Set model, system prompt or temperature for the answers to come.

    Raises:
        ConversationNotFound: the owner has none with this id.
    """
    conversation = await require(session, owner_id, conversation_id)
    for field, value in options.items():
        setattr(conversation, field, value)
    await session.flush()


async def set_current_leaf(
    session: AsyncSession, owner_id: str, conversation_id: str, message_id: str | None
) -> None:
    """Choose the branch to show by its last message; None shows none.

    Raises:
        ConversationNotFound: the owner has none with this id.
        MessageNotFound: the message is not in this conversation.
    """
    if message_id is not None:
        there = select(col(Message.id)).where(
            col(Message.id) == message_id,
            col(Message.owner_id) == owner_id,
            col(Message.conversation_id) == conversation_id,
        )
        if (await session.scalars(there)).one_or_none() is None:
            raise MessageNotFound(message_id)
    chosen = _update(owner_id, conversation_id).values(current_leaf_id=message_id)
    await _require_change(session, chosen, conversation_id)


async def set_queued(
    session: AsyncSession, owner_id: str, conversation_id: str, text: str | None, client_id: str | None
) -> None:
    """Keep the message that waits for the end of the answer being written; None withdraws it.

    Raises:
        ConversationNotFound: the owner has none with this id.
    """
    queued = _update(owner_id, conversation_id).values(queued_text=text, queued_client_id=client_id)
    await _require_change(session, queued, conversation_id)


async def touch(
    session: AsyncSession, owner_id: str, conversation_id: str, *, now: datetime | None = None
) -> bool:
    """Note activity, which brings it to the top of the lists; False if the owner has none with this id."""
    return await change(session, _update(owner_id, conversation_id).values(updated_at=now or utc_now())) > 0


async def delete(
    session: AsyncSession, owner_id: str, conversation_id: str, *, now: datetime | None = None
) -> bool:
    """Take it out of sight; `restore` brings it back. False if the owner has none with this id."""
    return await change(session, _update(owner_id, conversation_id).values(deleted_at=now or utc_now())) > 0


async def restore(session: AsyncSession, owner_id: str, conversation_id: str) -> bool:
    """Undo `delete`; False if the owner has no such deleted conversation (any more)."""
    ours = update(Conversation).where(
        col(Conversation.owner_id) == owner_id,
        col(Conversation.id) == conversation_id,
        col(Conversation.deleted_at).is_not(None),
    )
    return await change(session, ours.values(deleted_at=None)) > 0


def _alive(owner_id: str) -> ColumnElement[bool]:
    return and_(col(Conversation.owner_id) == owner_id, col(Conversation.deleted_at).is_(None))


def _matching(owner_id: str, title: str, model: str | None) -> ColumnElement[bool]:
    wanted = _alive(owner_id)
    if title:
        wanted = and_(wanted, col(Conversation.title_folded).contains(fold(title), autoescape=True))
    if model is not None:
        answered = exists().where(
            col(Message.conversation_id) == col(Conversation.id),
            col(Message.owner_id) == owner_id,
            col(Message.model) == model,
        )
        wanted = and_(wanted, or_(col(Conversation.model) == model, answered))
    return wanted


def _update(owner_id: str, conversation_id: str) -> Update:
    return update(Conversation).where(_alive(owner_id), col(Conversation.id) == conversation_id)


async def _require_change(session: AsyncSession, statement: Update, conversation_id: str) -> None:
    if await change(session, statement) == 0:
        raise ConversationNotFound(conversation_id)
