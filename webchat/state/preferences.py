"""The person's defaults on the settings page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.notice import NoticeState
from webchat.state.owner import owner_of


class PreferencesState(rx.State):
    """What a new conversation begins with."""

    model: str = ""
    system_prompt: str = ""
    temperature: str = ""
    loaded: bool = False

    @rx.event
    async def load(self) -> None:
        """Read the defaults."""
        found = await services().preferences.get(owner_of(self))
        self.model = await services().catalogue.default_model(owner_of(self))
        self.system_prompt = found.system_prompt
        self.temperature = "" if found.temperature is None else f"{found.temperature:g}"
        self.loaded = True

    @rx.event
    async def choose_model(self, model: str) -> None:
        """Begin new conversations with this model."""
        await services().preferences.set_model(owner_of(self), str(model))
        self.model = str(model)

    @rx.event
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Store the default system prompt and temperature."""
        try:
            await services().preferences.set_defaults(
                owner_of(self), str(form.get("system_prompt", "")), str(form.get("temperature", ""))
            )
        except ServiceError as problem:
            yield NoticeState.warn(str(problem))
            return
        await self.load()
        yield NoticeState.tell("Saved. New conversations begin with this.")
