"""Conversations: the sidebar, the history, and settings of a conversation.

Every query except `restore` ignores deleted conversations, until `purge` removes them permanently.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    Update,
    and_,
    bindparam,
    func,
    select,
    union,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import ConversationNotFound, MessageNotFound
from webchat.storage.queries import assistants, file_lists
from webchat.storage.queries._rows import built_once, change
from webchat.storage.tables import Conversation, Message, Table
from webchat.storage.types import utc_now

RESTORABLE_FOR = timedelta(days=30)
"""How long deleted rows can be restored; after that they are removed permanently."""

MAX_PAGE = 500
"""Maximum conversations per page."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last conversation of a page, after which the next page begins."""

    updated_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Conversations by last activity, newest first; `next` is None on the last page."""

    conversations: list[Conversation]
    next: Cursor | None


class ConversationOptions(TypedDict, total=False):
    """The settings of a conversation to change; omitted ones stay unchanged."""

    model: str | None
    system_prompt: str
    temperature: float | None
    parameters: dict[str, Any] | None
    compared_models: list[str] | None


async def create(
    session: AsyncSession,
    owner_id: str,
    *,
    title: str = "",
    model: str | None = None,
    system_prompt: str = "",
    temperature: float | None = None,
    parameters: dict[str, Any] | None = None,
    assistant_id: str | None = None,
    temporary: bool = False,
    now: datetime | None = None,
) -> Conversation:
    """Add an empty conversation with an automatic title, and with copies of the files of its assistant. An
    assistant that the owner does not have is ignored."""
    moment = now or utc_now()
    if assistant_id and not await assistants.exists(session, owner_id, assistant_id):
        assistant_id = None
    conversation = Conversation(
        owner_id=owner_id,
        title=title,
        model=model,
        system_prompt=system_prompt,
        temperature=temperature,
        parameters=parameters or None,
        assistant_id=assistant_id or None,
        temporary=temporary,
        created_at=moment,
        updated_at=moment,
    )
    session.add(conversation)
    await session.flush()
    if conversation.assistant_id:
        found = await file_lists.get(session, owner_id, file_lists.ASSISTANT, conversation.assistant_id)
        await file_lists.hand_on(session, owner_id, found, file_lists.CONVERSATION, conversation.id)
    return conversation


async def get(session: AsyncSession, owner_id: str, conversation_id: str) -> Conversation | None:
    """The owner's conversation with this id."""
    found = await session.scalars(_get(), {"owner_id": owner_id, "id": conversation_id})
    return found.one_or_none()


@built_once
def _get() -> Select[Conversation]:
    return select(Conversation).where(_alive(bindparam("owner_id")), col(Conversation.id) == bindparam("id"))


async def require(session: AsyncSession, owner_id: str, conversation_id: str) -> Conversation:
    """The owner's conversation with this id.

    Raises:
        ConversationNotFound: the owner has none with this id.
    """
    conversation = await get(session, owner_id, conversation_id)
    if conversation is None:
        raise ConversationNotFound(conversation_id)
    return conversation


async def models_used(session: AsyncSession, owner_id: str) -> list[str]:
    """Every `Provider:model` that the owner's conversations are set to or have an answer from, sorted.

    Those of archived conversations too.
    """
    return sorted(await session.scalars(_models_used(), {"owner_id": owner_id}))


@built_once
def _models_used() -> CompoundSelect[str]:
    owner: BindParameter[str] = bindparam("owner_id")
    listed = Table.metadata.tables["conversation_model"].alias().c
    archived = Table.metadata.tables["conversation_filter"].alias().c
    return union(
        _distinct_models(listed.model, "listed", listed.owner_id == owner, listed.listed_at.is_not(None)),
        _distinct_models(archived.model, "archived", archived.owner_id == owner, archived.archived.is_(True)),
    )


def _distinct_models(model: ColumnElement[str], name: str, *conditions: ColumnElement[bool]) -> Select[str]:
    """The models in an index, skipping from one to the next, however many conversations used each."""
    lowest = select(func.min(model)).where(*conditions)
    first = lowest.where(model > "").scalar_subquery()
    models = select(first.label("model")).cte(name, recursive=True)
    # No second lower bound: SQLite would begin each search at the lower one.
    following = lowest.where(model > models.c.model).correlate(models).scalar_subquery()
    models = models.union_all(select(following).where(models.c.model.is_not(None)))
    return select(models.c.model).where(models.c.model.is_not(None))


async def rename(session: AsyncSession, owner_id: str, conversation_id: str, title: str) -> None:
    """Set the title chosen by the user, which no automatic title replaces.

    Raises:
        ConversationNotFound: the owner has none with this id.
    """
    named = _update(owner_id, conversation_id).values(title=title, title_is_manual=True)
    await _require_change(session, named, conversation_id)


async def set_automatic_title(session: AsyncSession, owner_id: str, conversation_id: str, title: str) -> bool:
    """Set a title unless the user has chosen one; False if so, or if the owner has none with this id."""
    untitled = _update(owner_id, conversation_id).where(col(Conversation.title_is_manual).is_(False))
    return await change(session, untitled.values(title=title)) > 0


async def set_options(
    session: AsyncSession, owner_id: str, conversation_id: str, **options: Unpack[ConversationOptions]
) -> None:
    """Set the model, system prompt, temperature or advanced parameters for future answers.

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
    """Select the branch to show by its last message; None for none.

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
    session: AsyncSession,
    owner_id: str,
    conversation_id: str,
    text: str | None,
    client_id: str | None,
    files: Sequence[str] = (),
) -> None:
    """Save the message queued behind the running answer, with the ids of its files; None removes it.

    Raises:
        ConversationNotFound: the owner has none with this id.
    """
    queued = _update(owner_id, conversation_id).values(
        queued_text=text, queued_client_id=client_id, queued_files=list(files) or None
    )
    await _require_change(session, queued, conversation_id)


async def touch(
    session: AsyncSession, owner_id: str, conversation_id: str, *, now: datetime | None = None
) -> bool:
    """Update its last activity, which moves it to the top of lists; False if the owner has none with this
    id."""
    return await change(session, _update(owner_id, conversation_id).values(updated_at=now or utc_now())) > 0


async def delete(
    session: AsyncSession, owner_id: str, conversation_id: str, *, now: datetime | None = None
) -> bool:
    """Delete it; `restore` undoes this. False if the owner has none with this id."""
    return await change(session, _update(owner_id, conversation_id).values(deleted_at=now or utc_now())) > 0


async def restore(
    session: AsyncSession, owner_id: str, conversation_id: str, *, now: datetime | None = None
) -> bool:
    """Undo `delete` within `RESTORABLE_FOR`; False if the owner no longer has such a deleted conversation."""
    ours = update(Conversation).where(
        col(Conversation.owner_id) == owner_id,
        col(Conversation.id) == conversation_id,
        col(Conversation.deleted_at) >= (now or utc_now()) - RESTORABLE_FOR,
    )
    return await change(session, ours.values(deleted_at=None)) > 0


def _alive(owner_id: str | BindParameter[str]) -> ColumnElement[bool]:
    return and_(col(Conversation.owner_id) == owner_id, col(Conversation.deleted_at).is_(None))


def _update(owner_id: str, conversation_id: str) -> Update:
    return update(Conversation).where(_alive(owner_id), col(Conversation.id) == conversation_id)


async def _require_change(session: AsyncSession, statement: Update, conversation_id: str) -> None:
    if await change(session, statement) == 0:
        raise ConversationNotFound(conversation_id)
