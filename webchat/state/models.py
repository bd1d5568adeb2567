"""The models available in every model picker."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.catalogue.catalogue import ModelChoice
from webchat.services.change_feed import ANSWERS, MODELS
from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.state.events import update
from webchat.state.notice import warn
from webchat.state.owner import owner_of, person_of, tab_of
from webchat.state.rows import ModelRow, readable_model
from webchat.words.text import t


class ModelsState(rx.State):
    """The choices of the model picker and the model a new conversation starts with."""

    choices: list[ModelRow] = []
    default_model: str = ""
    loaded: bool = False
    connected: bool = True
    """Whether a provider of the user's own has models; until that is known, it is assumed."""
    favourites: list[str] = []
    recent: list[str] = []
    """The models used last."""
    paused: dict[str, int] = {}
    """When paused providers may be asked again, in milliseconds since 1970, by name."""

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
        """Reload the models, which may have changed elsewhere, or what an answer has changed of them."""
        if conversation_id in ("", MODELS):
            await self.load()
        elif conversation_id == ANSWERS:
            await self._load_use()

    @rx.event
    async def load(self) -> None:
        """Read the cached model lists; never waits for a provider."""
        owner_id = owner_of(self)
        choices = [
            ModelRow(choice.id, choice.name, choice.provider, _known(choice), choice.sees)
            for choice in await services().catalogue.choices(owner_id)
        ]
        default_model = await services().catalogue.default_model(owner_id)
        may_connect = await services().accounts.provider_rights.may_change(person_of(self))
        connected = not may_connect or await services().catalogue.is_connected(owner_id)
        favourites = await services().preferences.favourites(owner_id)
        update(
            self,
            choices=choices,
            default_model=default_model,
            connected=connected,
            loaded=True,
            favourites=favourites,
        )
        await self._load_use()

    async def _load_use(self) -> None:
        """Load which models were used last and which providers are paused."""
        recent = await services().catalogue.recent(owner_of(self))
        waits = await services().provider_health.paused(owner_of(self))
        # Whole seconds, so that the same pause is not sent again.
        paused = {name: round(time.time() + seconds) * 1000 for name, seconds in waits.items()}
        update(self, recent=recent, paused=paused)

    @rx.event
    async def toggle_favourite(self, model: str) -> AsyncIterator[Any]:
        """Add a model to the favourites, or remove it."""
        try:
            await services().preferences.toggle_favourite(owner_of(self), model)
        except ServiceError as problem:
            yield warn(problem)
            return
        await self.load()
        services().changes.publish(owner_of(self), MODELS, tab_of(self))


def _known(choice: ModelChoice) -> str:
    """What is known about a model as text."""
    known = [
        t("{number} context", number=_short(choice.context)) if choice.context else "",
        t("sees pictures") if choice.sees else "",
        t("reasons") if choice.reasons else "",
        t("loaded") if choice.loaded else "",
    ]
    return " · ".join(filter(None, known))


def _short(tokens: int) -> str:
    """A number of tokens as model lists write it.

    >>> _short(131_072), _short(1_000_000), _short(512)
    ('131k', '1M', '512')
    """
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.3g}M"
    return f"{tokens // 1000}k" if tokens >= 1000 else str(tokens)
