"""Walks a branch of a conversation's tree."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, literal, select

from webchat.storage.tables import Table

_MESSAGE = Table.metadata.tables["message"]
# Made once: the names of a table's columns take longer than the query.
_START = _MESSAGE.alias("start").c
_ABOVE = _MESSAGE.alias("above").c


def upwards(owner_id: str, conversation_id: str, start: Any, limit: int | None, *, to_depth: int = 0) -> CTE:
    """Up to `limit` ids from `start` towards the root, up to the depth `to_depth`.

    Depth decreases at each step, so it always ends.
    """
    at, above = _START, _ABOVE
    first = select(at.id, at.parent_id, at.depth, literal(1).label("step")).where(
        at.owner_id == owner_id, at.conversation_id == conversation_id, at.id == start
    )
    walk = first.cte("walk", recursive=True)
    onward = select(above.id, above.parent_id, above.depth, walk.c.step + 1).where(
        above.id == walk.c.parent_id,
        above.depth < walk.c.depth,
        above.owner_id == owner_id,
        above.conversation_id == conversation_id,
    )
    if to_depth > 0:
        onward = onward.where(walk.c.depth > to_depth)
    if limit is not None:
        onward = onward.where(walk.c.step < limit)
    return walk.union_all(onward)
