"""The model, system prompt and parameters of the conversation on screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.errors import AdvancedInvalid, ServiceError
from webchat.services.limits import read_temperature
from webchat.services.parameters import FIELDS
from webchat.services.runtime import services
from webchat.state.chat_view import shown_temperature
from webchat.state.events import entry, update
from webchat.state.notice import tell, warn
from webchat.state.owner import owner_of, tab_of
from webchat.storage.errors import StorageError
from webchat.words.errors import shown
from webchat.words.text import t


class ChatParameters(rx.State, mixin=True):
    """Changes the parameters of future answers. Existing answers keep theirs."""

    @rx.event
    async def choose_model(self, model: str) -> AsyncIterator[Any]:
        """Use another model, starting with the next message."""
        try:
            self.model = await services().conversation_settings.choose_model(
                owner_of(self), self.conversation_id or None, model
            )
        except (ServiceError, StorageError) as problem:
            yield warn(problem)
        else:
            update(self, comparing=[])
            await self._look_at_model()
            self._tell_others()

    @rx.event
    async def change_system_prompt(self, text: str) -> AsyncIterator[Any]:
        """Set the system prompt of this conversation."""
        try:
            prompt = await services().conversation_settings.change_system_prompt(
                owner_of(self), self.conversation_id or None, text
            )
        except (ServiceError, StorageError) as problem:
            yield warn(problem)
        else:
            self._tell_others()
            if prompt != self.system_prompt:
                update(self, system_prompt=prompt)
                yield tell(self._kept(t("The system prompt was saved.")))

    @rx.event
    async def change_temperature(self, value: str) -> AsyncIterator[Any]:
        """Set the temperature; empty for the provider's default."""
        self.temperature_problem = ""
        try:
            temperature = await services().conversation_settings.change_temperature(
                owner_of(self), self.conversation_id or None, read_temperature(value)
            )
        except ServiceError as problem:
            self.temperature_problem = shown(problem)
        except StorageError as problem:
            yield warn(problem)
        else:
            self._tell_others()
            if shown_temperature(temperature) != self.temperature:
                update(self, temperature=shown_temperature(temperature))
                yield tell(self._kept(t("The temperature was saved.")))

    @rx.event
    async def save_parameters(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Set the advanced parameters that the form has."""
        entered = {name: entry(form, name) for name in FIELDS if entry(form, name) is not None}
        self.parameters_problem = self.parameters_field = ""
        try:
            stored = await services().conversation_settings.change_parameters(
                owner_of(self), self.conversation_id or None, entered, self._parameters
            )
        except AdvancedInvalid as problem:
            self.parameters_problem, self.parameters_field = shown(problem), problem.field
        except StorageError as problem:
            yield warn(problem)
        else:
            self._set_parameters(stored)
            self._tell_others()
            yield tell(t("The parameters were saved."))

    def _kept(self, saved: str) -> str:
        """The notice of a change: `saved`, or in a new chat that its first message saves it."""
        return saved if self.conversation_id else t("It will be saved with the first message.")

    def _tell_others(self) -> None:
        """Notify the user's other tabs that this conversation has changed."""
        if self.conversation_id:
            services().changes.publish(owner_of(self), self.conversation_id, tab_of(self))
