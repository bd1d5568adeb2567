"""The dialog that repeats a conversation with another model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.events import identifier
from webchat.state.notice import warn
from webchat.state.owner import address_of, owner_of, tab_of
from webchat.state.rows import readable_model
from webchat.state.sidebar import SidebarState
from webchat.storage.errors import StorageError
from webchat.words.errors import shown


class RepeatState(rx.State):
    """Which conversation is repeated, and with which model."""

    repeating: str = ""
    """The id of the conversation; empty while the dialog is closed."""
    title: str = ""
    questions: int = 0
    model: str = ""
    problem: str = ""

    @rx.var
    def model_label(self) -> str:
        """The name of the chosen model."""
        return readable_model(self.model)

    @rx.event
    async def open_dialog(self, conversation_id: str) -> AsyncIterator[Any]:
        """Open the dialog for a conversation."""
        wanted = identifier(conversation_id)
        try:
            self.title, self.questions = await services().repeats.questions(owner_of(self), wanted)
        except StorageError as problem:
            yield warn(problem)
            return
        self.model = self.problem = ""
        self.repeating = wanted

    @rx.event
    def close(self) -> None:
        """Close the dialog."""
        self.repeating = ""

    @rx.event
    def choose_model(self, model: str) -> None:
        """Choose the model; the service checks it."""
        self.model, self.problem = str(model), ""

    @rx.event
    async def begin(self) -> AsyncIterator[Any]:
        """Ask the first question in a new conversation, and show that one."""
        if not self.repeating:
            return
        try:
            begun = await services().repeats.begin(
                owner_of(self), self.repeating, self.model, address_of(self)
            )
        except (ServiceError, StorageError) as problem:
            self.problem = shown(problem)
            return
        self.repeating = ""
        services().changes.publish(owner_of(self), begun, tab_of(self))
        yield rx.redirect(f"/c/{begun}")
        yield SidebarState.load
