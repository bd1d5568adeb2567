"""What the sidebar of every page lists: assistants, pinned conversations, folders, recent conversations."""

from __future__ import annotations

from collections.abc import Sequence

import reflex as rx

from webchat.services.change_feed import ANSWERS
from webchat.services.chat.summaries import Summary
from webchat.services.runtime import services
from webchat.state.assistant_rows import AssistantRow, assistant_row
from webchat.state.days import period_heading
from webchat.state.events import update
from webchat.state.owner import owner_of
from webchat.state.rows import ConversationRow, sidebar_rows
from webchat.state.sidebar_folders import SidebarFolders

RECENT = 30
"""Conversations that each page adds."""
MAX_RECENT = 300
"""Conversations that the sidebar shows at most, because each change sends all of them to the browser. The
history has the others."""


class SidebarState(SidebarFolders, rx.State):
    """Assistants, pinned conversations, folders, and the others by last activity, as far as scrolled to."""

    assistants: list[AssistantRow] = []
    """All of them; the sidebar shows the first ones."""
    pinned: list[ConversationRow] = []
    recent: list[ConversationRow] = []
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")
    running: list[str] = []
    """The conversations in which an answer is being written."""
    has_more: bool = False
    loaded: bool = False

    _cursor: str = ""

    @rx.var
    def faces(self) -> dict[str, AssistantRow]:
        """The assistants by id."""
        return {row.id: row for row in self.assistants}

    @rx.event
    async def load(self) -> None:
        """Reload what is shown."""
        owner_id = owner_of(self)
        update(
            self,
            assistants=[assistant_row(each) for each in await services().assistants.all(owner_id)],
            pinned=sidebar_rows(await services().conversations.pinned(owner_id)),
        )
        await self._load_recent()
        await self._load_folders()
        await self._load_running()

    @rx.event
    async def load_conversations(self) -> None:
        """Reload the conversations alone, after a message was sent in one."""
        if self.pinned:
            update(self, pinned=sidebar_rows(await services().conversations.pinned(owner_of(self))))
        await self._load_recent()
        await self._load_inside()
        await self._load_running()

    async def _load_recent(self) -> None:
        pages = max(1, -(-len(self.recent) // RECENT))
        page = await services().conversations.unpinned(owner_of(self), "", min(MAX_RECENT, pages * RECENT))
        self._cursor = page.cursor
        update(self, recent=self._with_periods(page.items), loaded=True)
        self._set_more()

    @rx.event
    async def load_more(self) -> None:
        """Append the next page."""
        if not self.has_more:
            return
        page = await services().conversations.unpinned(owner_of(self), self._cursor, RECENT)
        last = next((row.heading for row in reversed(self.recent) if row.heading), "")
        self.recent = [*self.recent, *self._with_periods(page.items, last)]
        self._cursor = page.cursor
        self._set_more()

    def _with_periods(self, items: Sequence[Summary], last_heading: str = "") -> list[ConversationRow]:
        """The rows that follow a row with the heading `last_heading`."""
        rows = sidebar_rows(items)
        for row, item in zip(rows, items, strict=True):
            heading = period_heading(item.updated_at, self.time_zone)
            row.heading = heading if heading != last_heading else ""
            last_heading = heading
        return rows

    def _set_more(self) -> None:
        update(self, has_more=bool(self._cursor) and len(self.recent) < MAX_RECENT)

    @rx.event
    async def on_remote_change(self, conversation_id: str) -> None:
        """Reload after another tab or the server has changed a conversation."""
        if conversation_id == ANSWERS:
            await self._load_running()
        else:
            await self.load()

    async def _load_running(self) -> None:
        running = await services().answers.running_conversations(owner_of(self))
        update(self, running=sorted(running)[:MAX_RECENT])
