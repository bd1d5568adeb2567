"""Builds the prompt: as many of the newest messages of a branch as fit into the model.

A branch is read in pages from its end, only as far as the context allows, so that sending costs the same in
long and short conversations.
"""

from __future__ import annotations

from webchat.messages import Message as Turn
from webchat.messages import Role
from webchat.services.answers.context import ANSWER_SHARE, estimated_tokens, fit
from webchat.services.files.files import Files
from webchat.services.files.parts import file_parts
from webchat.storage.engine import Session
from webchat.storage.queries import branches, file_lists
from webchat.storage.tables import Message

PAGE = 64
"""Messages read at a time."""
EARLIER_SHARE = 4
"""The documents of an earlier message get at most one over this number of the context."""
BEGUN_SHARE = 2
"""The documents that a conversation was begun with get at most one over this number of the context."""


async def build_prompt(
    session: Session,
    question: Message,
    system_prompt: str,
    room: int,
    attached: Files,
    after: tuple[Turn, ...] = (),
) -> tuple[tuple[Turn, ...], int]:
    """The messages to send for an answer to `question`, and how many earlier ones are left out.

    Answers that failed before their first text are not included. The files that the conversation was begun
    with come before its first message, and stay there however long it gets.

    Args:
        session: an open database session.
        question: the last message of the branch.
        system_prompt: comes first.
        room: the model's context size in tokens.
        attached: makes the parts for the files of the messages.
        after: messages that follow the question; never left out.
    """
    system = (Turn(Role.SYSTEM, system_prompt),) if system_prompt.strip() else ()
    bare = Turn(question.role, question.content)
    head = (*system, *await _begun_with(session, question, room, attached))
    left = room - room // ANSWER_SHARE - sum(map(estimated_tokens, (*head, bare, *after)))
    turns = [*await attached.turns(session, [question], left), *after]
    least = len(turns)
    tokens = sum(map(estimated_tokens, (*head, *turns)))
    above, unread = question.parent_id, 0
    while above is not None:
        if tokens > room:
            unread = await branches.count_prompt_messages(
                session, question.owner_id, question.conversation_id, above
            )
            break
        page = await branches.branch_page(
            session, question.owner_id, question.conversation_id, above, limit=PAGE
        )
        turns[:0] = read = await attached.turns(session, page.messages, room // EARLIER_SHARE)
        tokens += sum(map(estimated_tokens, read))
        above = page.above
    kept, left_out = fit((*head, *turns), room, least)
    return kept, left_out + unread


async def _begun_with(session: Session, question: Message, room: int, attached: Files) -> tuple[Turn, ...]:
    """A turn with the files of the conversation; none if it has none.

    They are its own, copied from its assistant when it was begun, so that nothing that happens to the
    assistant changes it. No message has them: it could be edited, deleted, or left out for its age.
    """
    holder = file_lists.CONVERSATION
    found = await file_lists.get(session, question.owner_id, holder, question.conversation_id)
    parts = file_parts(found, attached.store, attached.name, room // BEGUN_SHARE)
    return (Turn(Role.USER, parts, stays=True),) if parts else ()
