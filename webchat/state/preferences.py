"""The user's defaults on the settings page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.change_feed import MODELS
from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.events import entry
from webchat.state.models import ModelsState
from webchat.state.notice import tell, warn
from webchat.state.owner import owner_of, tab_of
from webchat.words.text import ngettext, t


class PreferencesState(rx.State):
    """Defaults for new conversations, except the model, which is in `ModelsState`."""

    system_prompt: str = ""
    temperature: str = ""
    title_model: str = ""
    delete_after_days: str = ""
    """Empty for never."""
    language: str = ""
    """The tag of the language of the interface; empty for that of the browser."""
    loaded: bool = False

    @rx.event
    async def load(self) -> None:
        """Load the defaults."""
        found = await services().preferences.get(owner_of(self))
        self.system_prompt = found.system_prompt
        self.temperature = "" if found.temperature is None else f"{found.temperature:g}"
        self.title_model = found.title_model
        self.language = await services().preferences.language(owner_of(self))
        self.delete_after_days = "" if found.delete_after_days is None else str(found.delete_after_days)
        self.loaded = True

    @rx.event
    async def choose_model(self, model: str) -> AsyncIterator[Any]:
        """Set the default model."""
        try:
            await services().preferences.set_model(owner_of(self), model)
        except ServiceError as problem:
            yield warn(problem)
            return
        services().changes.publish(owner_of(self), MODELS, tab_of(self))
        yield ModelsState.load

    @rx.event
    async def choose_title_model(self, model: str) -> AsyncIterator[Any]:
        """Set which model writes titles."""
        try:
            await services().preferences.set_title_model(owner_of(self), model)
        except ServiceError as problem:
            yield warn(problem)
        await self.load()

    @rx.event
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Save the default system prompt and temperature."""
        try:
            await services().preferences.set_defaults(
                owner_of(self), entry(form, "system_prompt"), entry(form, "temperature")
            )
        except ServiceError as problem:
            yield warn(problem)
            return
        await self.load()
        yield tell(t("Saved for new chats."))

    @rx.event
    async def save_delete_after(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Save after how many days unused conversations are deleted."""
        try:
            await services().preferences.set_delete_after(owner_of(self), entry(form, "days"))
        except ServiceError as problem:
            yield warn(problem)
            return
        await self.load()
        yield tell(
            ngettext(
                "Conversations unused for {count} day will be moved to the trash.",
                "Conversations unused for {count} days will be moved to the trash.",
                int(self.delete_after_days),
            )
            if self.delete_after_days
            else t("Conversations are kept until you delete them.")
        )
