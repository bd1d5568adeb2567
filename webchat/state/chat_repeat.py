"""The repetition of another conversation, as the chat page shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.chat.repeats import Progress
from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.events import update
from webchat.state.notice import warn
from webchat.state.owner import address_of, owner_of
from webchat.storage.errors import StorageError


class ChatRepeat(rx.State, mixin=True):
    """How far this conversation has repeated another one. `ChatView` loads it."""

    repeat_asked: int = 0
    repeat_total: int = 0
    """The number of questions; 0 unless the conversation repeats another one."""

    def _show_repeated(self, repeated: Progress | None) -> None:
        asked, total = (repeated.asked, repeated.total) if repeated else (0, 0)
        update(self, repeat_asked=asked, repeat_total=total)

    @rx.event(background=True)
    async def continue_repeat(self) -> AsyncIterator[Any]:
        """Continue the repetition where it stopped."""
        async with self:
            owner_id, address = owner_of(self), address_of(self)
            conversation_id = self.conversation_id
        try:
            await services().repeats.go_on(owner_id, conversation_id, address)
        except (ServiceError, StorageError) as problem:
            yield warn(problem)
            return
        async with self:
            await self._reload()

    @rx.event
    async def end_repeat(self) -> AsyncIterator[Any]:
        """Ask no further questions."""
        try:
            await services().repeats.end(owner_of(self), self.conversation_id)
        except StorageError as problem:
            yield warn(problem)
            return
        await self._reload()
