"""Writes imported conversations with the ids they are given, whole or hidden until they are complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries import assistants
from webchat.storage.queries._rows import change
from webchat.storage.queries.exports import Row
from webchat.storage.tables import Conversation, Table

_CONVERSATION = Table.metadata.tables["conversation"]
_MESSAGE = Table.metadata.tables["message"]
_GENERATION = Table.metadata.tables["generation"]
_ATTEMPT = Table.metadata.tables["attempt"]


@dataclass(frozen=True, slots=True)
class Present:
    """A conversation that is already there.

    `is_unfinished` is True for one whose import was interrupted: it is hidden, and has no current leaf.
    """

    id: str
    leaf_id: str | None
    is_deleted: bool
    is_unfinished: bool


@dataclass(frozen=True, slots=True)
class NewRows:
    """Messages to add, parents first, with their generations and attempts.

    Each row has a value for every column except `owner_id`.
    """

    messages: list[Row]
    generations: list[Row]
    attempts: list[Row]


async def present(session: AsyncSession, owner_id: str, ids: Sequence[str]) -> dict[str, Present]:
    """Those of the conversations with these ids that the owner has, also deleted ones."""
    c = _CONVERSATION.c
    has_messages = exists().where(_MESSAGE.c.conversation_id == c.id)
    wanted = select(c.id, c.current_leaf_id, c.deleted_at, has_messages)
    rows = await session.execute(wanted.where(c.owner_id == owner_id, c.id.in_(ids)))
    return {
        id: Present(
            id, leaf_id, deleted_at is not None, deleted_at is not None and leaf_id is None and filled
        )
        for id, leaf_id, deleted_at, filled in rows
    }


async def depths(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str]
) -> dict[str, dict[str, int]]:
    """The depth of every message of these conversations of the owner, by conversation and message."""
    c = _MESSAGE.c
    wanted = select(c.conversation_id, c.id, c.depth)
    found: dict[str, dict[str, int]] = {}
    ours = wanted.where(c.owner_id == owner_id, c.conversation_id.in_(conversation_ids))
    for conversation_id, id, depth in await session.execute(ours):
        found.setdefault(conversation_id, {})[id] = depth
    return found


async def begin(
    session: AsyncSession,
    owner_id: str,
    conversations: Sequence[Row],
    *,
    hidden_since: datetime | None = None,
) -> None:
    """Add conversations; with `hidden_since`, they are marked as deleted until `show` is called.

    The rows have a value for every column except `owner_id` and `deleted_at`.
    """
    rows = [{**row, "owner_id": owner_id, "deleted_at": hidden_since} for row in conversations]
    if hidden_since is not None:
        rows = [row | {"current_leaf_id": None} for row in rows]
    rows = await _numbered(session, _CONVERSATION, rows)
    await (await session.connection()).execute(insert(_CONVERSATION), rows)


async def add(session: AsyncSession, owner_id: str, rows: NewRows) -> int:
    """Add messages to conversations of the owner, and return how many; 0 if one is not the owner's."""
    ids = {row["conversation_id"] for row in rows.messages}
    c = _CONVERSATION.c
    ours = select(func.count()).where(c.owner_id == owner_id, c.id.in_(ids))
    if not ids or (await session.scalars(ours)).one() != len(ids):
        return 0
    connection = await session.connection()
    messages = await _numbered(session, _MESSAGE, rows.messages)
    for table, new in ((_MESSAGE, messages), (_GENERATION, rows.generations), (_ATTEMPT, rows.attempts)):
        if new:
            await connection.execute(insert(table), [row | {"owner_id": owner_id} for row in new])
    return len(rows.messages)


async def _numbered(session: AsyncSession, table: Any, rows: Sequence[Row]) -> list[Row]:
    """The rows with numbers below those of all others, because a search shows the highest ones first."""
    lowest = (await session.scalars(select(func.min(table.c.number)))).one()
    first = min(lowest or 0, 0) - len(rows)
    return [{**row, "number": number} for number, row in enumerate(rows, start=first)]


async def tie_to_assistants(session: AsyncSession, owner_id: str, ties: Sequence[tuple[str, str]]) -> int:
    """Give conversations of the owner that have no assistant one of the owner's, and return how many.

    Args:
        ties: the ids of an assistant and of a conversation.
    """
    changed = 0
    for assistant_id, pairs in groupby(ties, itemgetter(0)):
        if not await assistants.exists(session, owner_id, assistant_id):
            continue
        ours = update(Conversation).where(
            col(Conversation.owner_id) == owner_id,
            col(Conversation.id).in_([id for _, id in pairs]),
            col(Conversation.assistant_id).is_(None),
        )
        changed += await change(session, ours.values(assistant_id=assistant_id))
    return changed


async def show(session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str | None) -> bool:
    """Make a conversation from `begin` visible with the branch that ends at `leaf_id`; False if the owner has
    none."""
    ours = update(Conversation).where(
        col(Conversation.owner_id) == owner_id, col(Conversation.id) == conversation_id
    )
    return await change(session, ours.values(deleted_at=None, current_leaf_id=leaf_id)) > 0


async def go_on(
    session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str | None, used: datetime
) -> bool:
    """Show a conversation's branch that ends at `leaf_id`, last used at a time; False if the owner has
    none."""
    ours = update(Conversation).where(
        col(Conversation.owner_id) == owner_id,
        col(Conversation.id) == conversation_id,
        col(Conversation.deleted_at).is_(None),
    )
    return await change(session, ours.values(current_leaf_id=leaf_id, updated_at=used)) > 0
