"""Tells every open tab of an owner what has changed, so that tabs agree without asking the database.

A tab listens over a websocket of its own (`webchat/http/changes.py`); the tab a change came from is left out,
since it knows already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

MAX_TABS = 500
"""Tabs of one owner that listen at once."""
WAITING = 256
"""Changes kept for a tab that does not listen; one further behind is told to read everything again."""

MODELS = "models"
"""What stands in place of a conversation's id where the models there are to choose from have changed."""


class TooManyTabs(Exception):
    """An owner has `MAX_TABS` listening tabs already."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something of an owner's that tabs show.

    Args:
        conversation_id: the conversation it is about; empty for anything, so that all is to be
            read again; `MODELS` for the models there are to choose from.
        origin: the tab that did it, empty if none did.
    """

    conversation_id: str = ""
    origin: str = ""


class ChangeFeed(Protocol):
    """Where changes are published and listened to."""

    def publish(self, owner_id: str, conversation_id: str = "", origin: str = "") -> None:
        """Tell every other tab of the owner; never waits."""
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
        """Tell every other tab of the owner; never waits."""
        change = Change(conversation_id, origin)
        for tab, queue in self._tabs.get(owner_id, ()):
            if tab != origin or not origin:
                if queue.full():
                    while not queue.empty():
                        queue.get_nowait()
                    queue.put_nowait(Change())
                else:
                    queue.put_nowait(change)

    @contextmanager
    def listen(self, owner_id: str, tab: str) -> Iterator[asyncio.Queue[Change]]:
        """The changes for one tab, from now until the block ends.

        Raises:
            TooManyTabs: the owner has too many already.
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
