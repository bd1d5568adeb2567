"""The filters of the history besides the model: folder, tag and archive."""

from __future__ import annotations

from dataclasses import dataclass

import reflex as rx

from webchat.services.runtime import services
from webchat.state.events import identifier, update
from webchat.state.owner import owner_of

MAX_SHOWN_TAGS = 200
"""Tags offered as filters; the most used ones."""


@dataclass
class FolderRow:
    """A folder to choose."""

    id: str
    name: str


@dataclass
class TagRow:
    """A tag to choose; `label` says how many conversations have it."""

    tag: str
    label: str


class HistoryFilters(rx.State, mixin=True):
    """What is offered and chosen. An offer that disappears elsewhere is no longer chosen."""

    folders: list[FolderRow] = []
    tags: list[TagRow] = []
    folder_filter: str = ""
    tag_filter: str = ""
    archived: bool = False

    @rx.event
    async def filter_folder(self, folder_id: str) -> None:
        """Show the conversations of a folder; empty for all."""
        self.folder_filter = identifier(folder_id)
        await self.load()

    @rx.event
    async def filter_tag(self, tag: str) -> None:
        """Show the conversations with a tag; empty for all."""
        self.tag_filter = tag[:200] if isinstance(tag, str) else ""
        await self.load()

    @rx.event
    async def show_archived(self, archived: bool) -> None:
        """Show the archive, or everything else."""
        self.archived = archived is True
        await self.load()

    async def _load_filters(self) -> None:
        collections, owner_id = services().collections, owner_of(self)
        folders = [FolderRow(each.id, each.name) for each in await collections.folders(owner_id)]
        counts = await collections.tags(owner_id)
        shown = sorted(sorted(counts, key=lambda tag: -counts[tag])[:MAX_SHOWN_TAGS])
        update(self, folders=folders, tags=[TagRow(tag, f"{tag} ({counts[tag]:,})") for tag in shown])
        if self.folder_filter not in {row.id for row in folders}:
            self.folder_filter = ""
        if not self.archived and self.tag_filter not in counts:
            self.tag_filter = ""
