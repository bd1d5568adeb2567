"""Answers of several models to one question, side by side until one is chosen."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from webchat.storage.queries import conversations, messages
from webchat.storage.tables import Conversation, Message
from webchat.storage.types import MessageStatus


def compared_ids(conversation: Conversation) -> list[str]:
    """The ids of the answers that the conversation's branch ends at, side by side; empty without a
    comparison."""
    ids = (conversation.compared_ids or "").split()
    return ids if conversation.current_leaf_id in ids else []


async def compared_answers(session: AsyncSession, owner_id: str, conversation: Conversation) -> list[Message]:
    """The answers of `compared_ids`, except deleted ones; empty if fewer than two are left."""
    ids = compared_ids(conversation)
    found = await messages.get_many(session, owner_id, ids) if ids else []
    shown = [message for message in found if message.deleted_at is None]
    is_deleted = all(message.id != conversation.current_leaf_id for message in shown)
    return [] if is_deleted or len(shown) < 2 else shown


async def last_message(session: AsyncSession, owner_id: str, conversation: Conversation) -> Message | None:
    """The message that the next one follows; None in an empty conversation.

    After a comparison, that is an answer being written while there is one, else the first complete answer,
    else the first.

    Raises:
        MessageNotFound: the last message is gone.
    """
    answers = await compared_answers(session, owner_id, conversation)
    for status in (MessageStatus.STREAMING, MessageStatus.COMPLETE):
        for answer in answers:
            if answer.status is status:
                return answer
    leaf_id = answers[0].id if answers else conversation.current_leaf_id
    if leaf_id is None:
        return None
    return await messages.require(session, owner_id, conversation.id, leaf_id)


async def is_beside_complete(session: AsyncSession, owner_id: str, message_id: str) -> bool:
    """Whether a message is one of the compared answers of its conversation, of which all have ended and at
    least one is complete."""
    message = await messages.get(session, owner_id, message_id)
    if message is None:
        return False
    conversation = await conversations.get(session, owner_id, message.conversation_id)
    if conversation is None:
        return False
    answers = await compared_answers(session, owner_id, conversation)
    if message_id not in [each.id for each in answers]:
        return False
    last = await last_message(session, owner_id, conversation)
    return last is not None and last.status is MessageStatus.COMPLETE


def begin(conversation: Conversation, answers: list[Message]) -> None:
    """Show these new answers side by side, and let their models answer the next message too."""
    conversation.compared_ids = " ".join(answer.id for answer in answers)
    conversation.compared_models = [answer.model or "" for answer in answers]
    _show_first(conversation, answers[0].id)


def replace(conversation: Conversation, old_id: str, new: Message) -> None:
    """Put another answer, which was just added, in the place of one of the compared ones."""
    ids = (conversation.compared_ids or "").split()
    place = ids.index(old_id)
    ids[place] = new.id
    conversation.compared_ids = " ".join(ids)
    models = list(conversation.compared_models or ())
    if place < len(models) and new.model not in models:  # they stay different ones
        models[place] = new.model or ""
        conversation.compared_models = models
    _show_first(conversation, ids[0])


def _show_first(conversation: Conversation, answer_id: str) -> None:
    conversation.current_leaf_id = answer_id
    if conversation.compared_models:
        conversation.model = conversation.compared_models[0]
