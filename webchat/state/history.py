"""The history page: all conversations by day, a page at a time, with rename, delete and undo."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from math import ceil
from typing import Any

import reflex as rx

from webchat.services.chat.summaries import Summary
from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.days import day_heading, time_of_day
from webchat.state.events import entry, identifier, update
from webchat.state.notice import warn
from webchat.state.owner import owner_of, tab_of
from webchat.state.rows import ConversationRow
from webchat.state.sidebar import SidebarState
from webchat.storage.errors import NotFound

PAGE = 50


class HistoryState(rx.State):
    """The list on the history page, and the row being renamed."""

    rows: list[ConversationRow] = []
    models: list[str] = []
    title_filter: str = ""
    model_filter: str = ""
    loaded: bool = False
    has_more: bool = False
    renaming: str = ""
    deleted_id: str = ""
    deleted_title: str = ""
    deleted_links: int = 0
    """Number of its share links, which do not work until it is restored."""
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    _cursor: str = ""

    @rx.var
    def filtered(self) -> bool:
        """Whether a filter is set."""
        return bool(self.title_filter or self.model_filter)

    @rx.event
    async def load(self) -> None:
        """Load the first page, newest first."""
        self.renaming = ""
        await self._list(PAGE)

    async def _list_again(self) -> None:
        """Reload as many pages as are shown, so that the scroll position is kept."""
        await self._list(max(1, ceil(len(self.rows) / PAGE)) * PAGE)

    async def _list(self, limit: int) -> None:
        conversations, owner_id = services().conversations, owner_of(self)
        models = await conversations.models_used(owner_id)
        page = await conversations.page(owner_id, self.title_filter, self.model_filter, "", limit)
        self._cursor = page.cursor
        update(self, models=models, rows=self._rows(page.items), has_more=bool(page.cursor), loaded=True)

    @rx.event
    async def open(self) -> None:
        """Open the page. An offer to undo from an earlier visit is dismissed."""
        self.deleted_id = ""
        await self.load()

    @rx.event
    async def load_more(self) -> None:
        """Append the next page."""
        if self.has_more:
            await self._extend()

    @rx.event
    async def filter_title(self, text: str) -> None:
        """Filter the conversations by title."""
        if isinstance(text, str):
            self.title_filter = text[:200]
            await self.load()

    @rx.event
    async def filter_model(self, model: str) -> None:
        """Filter the conversations by model; empty shows all."""
        if isinstance(model, str):
            self.model_filter = model
            await self.load()

    @rx.event
    async def on_remote_change(self, _conversation_id: str) -> None:
        """Reload the list after a conversation has changed elsewhere.

        A title being typed stays in its field unless its conversation is gone.
        """
        await self._list_again()
        if all(row.id != self.renaming for row in self.rows):
            self.renaming = ""

    def _tell_others(self, conversation_id: str) -> None:
        services().changes.publish(owner_of(self), conversation_id, tab_of(self))

    async def _extend(self) -> None:
        page = await services().conversations.page(
            owner_of(self), self.title_filter, self.model_filter, self._cursor, PAGE
        )
        last = next((row.heading for row in reversed(self.rows) if row.heading), "")
        self.rows = [*self.rows, *self._rows(page.items, last)]
        self._cursor = page.cursor
        self.has_more = bool(page.cursor)

    def _rows(self, items: Sequence[Summary], last_heading: str = "") -> list[ConversationRow]:
        """The rows that follow a row with the heading `last_heading`."""
        rows = []
        for item in items:
            heading = day_heading(item.updated_at, self.time_zone)
            rows.append(
                ConversationRow(
                    id=item.id,
                    title=item.title,
                    model=item.model,
                    when=time_of_day(item.updated_at, self.time_zone),
                    heading=heading if heading != last_heading else "",
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

    @rx.event
    async def delete(self, conversation_id: str) -> AsyncIterator[Any]:
        """Delete a conversation and offer to undo this."""
        owner_id, wanted = owner_of(self), identifier(conversation_id)
        links = await services().sharing.count(owner_id, wanted)
        try:
            title = await services().conversations.delete(owner_id, wanted)
        except NotFound as problem:
            yield warn(problem)
            return
        self.deleted_id, self.deleted_title, self.deleted_links = wanted, title, links
        self._tell_others(self.deleted_id)
        await self._list_again()
        yield SidebarState.load

    @rx.event
    async def undo_delete(self) -> AsyncIterator[Any]:
        """Restore the conversation deleted last."""
        try:
            await services().conversations.restore(owner_of(self), self.deleted_id)
        except NotFound as problem:
            yield warn(problem)
        self._tell_others(self.deleted_id)
        self.deleted_id = ""
        await self._list_again()
        yield SidebarState.load

    @rx.event
    def forget_deleted(self) -> None:
        """Dismiss the offer to undo."""
        self.deleted_id = ""
