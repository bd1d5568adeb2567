"""Branches: the path of messages from a root to one of its ends, of which one is shown and sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.messages import Role
from webchat.storage.queries import client_ids
from webchat.storage.queries._branches import upwards
from webchat.storage.queries._checkpoints import add_pieces
from webchat.storage.tables import Generation, Message, Table

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
    older window ends before it. In the middle of a branch, `has_newer` and `end_id` are the same for newer
    ones.
    """

    rows: list[BranchMessage]
    has_more: bool
    start_id: str | None = None
    has_newer: bool = False
    end_id: str | None = None


@dataclass(frozen=True, slots=True)
class BranchPage:
    """Part of a branch as sent to providers, oldest first; `above` is the message before it."""

    messages: list[Message]
    above: str | None


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
    walk = upwards(owner_id, conversation_id, start, limit)
    wanted = _with_generation().join(walk, walk.c.id == col(Message.id)).order_by(col(Message.depth))
    rows = list(await session.execute(wanted))
    if not rows:
        return BranchWindow([], has_more=False)
    await add_pieces(session, [message for message, _ in rows])
    first = rows[0][0]
    shown = [row for row in rows if row[0].deleted_at is None]
    window = await _with_client_ids(session, owner_id, shown)
    return BranchWindow(window, has_more=first.parent_id is not None, start_id=first.id)


async def branch_section(
    session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str | None, *, first: int, limit: int
) -> BranchWindow:
    """Up to `limit` messages from the depth `first` of the branch that ends at `leaf_id`, oldest first.

    Reading the middle of a branch means walking there from its end: about 1 ms for 1,000 messages.
    """
    if leaf_id is None or limit < 1:
        return BranchWindow([], has_more=False)
    walk = upwards(owner_id, conversation_id, leaf_id, None, to_depth=first)
    there = walk.c.depth.between(first, first + limit - 1)
    wanted = _with_generation().join(walk, walk.c.id == col(Message.id)).where(there)
    rows = list(await session.execute(wanted.order_by(col(Message.depth))))
    if not rows:
        return BranchWindow([], has_more=False)
    await add_pieces(session, [message for message, _ in rows])
    window = await _with_client_ids(session, owner_id, [row for row in rows if row[0].deleted_at is None])
    top, bottom = rows[0][0], rows[-1][0]
    return BranchWindow(window, top.parent_id is not None, top.id, bottom.id != leaf_id, bottom.id)


async def branch(
    session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str | None
) -> list[Message]:
    """Every message from the root to `leaf_id` except deleted ones, oldest first, as sent to providers."""
    if leaf_id is None:
        return []
    walk = upwards(owner_id, conversation_id, leaf_id, None)
    wanted = select(Message).join(walk, walk.c.id == col(Message.id)).order_by(col(Message.depth))
    return list(await session.scalars(wanted.where(col(Message.deleted_at).is_(None))))


async def branch_page(
    session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str, *, limit: int
) -> BranchPage:
    """The last `limit` messages of the branch that ends at `leaf_id`, except deleted ones and empty
    answers."""
    walk = upwards(owner_id, conversation_id, leaf_id, limit)
    wanted = select(Message).join(walk, walk.c.id == col(Message.id)).order_by(col(Message.depth))
    found = list(await session.scalars(wanted))
    told = [
        # A question without text has files.
        message
        for message in found
        if message.deleted_at is None and (message.content or message.role is Role.USER)
    ]
    return BranchPage(told, found[0].parent_id if found else None)


async def count_prompt_messages(
    session: AsyncSession, owner_id: str, conversation_id: str, leaf_id: str
) -> int:
    """The number of messages on the branch that ends at `leaf_id`, except deleted and empty ones."""
    walk = upwards(owner_id, conversation_id, leaf_id, None)
    wanted = select(func.count()).select_from(_MESSAGE.join(walk, walk.c.id == _MESSAGE.c.id))
    is_told = or_(_MESSAGE.c.content != "", _MESSAGE.c.role == Role.USER)
    told = wanted.where(_MESSAGE.c.deleted_at.is_(None), is_told)
    return (await session.scalars(told)).one()


async def sibling_ids(
    session: AsyncSession, owner_id: str, conversation_id: str, message_ids: Sequence[str]
) -> dict[str, list[str]]:
    """For each of these messages, the ids of all its versions including itself, oldest first.

    Deleted ones are left out.
    """
    # Concatenated, so that SQLite looks for the messages instead of reading the whole conversation.
    ours = and_(col(Message.owner_id) == owner_id, col(Message.conversation_id).concat("") == conversation_id)
    asked = select(col(Message.id), col(Message.parent_id)).where(ours, col(Message.id).in_(message_ids))
    parents = {row.id: row.parent_id for row in await session.execute(asked)}
    places: dict[str | None, list[str]] = {}
    if above := {each for each in parents.values() if each is not None}:
        below = select(col(Message.parent_id), col(Message.id)).where(
            ours, col(Message.deleted_at).is_(None), col(Message.parent_id).in_(above)
        )
        for parent_id, sibling_id in await session.execute(below.order_by(col(Message.id))):
            places.setdefault(parent_id, []).append(sibling_id)
    if None in parents.values():  # on its own, because only roots have an index of their own
        roots = select(col(Message.id)).where(
            col(Message.owner_id) == owner_id,
            col(Message.conversation_id) == conversation_id,
            col(Message.deleted_at).is_(None),
            col(Message.parent_id).is_(None),
        )
        places[None] = list(await session.scalars(roots.order_by(col(Message.id))))
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


def _with_generation() -> Any:
    joined = and_(
        col(Generation.message_id) == col(Message.id), col(Generation.owner_id) == col(Message.owner_id)
    )
    return select(Message, Generation).join(Generation, joined, isouter=True)


async def _with_client_ids(session: AsyncSession, owner_id: str, rows: Sequence[Any]) -> list[BranchMessage]:
    asked = [message.id for message, _ in rows if message.role is Role.USER]
    ids = await client_ids.of_messages(session, owner_id, asked)
    return [BranchMessage(message, generation, ids.get(message.id, ())) for message, generation in rows]


def _ours(owner_id: str, message_id: str) -> ColumnElement[bool]:
    return and_(col(Message.owner_id) == owner_id, col(Message.id) == message_id)
