"""The models available in every model picker."""

from __future__ import annotations

import reflex as rx

from webchat.services.change_feed import MODELS
from webchat.services.runtime import services
from webchat.state.events import update
from webchat.state.owner import owner_of
from webchat.state.rows import ModelRow, readable_model


class ModelsState(rx.State):
    """The choices of the model picker and the model a new conversation starts with."""

    choices: list[ModelRow] = []
    default_model: str = ""
    loaded: bool = False
    connected: bool = True
    """Whether a provider of the user's own has models; until that is known, it is assumed."""

    @rx.var
    def default_label(self) -> str:
        """The name of the model that a new conversation starts with."""
        return readable_model(self.default_model)

    @rx.event
    async def open(self) -> None:
        """Open a page: list the models, and soon look for newly started servers."""
        await self.load()
        services().model_refresh.look_again()

    @rx.event
    async def on_remote_change(self, conversation_id: str) -> None:
        """Reload the models, which may have changed elsewhere."""
        if conversation_id in ("", MODELS):
            await self.load()

    @rx.event
    async def load(self) -> None:
        """Read the cached model lists; never waits for a provider."""
        owner_id = owner_of(self)
        choices = [
            ModelRow(choice.id, choice.name, choice.provider)
            for choice in await services().catalogue.choices(owner_id)
        ]
        default_model = await services().catalogue.default_model(owner_id)
        connected = await services().catalogue.is_connected(owner_id)
        update(self, choices=choices, default_model=default_model, connected=connected, loaded=True)
