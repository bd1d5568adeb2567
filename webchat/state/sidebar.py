"""The recent conversations in the sidebar of every page."""

from __future__ import annotations

import reflex as rx

from webchat.services.runtime import services
from webchat.state.events import update
from webchat.state.owner import owner_of
from webchat.state.rows import ConversationRow

RECENT = 30


class SidebarState(rx.State):
    """The most recently used conversations."""

    recent: list[ConversationRow] = []
    loaded: bool = False

    @rx.event
    async def load(self) -> None:
        """Reload the recent conversations."""
        found = await services().conversations.recent(owner_of(self), RECENT)
        update(self, recent=[ConversationRow(item.id, item.title) for item in found], loaded=True)

    @rx.event
    async def on_remote_change(self, _conversation_id: str) -> None:
        """Reload after another tab or the server has changed a conversation."""
        await self.load()
