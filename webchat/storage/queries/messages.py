"""Messages: a tree per conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.messages import Role
from webchat.storage.errors import MessageNotFound
from webchat.storage.queries import conversations
from webchat.storage.queries._checkpoints import add_pieces
from webchat.storage.queries._rows import built_once, change
from webchat.storage.tables import Conversation, Message, Table
from webchat.storage.types import MessageStatus, utc_now

_MESSAGE = Table.metadata.tables["message"]


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
    wanted = {"owner_id": owner_id, "ids": list(message_ids)}
    found = {message.id: message for message in await session.scalars(_with_ids(), wanted)}
    await add_pieces(session, list(found.values()))
    return [found[message_id] for message_id in message_ids if message_id in found]


@built_once
def _with_ids() -> Select[Message]:
    return select(Message).where(
        col(Message.owner_id) == bindparam("owner_id"), col(Message.id).in_(bindparam("ids", expanding=True))
    )


async def sizes(session: AsyncSession, owner_id: str, message_ids: Sequence[str]) -> dict[str, int]:
    """The number of characters of text and reasoning in the owner's messages with these ids.

    A running answer counts with the text in its row, which is empty or where it was continued.
    """
    size = func.length(_MESSAGE.c.content) + func.length(_MESSAGE.c.reasoning)
    size += func.coalesce(func.length(_MESSAGE.c.raw), 0)
    ours = select(_MESSAGE.c.id, size).where(_MESSAGE.c.owner_id == owner_id, _MESSAGE.c.id.in_(message_ids))
    return {id: characters for id, characters in await session.execute(ours)}


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
