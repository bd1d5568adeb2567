"""The folders in the sidebar, and the conversations of the one that is open."""

from __future__ import annotations

import reflex as rx

from webchat.services.chat.collections import MAX_FOLDERS
from webchat.services.runtime import services
from webchat.state.events import identifier, update
from webchat.state.history_filters import FolderRow
from webchat.state.owner import owner_of
from webchat.state.rows import ConversationRow, sidebar_rows

FOLDERS = 5
"""Folders shown until the others are asked for."""
INSIDE = 10
"""Conversations that each page of a folder adds."""
MAX_INSIDE = 50
"""Conversations of a folder that the sidebar shows at most. The history has the others."""


class SidebarFolders(rx.State, mixin=True):
    """The first folders or all of them, at most one of them open, with its newest conversations."""

    folders: list[FolderRow] = []
    more_folders: int = 0
    """Number of folders that are not shown."""
    open_folder: str = ""
    inside: list[ConversationRow] = []
    inside_loaded: bool = False
    more_inside: bool = False
    """Whether the next page of the open folder can be shown."""
    inside_full: bool = False
    """Whether only the history shows the rest of the open folder."""

    _all_folders: bool = False
    _inside_cursor: str = ""

    @rx.event
    async def toggle_folder(self, folder_id: str) -> None:
        """Open a folder, or close it if it is open."""
        wanted = identifier(folder_id)
        known = any(row.id == wanted for row in self.folders)
        self.open_folder = wanted if known and wanted != self.open_folder else ""
        update(self, inside=[], inside_loaded=False, more_inside=False, inside_full=False)
        await self._load_inside()

    @rx.event
    async def show_all_folders(self) -> None:
        """Show all folders."""
        self._all_folders = True
        await self._load_folders()

    @rx.event
    async def load_more_inside(self) -> None:
        """Append the next page of the open folder."""
        if self.more_inside:
            await self._append_inside(INSIDE)

    async def _load_folders(self) -> None:
        found = await services().collections.folders(owner_of(self))
        shown = found[: MAX_FOLDERS if self._all_folders else FOLDERS]
        rows = [FolderRow(each.id, each.name) for each in shown]
        update(self, folders=rows, more_folders=len(found) - len(shown))
        if self.open_folder not in {row.id for row in rows}:
            update(self, open_folder="")
        await self._load_inside()

    async def _load_inside(self) -> None:
        """Reload what is shown of the open folder."""
        limit = max(1, -(-len(self.inside) // INSIDE)) * INSIDE
        self._inside_cursor = ""
        if self.open_folder:
            await self._append_inside(limit, keep=False)
        else:
            update(self, inside=[], inside_loaded=False, more_inside=False, inside_full=False)

    async def _append_inside(self, limit: int, *, keep: bool = True) -> None:
        page = await services().conversations.page(
            owner_of(self), "", self._inside_cursor, min(limit, MAX_INSIDE), folder_id=self.open_folder
        )
        rows = [*(self.inside if keep else []), *sidebar_rows(page.items)]
        self._inside_cursor = page.cursor
        full = len(rows) >= MAX_INSIDE
        update(self, inside=rows, inside_loaded=True)
        update(self, more_inside=bool(page.cursor) and not full, inside_full=bool(page.cursor) and full)
