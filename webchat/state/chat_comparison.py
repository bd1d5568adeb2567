"""Comparing on the chat page: the models that answer side by side, and their answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.catalogue.catalogue import AUTO_MODEL
from webchat.services.chat.conversations import OpenConversation
from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.events import identifier, update
from webchat.state.message_rows import compared_row
from webchat.state.notice import warn
from webchat.state.owner import owner_of
from webchat.state.rows import ComparedRow, readable_model
from webchat.storage.errors import StorageError
from webchat.storage.types import MessageStatus


class ChatComparison(rx.State, mixin=True):
    """What stands side by side in place of the last answer. `ChatView` loads it."""

    comparing: list[str] = []
    """The models that answer each message; empty while one does."""
    compared: list[ComparedRow] = []
    """The answers side by side, until one is chosen."""

    @rx.var
    def next_follows(self) -> str:
        """The name of the model whose answer the next message follows while nothing is chosen."""
        complete = [row for row in self.compared if row.status == MessageStatus.COMPLETE]
        followed = [*complete, *self.compared]
        return readable_model(followed[0].model) if followed else ""

    @rx.event
    async def compare_models(self, models: list[str]) -> AsyncIterator[Any]:
        """Let several models answer from the next message on; without any, one does again."""
        try:
            chosen = await services().comparing.choose_models(
                owner_of(self), self.conversation_id or None, models
            )
        except (ServiceError, StorageError) as problem:
            yield warn(problem)
            return
        update(self, comparing=chosen, model=chosen[0] if chosen else self.model)
        await self._look_at_model()
        self._tell_others()

    @rx.event(background=True)
    async def choose_answer(self, message_id: str) -> AsyncIterator[Any]:
        """Go on with one of the answers. The others stay as its versions."""
        async with self:
            owner_id = owner_of(self)
        try:
            await services().comparing.choose_answer(owner_id, identifier(message_id))
        except StorageError as problem:
            yield warn(problem)
            return
        async with self:
            await self._reload()

    @rx.event(background=True)
    async def stop_compared(self, message_id: str) -> None:
        """Stop one of the answers. What arrived is saved."""
        async with self:
            owner_id = owner_of(self)
        await services().answers.stop(owner_id, identifier(message_id))
        async with self:
            await self.refresh_message(message_id)

    async def _show_comparison(self, found: OpenConversation) -> None:
        prices = await services().usage.prices(owner_of(self)) if found.compared else {}
        rows = [compared_row(answer, prices) for answer in found.compared]
        update(self, compared=rows, comparing=list(found.models))

    async def _refresh_compared(self, message_id: str) -> None:
        """Show anew one of the answers that stand side by side, if it is one of them."""
        if any(row.id == message_id for row in self.compared):
            found = await services().conversations.message(owner_of(self), message_id)
            new = compared_row(found, await services().usage.prices(owner_of(self)))
            self.compared = [new if row.id == new.id else row for row in self.compared]

    def _model_asked(self, message_id: str) -> str:
        """The model that was asked for one of the answers side by side; empty for any other message."""
        asked = dict(zip((row.id for row in self.compared), self.comparing, strict=False))
        for row in self.compared:
            if row.id == message_id:
                return AUTO_MODEL if asked.get(row.id) == AUTO_MODEL else row.model
        return ""
