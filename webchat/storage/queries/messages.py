"""Messages: a tree per conversation, of which one branch is shown and sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.messages import Role
from webchat.storage.errors import MessageNotFound
from webchat.storage.queries import client_ids, conversations
from webchat.storage.queries._branches import upwards as _upwards
from webchat.storage.queries._checkpoints import add_pieces
from webchat.storage.queries._rows import change
from webchat.storage.tables import Conversation, Generation, Message, Table
from webchat.storage.types import MessageStatus, utc_now

_MESSAGE = Table.metadata.tables["message"]


@dataclass(frozen=True, slots=True)
class BranchMessage:
    """A message with the generation that wrote it; None for a user message, which has client ids."""

    message: Message
    generation: Generation | None
    client_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BranchWindow:
    """A window of a branch without deleted messages, oldest first.

    `has_more` tells whether there are older messages, and `start_id` is where the window begins; the next
    older window ends before it.
    """

    rows: list[BranchMessage]
    has_more: bool
    start_id: str | None = None


async def add(
    session: AsyncSession,
    owner_id: str,
    conversation_id: str,
    *,
    parent_id: str | None,
    role: Role,
    content: str,
    reasoning: str = "",
    model: str | None = None,
    status: MessageStatus = MessageStatus.COMPLETE,
    now: datetime | None = None,
) -> Message:
    """Add a message below `parent_id`, or as a root if that is None.

    Raises:
        ConversationNotFound: the owner has no such conversation.
        MessageNotFound: the parent is not in it.
    """
    conversation = await conversations.require(session, owner_id, conversation_id)
    parent = await require(session, owner_id, conversation_id, parent_id) if parent_id is not None else None
    message = below(conversation, parent, role=role, content=content, now=now or utc_now())
    message.reasoning, message.model, message.status = reasoning, model, status
    session.add(message)
    await session.flush()
    return message


def below(
    conversation: Conversation, parent: Message | None, *, role: Role, content: str, now: datetime
) -> Message:
    """A new message below `parent` in the same conversation, or a root; not yet in the session."""
    return Message(
        conversation_id=conversation.id,
        owner_id=conversation.owner_id,
        parent_id=parent.id if parent else None,
        depth=parent.depth + 1 if parent else 0,
        role=role,
        content=content,
        created_at=now,
    )


async def require(session: AsyncSession, owner_id: str, conversation_id: str, message_id: str) -> Message:
    """The message with this id, if it is in the owner's conversation.

    Raises:
        MessageNotFound: it is not.
    """
    message = await get(session, owner_id, message_id)
    if message is None or message.conversation_id != conversation_id:
        raise MessageNotFound(message_id)
    return message


async def get(session: AsyncSession, owner_id: str, message_id: str) -> Message | None:
    """The owner's message with this id, with its text so far if it is being written."""
    found = await get_many(session, owner_id, [message_id])
    return found[0] if found else None


async def get_many(session: AsyncSession, owner_id: str, message_ids: Sequence[str]) -> list[Message]:
    """The owner's messages with these ids, in the order of the ids, with their text so far."""
    wanted = select(Message).where(col(Message.owner_id) == owner_id, col(Message.id).in_(message_ids))
    found = {message.id: message for message in await session.scalars(wanted)}
    await add_pieces(session, list(found.values()))
    return [found[message_id] for message_id in message_ids if message_id in found]


async def sizes(session: AsyncSession, owner_id: str, message_ids: Sequence[str]) -> dict[str, int]:
    """The number of characters of text and reasoning in the owner's messages with these ids.

    A running answer counts with the text in its row, which is empty or where it was continued.
    """
    size = func.length(_MESSAGE.c.content) + func.length(_MESSAGE.c.reasoning)
    size += func.coalesce(func.length(_MESSAGE.c.raw), 0)
    ours = select(_MESSAGE.c.id, size).where(_MESSAGE.c.owner_id == owner_id, _MESSAGE.c.id.in_(message_ids))
    return {id: characters for id, characters in await session.execute(ours)}


