"""The trash page: deleted conversations, restored or deleted forever."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from webchat.services.chat.batches import MAX_AT_ONCE
from webchat.services.chat.trash import Deleted
from webchat.services.runtime import services
from webchat.state.chat_control import REFUSED
from webchat.state.days import day_heading
from webchat.state.events import identifier, update
from webchat.state.notice import tell, warn
from webchat.state.owner import owner_of, tab_of
from webchat.state.sidebar import SidebarState
from webchat.words.text import ngettext, t

PAGE = 50


@dataclass
class TrashRow:
    """One deleted conversation as text."""

    id: str
    title: str
    deleted: str
    remaining: str


class TrashState(rx.State):
    """What is in the trash, newest first, and what of it is selected."""

    rows: list[TrashRow] = []
    selected: list[str] = []
    has_more: bool = False
    loaded: bool = False
    asking: str = ""
    """What to confirm: empty, `selected` or `all`."""
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    _cursor: str = ""

    @rx.event
    async def open(self) -> None:
        """Open the page, with nothing selected."""
        self.selected, self.asking = [], ""
        await self._list(PAGE)

    @rx.event
    async def on_remote_change(self, _conversation_id: str) -> None:
        """Reload after a conversation has been deleted or restored elsewhere."""
        await self._list(max(PAGE, len(self.rows)))

    @rx.event
    async def load_more(self) -> None:
        """Append the next page."""
        if self.has_more:
            page = await services().trash.page(owner_of(self), self._cursor, PAGE)
            self.rows = [*self.rows, *map(self._row, page.items)]
            self._cursor, self.has_more = page.cursor, bool(page.cursor)

    @rx.event
    def pick(self, conversation_id: str) -> None:
        """Select a conversation, or no longer."""
        if conversation_id in self.selected:
            self.selected = [each for each in self.selected if each != conversation_id]
        elif any(row.id == conversation_id for row in self.rows) and len(self.selected) < MAX_AT_ONCE:
            self.selected = [*self.selected, conversation_id]

    @rx.event
    def ask(self, what: str) -> None:
        """Ask for confirmation before deleting `selected` or `all` forever; empty cancels."""
        self.asking = what if what in ("selected", "all") else ""

    @rx.event
    async def restore(self, conversation_id: str) -> AsyncIterator[Any]:
        """Restore one conversation."""
        restoring = services().trash.restore(owner_of(self), [identifier(conversation_id)])
        async for each in self._change(restoring, 1, _restored):
            yield each

    @rx.event
    async def restore_selected(self) -> AsyncIterator[Any]:
        """Restore the selected conversations."""
        restoring = services().trash.restore(owner_of(self), self.selected)
        async for each in self._change(restoring, len(self.selected), _restored):
            yield each

    @rx.event
    async def delete_selected(self) -> AsyncIterator[Any]:
        """Delete the selected conversations forever."""
        deleting = services().trash.delete_forever(owner_of(self), self.selected)
        async for each in self._change(deleting, len(self.selected), _deleted):
            yield each

    @rx.event
    async def empty(self) -> AsyncIterator[Any]:
        """Delete everything in the trash forever."""
        number = await services().trash.empty(owner_of(self))
        await self._changed()
        yield tell(f"{t('The trash is empty.')} {_deleted(number)}")

    async def _change(
        self, change: Awaitable[None], number: int, done: Callable[[int], str]
    ) -> AsyncIterator[Any]:
        try:
            await change
        except REFUSED as problem:
            yield warn(problem)
            return
        await self._changed()
        yield tell(done(number))
        yield SidebarState.load

    async def _changed(self) -> None:
        self.selected, self.asking = [], ""
        services().changes.publish(owner_of(self), "", tab_of(self))
        await self._list(max(PAGE, len(self.rows)))

    async def _list(self, limit: int) -> None:
        page = await services().trash.page(owner_of(self), "", limit)
        self._cursor = page.cursor
        rows = [self._row(item) for item in page.items]
        update(self, rows=rows, has_more=bool(page.cursor), loaded=True)
        update(self, selected=[each for each in self.selected if each in {row.id for row in rows}])

    def _row(self, item: Deleted) -> TrashRow:
        days = (item.gone_at - datetime.now(UTC)).days
        remaining = (
            t("gone within a day")
            if days < 1
            else ngettext("gone in {count} day", "gone in {count} days", days)
        )
        deleted = day_heading(item.deleted_at, self.time_zone)
        return TrashRow(item.id, item.title, t("Deleted: {day}", day=deleted), remaining)


def _restored(number: int) -> str:
    return ngettext("{count} conversation was restored.", "{count} conversations were restored.", number)


def _deleted(number: int) -> str:
    return ngettext(
        "{count} conversation was deleted forever.", "{count} conversations were deleted forever.", number
    )
