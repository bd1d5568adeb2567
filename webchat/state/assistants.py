"""The assistants in Settings: their order, copies, deletion. `SidebarState` has the list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.runtime import services
from webchat.state.chat_control import REFUSED
from webchat.state.events import identifier, identifiers
from webchat.state.notice import tell, warn
from webchat.state.owner import owner_of, tab_of
from webchat.state.sidebar import SidebarState
from webchat.words.text import t


class AssistantsState(rx.State):
    """The assistant deleted last, which can be restored."""

    deleted_id: str = ""
    deleted_name: str = ""

    @rx.event
    def open(self) -> None:
        """Open the page. An offer to undo from an earlier visit is dismissed."""
        self.deleted_id = ""

    @rx.event
    async def reorder(self, assistant_ids: list[str]) -> AsyncIterator[Any]:
        """Put the assistants in this order."""
        await services().assistants.reorder(owner_of(self), identifiers(assistant_ids))
        yield assistants_changed(self)

    @rx.event
    async def duplicate(self, assistant_id: str) -> AsyncIterator[Any]:
        """Add a copy of an assistant."""
        try:
            name = await services().assistants.duplicate(owner_of(self), identifier(assistant_id))
        except REFUSED as problem:
            yield warn(problem)
            return
        yield tell(t("“{name}” was added.", name=name))
        yield assistants_changed(self)

    @rx.event
    async def delete(self, assistant_id: str) -> AsyncIterator[Any]:
        """Delete an assistant. Its conversations stay, and this can be undone."""
        wanted = identifier(assistant_id)
        try:
            self.deleted_name = await services().assistants.delete(owner_of(self), wanted)
        except REFUSED as problem:
            yield warn(problem)
            return
        self.deleted_id = wanted
        yield assistants_changed(self)

    @rx.event
    async def undo(self) -> AsyncIterator[Any]:
        """Restore the assistant deleted last."""
        deleted, self.deleted_id = self.deleted_id, ""
        try:
            await services().assistants.restore(owner_of(self), deleted)
        except REFUSED as problem:
            yield warn(problem)
        yield assistants_changed(self)

    @rx.event
    def dismiss(self) -> None:
        """Dismiss the offer to undo."""
        self.deleted_id = ""


def assistants_changed(state: rx.State) -> Any:
    """Tell the owner's other tabs, and return the event that reloads this one."""
    services().changes.publish(owner_of(state), "", tab_of(state))
    return SidebarState.load
