"""Reads whole conversations in pieces of limited size, for exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries import diagrams, files
from webchat.storage.queries.files import OwnedFile
from webchat.storage.tables import (
    AssistantFile,
    Attachment,
    Conversation,
    ConversationFile,
    Diagram,
    File,
    Table,
)
from webchat.storage.types import MessageStatus

_CONVERSATION = Table.metadata.tables["conversation"]
_MESSAGE = Table.metadata.tables["message"]
_GENERATION = Table.metadata.tables["generation"]
_ATTEMPT = Table.metadata.tables["attempt"]
_PIECE = Table.metadata.tables["checkpoint"]

_EXPORTED = (Attachment, AssistantFile, ConversationFile)
"""The tables that say whose files an export of everything has."""

MOST_DRAWN = 4 * 1024 * 1024
"""Characters of the drawings of diagrams that are read together."""

Row = dict[str, Any]
"""A row of a table by the names of its columns."""


@dataclass(frozen=True, slots=True)
class Place:
    """A message of a conversation and the number of its characters."""

    conversation_id: str
    id: str
    size: int


@dataclass(frozen=True, slots=True)
class WholeMessage:
    """A message with the generation that wrote it and the attempts of that, in order."""

    message: Row
    generation: Row | None
    attempts: list[Row]
    files: list[OwnedFile] = field(default_factory=list)
    diagrams: list[Diagram] = field(default_factory=list)


async def conversation_ids(session: AsyncSession, owner_id: str) -> list[str]:
    """The ids of all conversations of the owner, oldest first, without deleted and temporary ones."""
    ours = select(col(Conversation.id)).where(
        col(Conversation.owner_id) == owner_id,
        col(Conversation.deleted_at).is_(None),
        col(Conversation.temporary).is_(False),
    )
    return sorted(await session.scalars(ours))


async def get_conversations(session: AsyncSession, owner_id: str, ids: Sequence[str]) -> list[Row]:
    """The owner's conversations with these ids, in the order of the ids, without deleted ones."""
    c = _CONVERSATION.c
    wanted = select(_CONVERSATION).where(c.owner_id == owner_id, c.id.in_(ids), c.deleted_at.is_(None))
    found = {row["id"]: dict(row) for row in (await session.execute(wanted)).mappings()}
    return [found[id] for id in ids if id in found]


async def hashes(session: AsyncSession, owner_id: str, conversation_ids: Sequence[str] | None) -> list[str]:
    """The contents of the files of these conversations of the owner, or of all messages and assistants."""
    wanted = select(col(File.hash)).distinct().where(col(File.owner_id) == owner_id).order_by(col(File.hash))
    if conversation_ids is None:
        held = [select(col(each.file_id)).where(col(each.owner_id) == owner_id) for each in _EXPORTED]
        return list(await session.scalars(wanted.where(or_(*(col(File.id).in_(each) for each in held)))))
    c = _MESSAGE.c
    messages = select(c.id).where(c.owner_id == owner_id, c.conversation_id.in_(conversation_ids))
    sent = select(col(Attachment.file_id)).where(col(Attachment.message_id).in_(messages))
    begun = select(col(ConversationFile.file_id)).where(
        col(ConversationFile.conversation_id).in_(conversation_ids)
    )
    return list(await session.scalars(wanted.where(or_(col(File.id).in_(sent), col(File.id).in_(begun)))))


async def trees(session: AsyncSession, owner_id: str, conversation_ids: Sequence[str]) -> list[Place]:
    """Every message of these conversations of the owner, parents first; conversations in order of their
    ids."""
    c = _MESSAGE.c
    wanted = _places().where(c.owner_id == owner_id, c.conversation_id.in_(conversation_ids))
    rows = await session.execute(wanted.order_by(c.conversation_id, c.depth, c.id))
    return [Place(*row) for row in rows]


async def current_branches(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str]
) -> list[Place]:
    """The messages that these conversations of the owner show, oldest first, without deleted ones;
    conversations in order of their ids."""
    m, c = _MESSAGE.c, _CONVERSATION.c
    last = (
        select(m.id, m.conversation_id, m.parent_id, m.depth)
        .join(_CONVERSATION, and_(c.current_leaf_id == m.id, c.id == m.conversation_id))
        .where(c.owner_id == owner_id, c.id.in_(conversation_ids), m.owner_id == owner_id)
    )
    walk = last.cte("walk", recursive=True)
    above = _MESSAGE.alias().c
    onward = select(above.id, above.conversation_id, above.parent_id, above.depth).where(
        above.id == walk.c.parent_id,
        above.conversation_id == walk.c.conversation_id,
        above.depth < walk.c.depth,  # so that it always ends
        above.owner_id == owner_id,
    )
    walk = walk.union_all(onward)
    shown = _places().join(walk, walk.c.id == m.id).where(m.deleted_at.is_(None))
    rows = await session.execute(shown.order_by(m.conversation_id, m.depth))
    return [Place(*row) for row in rows]


async def get_messages(session: AsyncSession, owner_id: str, ids: Sequence[str]) -> list[WholeMessage]:
    """The owner's messages with these ids, in the order of the ids."""
    m, g, a = _MESSAGE.c, _GENERATION.c, _ATTEMPT.c
    found = await _rows(session, select(_MESSAGE).where(m.owner_id == owner_id, m.id.in_(ids)))
    rows = {row["id"]: row for row in found}
    await _add_pieces(session, [row for row in found if row["status"] is MessageStatus.STREAMING])
    ran = await _rows(session, select(_GENERATION).where(g.owner_id == owner_id, g.message_id.in_(ids)))
    attached = await files.of_messages(session, owner_id, ids)
    with_diagrams = [row["id"] for row in found if "mermaid" in row["content"].lower()]
    drawn = await diagrams.of_messages(session, owner_id, with_diagrams, MOST_DRAWN)
    generations = {row["message_id"]: row for row in ran}
    attempts: dict[str, list[Row]] = {row["id"]: [] for row in ran}
    tried = select(_ATTEMPT).where(a.owner_id == owner_id, a.generation_id.in_(attempts)).order_by(a.number)
    for row in await _rows(session, tried):
        attempts[row["generation_id"]].append(row)
    whole = []
    for id in ids:
        if id in rows:
            generation = generations.get(id)
            tries = attempts[generation["id"]] if generation else []
            whole.append(WholeMessage(rows[id], generation, tries, attached.get(id, []), drawn.get(id, [])))
    return whole


async def _add_pieces(session: AsyncSession, running: Sequence[Row]) -> None:
    """Add the text that the checkpoints of running answers hold."""
    rows = {row["id"]: row for row in running}
    p = _PIECE.c
    wanted = select(p.message_id, p.content, p.reasoning).where(p.message_id.in_(rows))
    for id, text, reasoning in await session.execute(wanted.order_by(p.message_id, p.start)):
        rows[id]["content"] += text
        rows[id]["reasoning"] += reasoning


def _places() -> Select[Any]:
    c = _MESSAGE.c
    raw = func.coalesce(func.length(c.raw), 0)
    return select(c.conversation_id, c.id, func.length(c.content) + func.length(c.reasoning) + raw)


async def _rows(session: AsyncSession, wanted: Select[Any]) -> list[Row]:
    return [dict(row) for row in (await session.execute(wanted)).mappings()]
