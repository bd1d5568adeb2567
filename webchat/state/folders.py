"""The dialog in which folders are made, renamed, ordered and deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import reflex as rx

from webchat.services.runtime import services
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, identifier, identifiers
from webchat.state.history import HistoryState
from webchat.state.notice import warn
from webchat.state.owner import owner_of, tab_of
from webchat.state.sidebar import SidebarState


class FoldersState(rx.State):
    """Whether the dialog is open, and which folder is to be confirmed for deletion. `HistoryState` has the
    folders."""

    opened: bool = False
    asking: str = ""
    created: int = 0
    """Number of folders created, so that the page empties the field."""

    @rx.event
    def open_dialog(self) -> None:
        """Open the dialog."""
        self.opened, self.asking = True, ""

    @rx.event
    def close(self) -> None:
        """Close the dialog."""
        self.opened = False

    @rx.event
    async def create(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Add a folder."""
        creating = services().collections.create_folder(owner_of(self), entry(form, "name"))
        async for each in self._change(creating):
            yield each

    @rx.event
    async def rename(self, folder_id: str, name: str) -> AsyncIterator[Any]:
        """Give a folder another name."""
        wanted = identifier(folder_id)
        there = await services().collections.folders(owner_of(self))
        if any(row.id == wanted and row.name == name for row in there):
            return
        async for each in self._change(services().collections.rename_folder(owner_of(self), wanted, name)):
            yield each

    @rx.event
    async def reorder(self, folder_ids: list[str]) -> AsyncIterator[Any]:
        """Put the folders in this order."""
        reordering = services().collections.reorder_folders(owner_of(self), identifiers(folder_ids))
        async for each in self._change(reordering):
            yield each

    @rx.event
    def ask(self, folder_id: str) -> None:
        """Ask for confirmation before deleting a folder; the empty id cancels."""
        self.asking = identifier(folder_id)

    @rx.event
    async def delete(self, folder_id: str) -> AsyncIterator[Any]:
        """Delete a folder. Its conversations stay."""
        self.asking = ""
        deleting = services().collections.delete_folder(owner_of(self), identifier(folder_id))
        async for each in self._change(deleting):
            yield each

    async def _change(self, change: Awaitable[Any]) -> AsyncIterator[Any]:
        try:
            await change
        except REFUSED as problem:
            yield warn(problem)
            return
        self.created += 1
        services().changes.publish(owner_of(self), "", tab_of(self))
        yield HistoryState.refresh
        yield SidebarState.load
