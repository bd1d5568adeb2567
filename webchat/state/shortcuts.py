"""The keyboard shortcuts that a person has changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.change_feed import SHORTCUTS
from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.events import update
from webchat.state.notice import warn
from webchat.state.owner import owner_of, tab_of


class ShortcutsState(rx.State):
    """The keys of the shortcuts that differ from assets/ui/shortcuts.js."""

    changed: dict[str, str] = {}

    @rx.event
    async def load(self) -> None:
        """Load the changed shortcuts."""
        update(self, changed=await services().preferences.shortcuts(owner_of(self)))

    @rx.event
    async def on_remote_change(self, conversation_id: str) -> None:
        """Reload after another tab has changed them."""
        if conversation_id in ("", SHORTCUTS):
            await self.load()

    @rx.event
    async def change(self, shortcut: str, keys: str) -> AsyncIterator[Any]:
        """Give a shortcut other keys; none to turn it off, `default` for its default."""
        try:
            await services().preferences.set_shortcut(owner_of(self), shortcut, keys)
        except ServiceError as problem:
            yield warn(problem)
            return
        await self._changed()

    @rx.event
    async def reset_all(self) -> None:
        """Give all shortcuts their default keys."""
        await services().preferences.reset_shortcuts(owner_of(self))
        await self._changed()

    async def _changed(self) -> None:
        await self.load()
        services().changes.publish(owner_of(self), SHORTCUTS, tab_of(self))
