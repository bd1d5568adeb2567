"""Writing down a send in one transaction, once however often it is repeated.

The whole of one call belongs in one `Database.write()` block. Those take turns, so of several repeats at once
the first writes and the others find its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.messages import Role
from webchat.storage.errors import ConversationNotFound, GenerationNotFound, MessageNotFound, StillAnswering
from webchat.storage.queries import conversations, generations, messages
from webchat.storage.tables import Conversation, Generation, Message
from webchat.storage.types import MessageStatus, utc_now


class Place(Enum):
    """Where a message goes when it is not below a given one."""

    CURRENT_LEAF = "current leaf"
    """Below the last message that is shown."""
    ROOT = "root"
    """At the top, beside the first message: what editing the first one does."""


@dataclass(frozen=True, slots=True)
class Send:
    """What a person sends. `provider` and `model` are the two halves of the model's id `Provider:model`."""

    client_id: str
    """Made by the browser once for this send; a repeat carries the same. Several with spaces between, if they
    were joined to one message."""
    content: str
    provider: str
    model: str
    conversation_id: str | None = None
    """None begins a new conversation, with the three fields below."""
    parent: str | Place = Place.CURRENT_LEAF
    """The id of the message to answer, the edited message's parent for instance."""
    title: str = ""
    system_prompt: str = ""
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Regenerate:
    """A wish for another answer to a person's message."""

    client_id: str
    conversation_id: str
    user_message_id: str
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class SendRecord:
    """The rows of a send. `created` is False for a repeat: then nothing is to be started."""

    conversation: Conversation
    user_message: Message
    assistant_message: Message
    generation: Generation
    created: bool


async def record_send(
    session: AsyncSession, owner_id: str, send: Send, *, now: datetime | None = None
) -> SendRecord:
    """Write the person's message, the empty answer below it and its running generation, and show that branch.

    The conversation is created or noted as active, and takes the model of the send. A repeated `client_id`
    changes nothing and returns the rows of the first, as they now are.

    Raises:
        ConversationNotFound: the owner has no such conversation (any more).
        MessageNotFound: the parent is not in it.
        StillAnswering: the parent is an answer that is being written.
    """
    sent = await find_sent(session, owner_id, send.client_id, send.conversation_id)
    if sent is not None:
        return await _repeated(session, owner_id, sent)
    moment = now or utc_now()
    if send.conversation_id is None:
        conversation = await conversations.create(
            session,
            owner_id,
            title=send.title,
            system_prompt=send.system_prompt,
            temperature=send.temperature,
            now=moment,
        )
    else:
        conversation = await conversations.require(session, owner_id, send.conversation_id)
    parent_id = _parent_id(send.parent, conversation)
    parent = await messages.require(session, owner_id, conversation.id, parent_id) if parent_id else None
    if parent is not None and parent.status is MessageStatus.STREAMING:
        raise StillAnswering
    user_message = messages.below(conversation, parent, role=Role.USER, content=send.content, now=moment)
    user_message.client_id = send.client_id
    session.add(user_message)
    await session.flush()  # before what refers to it: the session knows no order
    return await _answer(session, conversation, user_message, send.provider, send.model, None, moment)


async def find_sent(
    session: AsyncSession, owner_id: str, client_id: str, conversation_id: str | None
) -> Message | None:
    """What was sent under this id, be it as a part of a message of the conversation."""
    sent = await messages.find_by_client_id(session, owner_id, client_id)
    if sent is None and conversation_id is not None:
        sent = await messages.find_joined(session, owner_id, conversation_id, client_id)
    return sent


async def record_regeneration(
    session: AsyncSession, owner_id: str, wish: Regenerate, *, now: datetime | None = None
) -> SendRecord:
    """Write another empty answer, beside those there are, with its running generation, and show it.

    A repeated `client_id` changes nothing and returns the rows of the first, as they now are.

    Raises:
        ConversationNotFound: the owner has no such conversation (any more).
        MessageNotFound: no message of the person with this id is in it, or it was deleted.
    """
    sent = await messages.find_by_client_id(session, owner_id, wish.client_id)
    if sent is not None:
        return await _repeated(session, owner_id, sent)
    conversation = await conversations.require(session, owner_id, wish.conversation_id)
    user_message = await messages.require(session, owner_id, conversation.id, wish.user_message_id)
    if user_message.role is not Role.USER or user_message.deleted_at is not None:
        raise MessageNotFound(wish.user_message_id)
    moment = now or utc_now()
    return await _answer(
        session, conversation, user_message, wish.provider, wish.model, wish.client_id, moment
    )


def _parent_id(parent: str | Place, conversation: Conversation) -> str | None:
    if parent is Place.ROOT:
        return None
    if parent is Place.CURRENT_LEAF:
        return conversation.current_leaf_id
    return str(parent)


async def _answer(
    session: AsyncSession,
    conversation: Conversation,
    user_message: Message,
    provider: str,
    model: str,
    client_id: str | None,
    now: datetime,
) -> SendRecord:
    """Add the streaming answer below `user_message` and make it what the conversation shows."""
    assistant_message = messages.below(conversation, user_message, role=Role.ASSISTANT, content="", now=now)
    assistant_message.model = generations.model_id(provider, model)
    assistant_message.status = MessageStatus.STREAMING
    assistant_message.client_id = client_id
    session.add(assistant_message)
    conversation.model = assistant_message.model
    conversation.current_leaf_id = assistant_message.id
    conversation.updated_at = now
    await session.flush()
    generation = await generations.start(
        session,
        conversation.owner_id,
        assistant_message,
        provider=provider,
        model=model,
        system_prompt=conversation.system_prompt,
        temperature=conversation.temperature,
        now=now,
    )
    return SendRecord(conversation, user_message, assistant_message, generation, created=True)


async def _repeated(session: AsyncSession, owner_id: str, sent: Message) -> SendRecord:
    """The rows an earlier send wrote: `sent` is its person's message, or a regeneration's answer."""
    conversation = await conversations.require(session, owner_id, sent.conversation_id)
    if sent.role is Role.USER:
        user_message, assistant_message = sent, await _first_answer(session, owner_id, sent)
    else:
        user_message, assistant_message = await _asked(session, owner_id, sent), sent
    generation = await generations.get_by_message(session, owner_id, assistant_message.id)
    if generation is None:
        raise GenerationNotFound(assistant_message.id)
    return SendRecord(conversation, user_message, assistant_message, generation, created=False)


async def _first_answer(session: AsyncSession, owner_id: str, user_message: Message) -> Message:
    answers = (
        select(Message)
        .where(
            col(Message.owner_id) == owner_id,
            col(Message.conversation_id) == user_message.conversation_id,
            col(Message.parent_id) == user_message.id,
        )
        .order_by(col(Message.id))
        .limit(1)
    )
    answer = (await session.scalars(answers)).one_or_none()
    if answer is None:
        raise MessageNotFound(user_message.id)
    return answer


async def _asked(session: AsyncSession, owner_id: str, answer: Message) -> Message:
    if answer.parent_id is None:
        raise MessageNotFound(answer.id)
    asked = await messages.get(session, owner_id, answer.parent_id)
    if asked is None:
        raise ConversationNotFound(answer.conversation_id)
    return asked
