"""What a person does with the messages of a conversation: stop, ask again, continue, edit, turn, delete."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.chat.sending import Draft
from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.events import identifier
from webchat.state.message_rows import message_row
from webchat.state.notice import warn
from webchat.state.owner import owner_of
from webchat.storage.errors import NotFound, StorageError
from webchat.storage.types import MessageStatus

REFUSED = (ServiceError, StorageError)
"""What a service refuses in words meant for the person."""


class ChatControl(rx.State, mixin=True):
    """Steers the conversation. Nothing written is ever overwritten: edits and new answers are branches."""

    deleted_ids: list[str] = []
    """The question and answer deleted last, which can be brought back."""

    @rx.event(background=True)
    async def stop_answer(self) -> None:
        """End the answer that is being written; what came is kept."""
        async with self:
            owner_id = owner_of(self)
            running = [row.id for row in self.messages if row.status == MessageStatus.STREAMING]
        for message_id in running:
            await services().answers.stop(owner_id, message_id)
            async with self:
                await self.refresh_message(message_id)

    @rx.event(background=True)
    async def retry_answer(self, message_id: str, model: str = "") -> AsyncIterator[Any]:
        """Ask again, another model if one is named; the earlier answer stays beside the new one."""
        async with self:
            owner_id, wanted = owner_of(self), model or self.model
        try:
            await services().sending.retry(owner_id, identifier(message_id), wanted)
        except REFUSED as problem:
            yield warn(problem)
            return
        async with self:
            await self._reload()

    @rx.event(background=True)
    async def continue_answer(self, model: str) -> AsyncIterator[Any]:
        """Go on with the last answer, which was cut off, with this model (empty: the conversation's)."""
        async with self:
            owner_id, wanted = owner_of(self), model or self.model
            last = self.messages[-1].id if self.messages else ""
        try:
            found = await services().sending.continue_answer(owner_id, last, wanted)
        except REFUSED as problem:
            yield warn(problem)
            return
        async with self:
            self._replace(message_row(found))
            self._tell_others()

    @rx.event
    def start_editing(self, message_id: str) -> None:
        """Turn one of the person's messages into a field."""
        self.editing = identifier(message_id)

    @rx.event
    def cancel_editing(self) -> None:
        """Leave the message as it is."""
        self.editing = ""

    @rx.event(background=True)
    async def edit_message(self, message_id: str, text: str, client_id: str) -> AsyncIterator[Any]:
        """Ask the edited question on a branch of its own; the first one stays beside it.

        The same words saved again, after a lost connection, carry the same `client_id` and change nothing.
        """
        async with self:
            owner_id = owner_of(self)
            draft = Draft(text, client_id, self.conversation_id, self.model, edited_id=identifier(message_id))
        try:
            await services().sending.send(owner_id, draft)
        except REFUSED as problem:
            yield warn(problem)
            return
        async with self:
            self.editing = ""
            await self._reload()

    @rx.event
    async def switch_branch(self, message_id: str) -> AsyncIterator[Any]:
        """Show the branch through another message that stands in the same place."""
        try:
            await services().conversations.switch_branch(owner_of(self), identifier(message_id))
        except NotFound as problem:
            yield warn(problem)
            return
        await self._reload()

    @rx.event
    async def delete_pair(self, message_id: str) -> AsyncIterator[Any]:
        """Delete a question with its answer; they can be brought back."""
        try:
            deleted = await services().conversations.delete_pair(owner_of(self), identifier(message_id))
        except StorageError as problem:
            yield warn(problem)
            return
        self.deleted_ids = deleted
        await self._reload()

    @rx.event
    async def undo_delete(self) -> None:
        """Bring back what was deleted last."""
        await services().conversations.restore_messages(owner_of(self), self.deleted_ids)
        self.deleted_ids = []
        await self._reload()

    @rx.event
    def forget_deleted(self) -> None:
        """Take the offer to undo away."""
        self.deleted_ids = []

    @rx.event
    async def withdraw_queued(self) -> None:
        """Take the waiting message back."""
        try:
            await services().sending.withdraw(owner_of(self), self.conversation_id)
        except NotFound:
            return
        self.queued = ""
        self._tell_others()

    @rx.event(background=True)
    async def send_queued(self) -> AsyncIterator[Any]:
        """Send the waiting message now, after an answer that did not end well."""
        async with self:
            owner_id, conversation_id = owner_of(self), self.conversation_id
        try:
            await services().sending.send_queued(owner_id, conversation_id)
        except REFUSED as problem:
            yield warn(problem)
            return
        async with self:
            await self._reload()

    async def _reload(self) -> None:
        """Read the conversation again after its shown branch has changed, here and in the other tabs."""
        if self.conversation_id:
            await self._load(self.conversation_id)
            self._tell_others()
