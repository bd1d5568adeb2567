"""A page of the branch that a conversation shows."""

from __future__ import annotations

from dataclasses import dataclass

from webchat.storage.engine import Session
from webchat.storage.queries import branches
from webchat.storage.queries.branches import BranchMessage, BranchWindow
from webchat.storage.tables import Conversation


@dataclass(frozen=True, slots=True)
class Window:
    """A page of a branch, oldest first.

    `start_id` points to the page before. `places` has the ids of all versions, oldest first, for each message
    that has several.
    """

    items: list[BranchMessage]
    has_older: bool
    start_id: str
    places: dict[str, list[str]]


async def window_of(session: Session, row: Conversation, limit: int, before_id: str | None = None) -> Window:
    """The newest `limit` messages of the current branch, or those before a given message."""
    found = await _branch_window(session, row, limit, before_id)
    while found.has_more and not found.rows:  # all rows were deleted
        found = await _branch_window(session, row, limit, found.start_id)
    ids = [shown.message.id for shown in found.rows]
    siblings = await branches.sibling_ids(session, row.owner_id, row.id, ids)
    places = {message_id: place for message_id, place in siblings.items() if len(place) > 1}
    return Window(found.rows, found.has_more, found.start_id or "", places)


async def _branch_window(
    session: Session, row: Conversation, limit: int, before_id: str | None
) -> BranchWindow:
    return await branches.branch_window(
        session, row.owner_id, row.id, row.current_leaf_id, limit=limit, before_message_id=before_id
    )
