"""What the menu of a conversation does, in the sidebar and in the history."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import reflex as rx

from webchat.services.runtime import services
from webchat.state.chat import ChatState
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, event, identifier
from webchat.state.history import HistoryState
from webchat.state.history_filters import FolderRow
from webchat.state.notice import warn
from webchat.state.owner import owner_of, tab_of
from webchat.state.sidebar import SidebarState


class ConversationMenuState(rx.State):
    """The row of the sidebar being renamed, and the dialog for a conversation's folder and tags."""

    renaming: str = ""
    renaming_in: str = ""
    """The list it is renamed in, because a conversation of a folder is also among the recent ones."""

    labelling: str = ""
    """The conversation that the dialog is open for."""
    folders: list[FolderRow] = []
    folder_id: str = ""
    tags: str = ""

    @rx.event
    async def pin(self, conversation_id: str, pinned: bool) -> AsyncIterator[Any]:
        """Pin a conversation, or unpin it."""
        wanted = identifier(conversation_id)
        change = services().collections.pin(owner_of(self), [wanted], pinned is True)
        async for each in self._change(wanted, change):
            yield each

    @rx.event
    async def archive(self, conversation_id: str, archived: bool) -> AsyncIterator[Any]:
        """Archive a conversation, or list it again."""
        wanted = identifier(conversation_id)
        change = services().collections.archive(owner_of(self), [wanted], archived is True)
        async for each in self._change(wanted, change):
            yield each

    @rx.event
    def start_renaming(self, conversation_id: str, place: str) -> None:
        """Show a field for the new title in a list of the sidebar."""
        self.renaming, self.renaming_in = identifier(conversation_id), identifier(place)

    @rx.event
    def cancel_renaming(self) -> None:
        """Stop renaming without saving."""
        self.renaming = ""

    @rx.event
    async def rename(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Save the new title."""
        wanted, self.renaming = self.renaming, ""
        change = services().conversations.rename(owner_of(self), wanted, entry(form, "title"))
        async for each in self._change(wanted, change):
            yield each

    @rx.event
    async def open_labels(self, conversation_id: str) -> AsyncIterator[Any]:
        """Open the dialog for the folder and the tags of a conversation."""
        wanted = identifier(conversation_id)
        try:
            labels = await services().collections.labels(owner_of(self), wanted)
        except REFUSED as problem:
            yield warn(problem)
            return
        folders = await services().collections.folders(owner_of(self))
        self.folders = [FolderRow(each.id, each.name) for each in folders]
        self.folder_id, self.tags = labels.folder_id, ", ".join(labels.tags)
        self.labelling = wanted

    @rx.event
    def close_labels(self) -> None:
        """Close the dialog without saving."""
        self.labelling = ""

    @rx.event
    async def save_labels(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Save the folder and the tags, which commas separate."""
        wanted, tags, folder = self.labelling, entry(form, "tags"), entry(form, "folder")
        texts = [each for each in tags.split(",") if each.strip()] if isinstance(tags, str) else []
        saving = services().collections.set_labels(owner_of(self), wanted, identifier(folder), texts)
        async for each in self._change(wanted, saving):
            yield each

    async def _change(self, conversation_id: str, change: Awaitable[Any]) -> AsyncIterator[Any]:
        try:
            await change
        except REFUSED as problem:
            yield warn(problem)
            return
        services().changes.publish(owner_of(self), conversation_id, tab_of(self))
        self.labelling = ""
        yield event(SidebarState.load)
        yield event(HistoryState.refresh)
        yield event(ChatState.on_remote_change, conversation_id=conversation_id)
