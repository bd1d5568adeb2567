"""The checkpoints of running answers: each one adds a row with the new text only.

So saving a long answer costs no more than a short one. When the answer ends, all pieces are moved into the
message. Until then they follow the message's own text, where `add_pieces` puts them when the message is read.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Delete, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col

from webchat.storage.queries._rows import built_once
from webchat.storage.tables import Checkpoint, Message, Table
from webchat.storage.types import MessageStatus

_PIECES = Table.metadata.tables["checkpoint"]


async def add_pieces(session: AsyncSession, messages: Sequence[Message]) -> None:
    """Add the text of their checkpoints to those messages that are streaming."""
    running = {each.id: each for each in messages if each.status is MessageStatus.STREAMING}
    if not running:
        return
    wanted = (
        select(col(Checkpoint.message_id), col(Checkpoint.content), col(Checkpoint.reasoning))
        .where(col(Checkpoint.message_id).in_(running))
        .order_by(col(Checkpoint.message_id), col(Checkpoint.start))
    )
    stored = select(col(Message.id), col(Message.content), col(Message.reasoning)).where(
        col(Message.id).in_(running)
    )
    # From the row, because a message read twice in one session would get its pieces twice.
    words = {id: ([text], [thoughts]) for id, text, thoughts in await session.execute(stored)}
    for id, text, thoughts in await session.execute(wanted):
        words[id][0].append(text)
        words[id][1].append(thoughts)
    for id, (texts, reasoning) in words.items():
        set_committed_value(running[id], "content", "".join(texts))
        set_committed_value(running[id], "reasoning", "".join(reasoning))


async def fold(session: AsyncSession, message_ids: Sequence[str]) -> None:
    """Move the pieces of these messages into the messages."""
    for message_id in message_ids:
        await session.execute(select(func.fold_pieces(message_id)))


async def drop(session: AsyncSession, message_ids: Sequence[str], *, since: int = 0) -> None:
    """Delete the pieces of these messages that begin at `since` characters or later."""
    await session.execute(_drop(), {"message_ids": list(message_ids), "since": since})


@built_once
def _drop() -> Delete:
    return delete(_PIECES).where(
        _PIECES.c.message_id.in_(bindparam("message_ids", expanding=True)),
        _PIECES.c.start >= bindparam("since"),
    )
