"""Notifies every open tab of an owner about changes, so that tabs stay in sync without polling the database.

Each tab listens on its own websocket (`webchat/http/changes.py`). The tab that made a change is not notified.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

MAX_TABS = 500
"""Maximum number of listening tabs per owner."""
WAITING = 256
"""Changes buffered for a tab that is not reading; a tab further behind is told to reload everything."""

MODELS = "models"
"""Used in place of a conversation id when the available models have changed."""

ANSWERS = "answers"
"""Used in place of a conversation id when an answer has begun or ended."""

SHORTCUTS = "shortcuts"
"""Used in place of a conversation id when keyboard shortcuts have changed."""


class TooManyTabs(Exception):
    """An owner has `MAX_TABS` listening tabs already."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change to something that an owner's tabs show.

    Args:
        conversation_id: the conversation that changed; empty to reload everything; `MODELS` if the available
            models changed, `ANSWERS` if an answer began or ended, `SHORTCUTS` if keyboard shortcuts changed.
        origin: the tab that made the change, empty if no tab did.
    """

    conversation_id: str = ""
    origin: str = ""


class ChangeFeed(Protocol):
    """Where changes are published and listened to."""

    def publish(self, owner_id: str, conversation_id: str = "", origin: str = "") -> None:
        """Tell every other tab of the owner; never waits."""
        ...

    def publish_to_all(self, conversation_id: str) -> None:
        """Tell every tab of everybody; never waits."""
        ...

    def listen(self, owner_id: str, tab: str) -> AbstractContextManager[asyncio.Queue[Change]]:
        """The changes for one tab, from now until the block ends.

        Raises:
            TooManyTabs: the owner has too many already.
        """
        ...


class InProcessChangeFeed:
    """Publishes changes to the tabs of one process. It belongs to one event loop."""

    def __init__(self) -> None:
        self._tabs: dict[str, set[tuple[str, asyncio.Queue[Change]]]] = {}

    def publish(self, owner_id: str, conversation_id: str = "", origin: str = "") -> None:
        """Notify every other tab of the owner, without waiting."""
        change = Change(conversation_id, origin)
        for tab, queue in self._tabs.get(owner_id, ()):
            if tab != origin or not origin:
                if queue.full():
                    while not queue.empty():
                        queue.get_nowait()
                    queue.put_nowait(Change())
                else:
                    queue.put_nowait(change)

    def tabs(self) -> int:
        """The number of listening tabs."""
        return sum(map(len, self._tabs.values()))

    def publish_to_all(self, conversation_id: str) -> None:
        """Notify every tab of everybody, without waiting."""
        for owner_id in self._tabs:
            self.publish(owner_id, conversation_id)

    @contextmanager
    def listen(self, owner_id: str, tab: str) -> Iterator[asyncio.Queue[Change]]:
        """The changes for one tab, from now until the block ends.

        Raises:
            TooManyTabs: the owner already has too many.
        """
        listener = (tab, asyncio.Queue[Change](WAITING))
        tabs = self._tabs.setdefault(owner_id, set())
        if len(tabs) >= MAX_TABS:
            raise TooManyTabs
        tabs.add(listener)
        try:
            yield listener[1]
        finally:
            self._tabs[owner_id].discard(listener)
            if not self._tabs[owner_id]:
                del self._tabs[owner_id]
