"""A page of the branch that a conversation shows."""

from __future__ import annotations

from dataclasses import dataclass

from webchat.storage.engine import Session
from webchat.storage.queries import branches, messages
from webchat.storage.queries.branches import BranchMessage, BranchWindow
from webchat.storage.tables import Conversation, Message

OPENING = 8
"""Messages that a conversation opens with: more than a screenful, and few enough to be shown at once."""
WINDOW = 40
"""Messages loaded at once after that."""


@dataclass(frozen=True, slots=True)
class Window:
    """A page of a branch, oldest first.

    `start_id` points to the page before and `end_id` to the page after. `places` has the ids of all versions,
    oldest first, for each message that has several.
    """

    items: list[BranchMessage]
    has_older: bool
    start_id: str
    places: dict[str, list[str]]
    has_newer: bool = False
    end_id: str = ""


async def window_of(session: Session, row: Conversation, limit: int, before_id: str | None = None) -> Window:
    """The newest `limit` messages of the current branch, or those before a given message."""
    found = await _branch_window(session, row, limit, before_id)
    while found.has_more and not found.rows:  # all rows were deleted
        found = await _branch_window(session, row, limit, found.start_id)
    return await _window(session, row, found)


async def window_around(session: Session, row: Conversation, limit: int, message: Message) -> Window | None:
    """The `limit` messages around one of the current branch; None if it is on another branch."""
    found = await _section(session, row, max(message.depth - limit // 2, 0), limit)
    if all(shown.message.id != message.id for shown in found.rows):
        return None
    return await _window(session, row, found)


async def window_after(session: Session, row: Conversation, limit: int, message: Message) -> Window:
    """The `limit` messages right after one of the current branch."""
    first = message.depth + 1
    found = await _section(session, row, first, limit)
    while found.has_newer and not found.rows:  # all rows were deleted
        first += limit
        found = await _section(session, row, first, limit)
    return await _window(session, row, found)


async def opening_window(session: Session, row: Conversation, limit: int, around: str) -> Window:
    """The page a conversation opens with: its newest `limit` messages, or those around a message.

    `around` is the id of the message; the newest are taken if it is empty or not on the current branch.
    """
    message = await messages.get(session, row.owner_id, around) if around else None
    window = await window_around(session, row, limit, message) if message else None
    return window or await window_of(session, row, limit)


async def _section(session: Session, row: Conversation, first: int, limit: int) -> BranchWindow:
    return await branches.branch_section(
        session, row.owner_id, row.id, row.current_leaf_id, first=first, limit=limit
    )


async def _window(session: Session, row: Conversation, found: BranchWindow) -> Window:
    ids = [shown.message.id for shown in found.rows]
    siblings = await branches.sibling_ids(session, row.owner_id, row.id, ids)
    places = {message_id: place for message_id, place in siblings.items() if len(place) > 1}
    return Window(
        found.rows, found.has_more, found.start_id or "", places, found.has_newer, found.end_id or ""
    )


async def _branch_window(
    session: Session, row: Conversation, limit: int, before_id: str | None
) -> BranchWindow:
    return await branches.branch_window(
        session, row.owner_id, row.id, row.current_leaf_id, limit=limit, before_message_id=before_id
    )