async def get_with_generation(session: AsyncSession, owner_id: str, message_id: str) -> BranchMessage | None:
    """The owner's message with this id, with its generation."""
    row = (await session.execute(_with_generation().where(_ours(owner_id, message_id)))).one_or_none()
    if row is None:
        return None
    await add_pieces(session, [row[0]])
    return (await _with_client_ids(session, owner_id, [row]))[0]


async def branch_window(
    session: AsyncSession,
    owner_id: str,
    conversation_id: str,
    leaf_id: str | None,
    *,
    limit: int,
    before_message_id: str | None = None,
) -> BranchWindow:
    """The newest `limit` messages of the branch that ends at `leaf_id`, oldest first.

    With `before_message_id`, a message of that branch, the messages right before it. The window is empty if
    the leaf is None or not in the owner's conversation.
    """
    start: str | ScalarSelect[str | None] | None = leaf_id
    if before_message_id is not None:
        start = select(col(Message.parent_id)).where(_ours(owner_id, before_message_id)).scalar_subquery()
    if start is None or limit < 1:
        return BranchWindow([], has_more=False)
    walk = _upwards(owner_id, conversation_id, start, limit)
    wanted = _with_generation().join(walk, walk.c.id == col(Message.id)).order_by(col(Message.depth))
    rows = list(await session.execute(wanted))
    if not rows:
        return BranchWindow([], has_more=False)
    await add_pieces(session, [message for message, _ in rows])
    first = rows[0][0]
    shown = [row for row in rows if row[0].deleted_at is None]
    window = await _with_client_ids(session, owner_id, shown)
    return BranchWindow(window, has_more=first.parent_id is not None, start_id=first.id)


async def branch(
    session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str | None
) -> list[Message]:
    """Every message from the root to `leaf_id` except deleted ones, oldest first, as sent to providers."""
    if leaf_id is None:
        return []
    walk = _upwards(owner_id, conversation_id, leaf_id, None)
    wanted = select(Message).join(walk, walk.c.id == col(Message.id)).order_by(col(Message.depth))
    return list(await session.scalars(wanted.where(col(Message.deleted_at).is_(None))))


@dataclass(frozen=True, slots=True)
class BranchPage:
    """Part of a branch as sent to providers, oldest first; `above` is the message before it."""

    messages: list[Message]
    above: str | None


async def branch_page(
    session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str, *, limit: int
) -> BranchPage:
    """The last `limit` messages of the branch that ends at `leaf_id`, except deleted and empty ones."""
    walk = _upwards(owner_id, conversation_id, leaf_id, limit)
    wanted = select(Message).join(walk, walk.c.id == col(Message.id)).order_by(col(Message.depth))
    found = list(await session.scalars(wanted))
    told = [message for message in found if message.deleted_at is None and message.content]
    return BranchPage(told, found[0].parent_id if found else None)


async def count_prompt_messages(
    session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str
) -> int:
    """The number of messages on the branch that ends at `leaf_id`, except deleted and empty ones."""
    walk = _upwards(owner_id, conversation_id, leaf_id, None)
    wanted = select(func.count()).select_from(_MESSAGE.join(walk, walk.c.id == _MESSAGE.c.id))
    told = wanted.where(_MESSAGE.c.deleted_at.is_(None), _MESSAGE.c.content != "")
    return (await session.scalars(told)).one()


async def children(
    session: AsyncSession, owner_id: str, conversation_id: str, parent_id: str | None
) -> list[Message]:
    """The children of `parent_id`, or the roots if it is None, oldest first."""
    below = select(Message).where(
        col(Message.owner_id) == owner_id,
        col(Message.conversation_id) == conversation_id,
        col(Message.parent_id).is_(None) if parent_id is None else col(Message.parent_id) == parent_id,
    )
    return list(await session.scalars(below.order_by(col(Message.id))))


