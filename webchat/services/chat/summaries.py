"""Conversations as lists show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from webchat.storage.tables import Conversation


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the sidebar or the history."""

    id: str
    title: str
    model: str
    updated_at: datetime
    pinned: bool = False
    archived: bool = False
    folder_id: str = ""
    tags: tuple[str, ...] = ()
    assistant_id: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the history, newest first; `cursor` points to the next page and is empty at the end."""

    items: list[Summary]
    cursor: str


def summary(row: Conversation, tags: Sequence[str] = ()) -> Summary:
    """The line of a conversation."""
    return Summary(
        row.id,
        row.title,
        row.model or "",
        row.updated_at,
        pinned=row.pinned_at is not None,
        archived=row.archived_at is not None,
        folder_id=row.folder_id or "",
        tags=tuple(tags),
        assistant_id=row.assistant_id or "",
    )
