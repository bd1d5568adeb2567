"""Deleting conversations from any page, with an offer to undo it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import reflex as rx

from webchat.services.runtime import services
from webchat.state.chat_control import REFUSED
from webchat.state.events import identifier, identifiers
from webchat.state.history import HistoryState
from webchat.state.notice import warn
from webchat.state.owner import owner_of, tab_of
from webchat.state.sidebar import SidebarState
from webchat.storage.errors import NotFound


class DeletionState(rx.State):
    """What was deleted last. `title` is that of a single conversation."""

    count: int = 0
    """Number of conversations that can be restored; 0 if there is nothing to undo."""
    title: str = ""
    links: int = 0
    """Number of its share links, which do not work until it is restored."""

    _ids: list[str] = []
    _offered_at: str = ""
    """The address of the page that shows the offer."""

    @rx.event
    async def delete(self, conversation_id: str) -> AsyncIterator[Any]:
        """Move a conversation to the trash."""
        owner_id, wanted = owner_of(self), identifier(conversation_id)
        links = await services().sharing.count(owner_id, wanted)
        try:
            title = await services().conversations.delete(owner_id, wanted)
        except NotFound as problem:
            yield warn(problem)
            return
        self._offer([wanted], title, links)
        for each in self._reload():
            yield each

    @rx.event
    async def delete_several(self, conversation_ids: list[str]) -> AsyncIterator[Any]:
        """Move conversations to the trash, all or none."""
        ids = identifiers(conversation_ids)
        try:
            await services().trash.delete(owner_of(self), ids)
        except REFUSED as problem:
            yield warn(problem)
            return
        self._offer(list(dict.fromkeys(ids)))
        yield HistoryState.stop_selecting
        for each in self._reload():
            yield each

    def _offer(self, ids: list[str], title: str = "", links: int = 0) -> None:
        self._ids, self.count, self.title, self.links = ids, len(ids), title, links
        path = self.router.url.path
        self._offered_at = "/" if path.rpartition("/")[2] in ids else path

    @rx.event
    async def undo(self) -> AsyncIterator[Any]:
        """Restore what was deleted last."""
        ids, self.count = self._ids, 0
        try:
            await services().trash.restore(owner_of(self), ids)
        except REFUSED as problem:
            yield warn(problem)
        for each in self._reload(ids):
            yield each

    @rx.event
    def dismiss(self) -> None:
        """Dismiss the offer to undo."""
        self.count = 0

    @rx.event
    def open_page(self) -> None:
        """Dismiss an offer that was made on another page."""
        if self.count and self.router.url.path != self._offered_at:
            self.count = 0

    def _reload(self, restored: Sequence[str] = ()) -> list[Any]:
        """Events that bring this tab up to date, after the others were told."""
        for id_ in self._ids if len(self._ids) == 1 else [""]:
            services().changes.publish(owner_of(self), id_, tab_of(self))
        shown = self.router.url.path.rpartition("/")[2]
        events: list[Any] = [SidebarState.load, HistoryState.refresh]
        if not restored and shown in self._ids:
            events.append(rx.redirect("/"))
        return events