async def sibling_ids(
    session: AsyncSession, owner_id: str, conversation_id: str, message_ids: Sequence[str]
) -> dict[str, list[str]]:
    """For each of these messages, the ids of all its versions including itself, oldest first.

    Deleted ones are left out.
    """
    asked = select(col(Message.id), col(Message.parent_id)).where(
        col(Message.owner_id) == owner_id,
        col(Message.conversation_id) == conversation_id,
        col(Message.id).in_(message_ids),
    )
    parents = {row.id: row.parent_id for row in await session.execute(asked)}
    there: ColumnElement[bool] = col(Message.parent_id).in_(
        {parent for parent in parents.values() if parent is not None}
    )
    if None in parents.values():
        there = or_(there, col(Message.parent_id).is_(None))
    below = (
        select(col(Message.parent_id), col(Message.id))
        .where(
            col(Message.owner_id) == owner_id,
            col(Message.conversation_id) == conversation_id,
            col(Message.deleted_at).is_(None),
            there,
        )
        .order_by(col(Message.id))
    )
    places: dict[str | None, list[str]] = {}
    for parent_id, sibling_id in await session.execute(below):
        places.setdefault(parent_id, []).append(sibling_id)
    return {message_id: list(places.get(parent, ())) for message_id, parent in parents.items()}


async def newest_leaf(session: AsyncSession, owner_id: str, message_id: str) -> str | None:
    """The end of the newest branch through a message, used when the user switches to it."""
    top, below, child = _MESSAGE.alias().c, _MESSAGE.alias().c, _MESSAGE.alias().c
    first = select(top.id, top.conversation_id).where(top.owner_id == owner_id, top.id == message_id)
    walk = first.cte("walk", recursive=True)
    walk = walk.union_all(
        select(below.id, below.conversation_id).where(
            below.conversation_id == walk.c.conversation_id,
            below.parent_id == walk.c.id,
            below.owner_id == owner_id,
        )
    )
    is_leaf = ~exists().where(child.parent_id == walk.c.id)
    newest = select(walk.c.id).where(is_leaf).order_by(walk.c.id.desc()).limit(1)
    return (await session.scalars(newest)).first()


async def delete(
    session: AsyncSession, owner_id: str, message_ids: Sequence[str], *, now: datetime | None = None
) -> int:
    """Delete messages, so that they are neither shown nor sent; returns how many the owner had."""
    ours = update(Message).where(
        col(Message.owner_id) == owner_id, col(Message.id).in_(message_ids), col(Message.deleted_at).is_(None)
    )
    return await change(session, ours.values(deleted_at=now or utc_now()))


async def restore(session: AsyncSession, owner_id: str, message_ids: Sequence[str]) -> int:
    """Undo `delete` and return how many were restored. A message whose text was erased cannot be."""
    ours = update(Message).where(
        col(Message.owner_id) == owner_id,
        col(Message.id).in_(message_ids),
        col(Message.deleted_at).is_not(None),
        col(Message.erased_at).is_(None),
    )
    return await change(session, ours.values(deleted_at=None))


def _ours(owner_id: str, message_id: str) -> ColumnElement[bool]:
    return and_(col(Message.owner_id) == owner_id, col(Message.id) == message_id)


def _with_generation() -> Any:
    joined = and_(
        col(Generation.message_id) == col(Message.id), col(Generation.owner_id) == col(Message.owner_id)
    )
    return select(Message, Generation).join(Generation, joined, isouter=True)


async def _with_client_ids(session: AsyncSession, owner_id: str, rows: Sequence[Any]) -> list[BranchMessage]:
    asked = [message.id for message, _ in rows if message.role is Role.USER]
    ids = await client_ids.of_messages(session, owner_id, asked)
    return [BranchMessage(message, generation, ids.get(message.id, ())) for message, generation in rows]
