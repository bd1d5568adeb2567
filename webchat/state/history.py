"""The history page: all conversations by day, a page at a time, with filters and a select mode."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from math import ceil
from typing import Any

import reflex as rx

from webchat.services.change_feed import ANSWERS
from webchat.services.chat.summaries import Page, Summary
from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.days import day_heading, time_of_day
from webchat.state.events import entry, identifier, update
from webchat.state.history_filters import HistoryFilters
from webchat.state.history_selection import HistorySelection
from webchat.state.notice import warn
from webchat.state.owner import owner_of, tab_of
from webchat.state.rows import ConversationRow, readable_model
from webchat.state.sidebar import SidebarState
from webchat.storage.errors import NotFound

PAGE = 50


class HistoryState(HistoryFilters, HistorySelection, rx.State):
    """The list on the history page, and the row being renamed."""

    rows: list[ConversationRow] = []
    models: list[str] = []
    model_filter: str = ""
    loaded: bool = False
    has_more: bool = False
    renaming: str = ""
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    _cursor: str = ""
    _folder_in_address: str = ""
    """Remembered, so that another filter chosen since then outlives a lost connection."""

    @rx.var
    def filtered(self) -> bool:
        """Whether a filter is set."""
        return bool(self.model_filter or self.folder_filter or self.tag_filter)

    @rx.event
    async def load(self) -> None:
        """Load the first page, newest first."""
        self.renaming = ""
        await self._list(PAGE)

    async def _list_again(self) -> None:
        """Reload as many pages as are shown, so that the scroll position is kept."""
        await self._list(max(1, ceil(len(self.rows) / PAGE)) * PAGE)

    async def _list(self, limit: int) -> None:
        await self._load_filters()
        models = await services().conversations.models_used(owner_of(self))
        page = await self._page("", limit)
        items = page.items
        while page.cursor and len(items) < limit:  # more than the largest page
            page = await self._page(page.cursor, limit - len(items))
            items = [*items, *page.items]
        self._cursor = page.cursor
        update(self, models=models, rows=self._rows(items), has_more=bool(page.cursor), loaded=True)
        self._forget_unlisted()

    async def _page(self, cursor: str, limit: int) -> Page:
        return await services().conversations.page(
            owner_of(self),
            self.model_filter,
            cursor,
            limit,
            folder_id=self.folder_filter,
            tag=self.tag_filter,
            archived=self.archived,
        )

    @rx.event
    async def open(self) -> None:
        """Open the page, with nothing selected, and the folder in its address if there is one."""
        self._end_selection()
        folder = identifier(self.router.url.query_parameters.get("folder", ""))
        if folder and folder != self._folder_in_address:
            self.folder_filter, self.archived = folder, False
            self.model_filter = self.tag_filter = ""
        self._folder_in_address = folder
        await self.load()

    @rx.event
    async def refresh(self) -> None:
        """Reload the list after something has changed, if this tab has shown it."""
        if self.loaded:
            await self._list_again()

    @rx.event
    async def load_more(self) -> None:
        """Append the next page."""
        if self.has_more:
            await self._extend()

    @rx.event
    async def filter_model(self, model: str) -> None:
        """Filter the conversations by model; empty shows all."""
        if isinstance(model, str):
            self.model_filter = model
            await self.load()

    @rx.event
    async def on_remote_change(self, conversation_id: str) -> None:
        """Reload the list after a conversation has changed elsewhere.

        A title being typed stays in its field unless its conversation is gone.
        """
        if conversation_id == ANSWERS:
            return
        await self._list_again()
        if all(row.id != self.renaming for row in self.rows):
            self.renaming = ""

    def _tell_others(self, conversation_id: str) -> None:
        services().changes.publish(owner_of(self), conversation_id, tab_of(self))

    async def _extend(self) -> None:
        page = await self._page(self._cursor, PAGE)
        last = next((row.heading for row in reversed(self.rows) if row.heading), "")
        self.rows = [*self.rows, *self._rows(page.items, last)]
        self._cursor = page.cursor
        self.has_more = bool(page.cursor)

    def _rows(self, items: Sequence[Summary], last_heading: str = "") -> list[ConversationRow]:
        """The rows that follow a row with the heading `last_heading`."""
        folders = {row.id: row.name for row in self.folders}
        rows = []
        for item in items:
            heading = day_heading(item.updated_at, self.time_zone)
            rows.append(
                ConversationRow(
                    id=item.id,
                    title=item.title,
                    model=readable_model(item.model),
                    when=time_of_day(item.updated_at, self.time_zone),
                    heading=heading if heading != last_heading else "",
                    pinned=item.pinned,
                    archived=item.archived,
                    folder=folders.get(item.folder_id, ""),
                    tags=list(item.tags),
                )
            )
            last_heading = heading
        return rows

    @rx.event
    def start_renaming(self, conversation_id: str) -> None:
        """Start renaming a conversation."""
        if any(row.id == conversation_id for row in self.rows):
            self.renaming = conversation_id

    @rx.event
    def cancel_renaming(self) -> None:
        """Stop renaming without saving."""
        self.renaming = ""

    @rx.event
    async def rename(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Save the new title."""
        try:
            title = await services().conversations.rename(owner_of(self), self.renaming, entry(form, "title"))
        except (ServiceError, NotFound) as problem:
            yield warn(problem)
            return
        for row in self.rows:
            if row.id == self.renaming:
                row.title = title
        self._tell_others(self.renaming)
        self.renaming = ""
        yield SidebarState.load
