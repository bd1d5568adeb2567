"""Actions on the messages of a conversation: stop, regenerate, continue, edit, switch branch, delete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.chat.sending import Draft
from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.events import identifier, update
from webchat.state.message_rows import message_row
from webchat.state.notice import warn
from webchat.state.owner import address_of, owner_of
from webchat.storage.errors import NotFound, StorageError
from webchat.storage.types import MessageStatus

REFUSED = (ServiceError, StorageError)
"""Errors whose messages are meant for the user."""


class ChatControl(rx.State, mixin=True):
    """Controls the conversation. Nothing is ever overwritten: edits and regenerated answers become
    branches."""

    deleted_ids: list[str] = []
    """The question and answer deleted last, which can be restored."""

    @rx.event(background=True)
    async def stop_answer(self) -> None:
        """Stop the running answer, or all that stand side by side. What arrived is saved."""
        async with self:
            owner_id = owner_of(self)
            rows = [*self.messages, *self.compared]
            running = [row.id for row in rows if row.status == MessageStatus.STREAMING]
        await asyncio.gather(*(services().answers.stop(owner_id, message_id) for message_id in running))
        for message_id in running:
            async with self:
                await self.refresh_message(message_id)

    @rx.event(background=True)
    async def retry_answer(self, message_id: str, model: str = "") -> AsyncIterator[Any]:
        """Regenerate an answer, with another model if one is given. The earlier answer is kept."""
        async with self:
            owner_id, address = owner_of(self), address_of(self)
            wanted = model or self._model_asked(message_id) or self.model
        try:
            await services().further_answers.retry(owner_id, identifier(message_id), wanted, address)
        except REFUSED as problem:
            yield warn(problem)
            return
        async with self:
            await self._reload()

    @rx.event(background=True)
    async def continue_answer(self, model: str) -> AsyncIterator[Any]:
        """Continue the last answer, which was cut off, with this model (empty: the conversation's)."""
        async with self:
            owner_id, wanted, address = owner_of(self), model or self.model, address_of(self)
            last = self.messages[-1].id if self.messages else ""
        try:
            found = await services().further_answers.continue_answer(owner_id, last, wanted, address)
        except REFUSED as problem:
            yield warn(problem)
            return
        async with self:
            self._replace(message_row(found))
            self._tell_others()

    @rx.event
    def start_editing(self, message_id: str) -> None:
        """Start editing one of the user's messages."""
        self.editing = identifier(message_id)

    @rx.event
    def cancel_editing(self) -> None:
        """Stop editing without saving."""
        self.editing = ""

    @rx.event(background=True)
    async def edit_message(
        self, message_id: str, text: str, client_id: str, files: list[str] | None = None
    ) -> AsyncIterator[Any]:
        """Send the edited question on a new branch. The original is kept.

        `files` are the ids of its files; without them it has those of the original.

        The same edit sent again after a lost connection has the same `client_id` and changes nothing.
        """
        async with self:
            owner_id = owner_of(self)
            draft = Draft(
                *(text, client_id, self.conversation_id, self.model),
                models=tuple(self.comparing),
                edited_id=identifier(message_id),
                address=address_of(self),
                files=files,
            )
        try:
            await services().sending.send(owner_id, draft)
        except REFUSED as problem:
            async with self:
                self.refused_edit = identifier(client_id)
            yield warn(problem)
            return
        async with self:
            self.editing = ""
            await self._reload()

    @rx.event
    async def switch_branch(self, message_id: str) -> AsyncIterator[Any]:
        """Switch to the branch through another version of a message."""
        try:
            await services().branches.switch_branch(owner_of(self), identifier(message_id))
        except NotFound as problem:
            yield warn(problem)
            return
        await self._reload()

    @rx.event
    async def delete_pair(self, message_id: str) -> AsyncIterator[Any]:
        """Delete a question and its answer. This can be undone."""
        try:
            deleted = await services().branches.delete_pair(owner_of(self), identifier(message_id))
        except StorageError as problem:
            yield warn(problem)
            return
        self.deleted_ids = deleted
        await self._reload()

    @rx.event
    async def undo_delete(self) -> None:
        """Restore what was deleted last."""
        await services().branches.restore_messages(owner_of(self), self.deleted_ids)
        self.deleted_ids = []
        await self._reload()

    @rx.event
    def forget_deleted(self) -> None:
        """Dismiss the offer to undo."""
        self.deleted_ids = []

    @rx.event
    async def withdraw_queued(self) -> None:
        """Remove the queued message."""
        try:
            await services().queued_messages.withdraw(owner_of(self), self.conversation_id)
        except NotFound:
            return
        update(self, queued="", queued_files=[])
        self._tell_others()

    @rx.event(background=True)
    async def send_queued(self) -> AsyncIterator[Any]:
        """Send the queued message now, after an answer that failed or was stopped."""
        async with self:
            owner_id, conversation_id = owner_of(self), self.conversation_id
        try:
            await services().queued_messages.send(owner_id, conversation_id)
        except REFUSED as problem:
            yield warn(problem)
            return
        async with self:
            await self._reload()

    async def _reload(self) -> None:
        """Reload the conversation, here and in the other tabs, after its current branch has changed."""
        if self.conversation_id:
            await self._load(self.conversation_id)
            self._tell_others()
