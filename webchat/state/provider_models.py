"""The models of one provider on the settings page: adding, hiding, showing and ordering them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine
from typing import Any

import reflex as rx

from webchat.services.change_feed import MODELS
from webchat.services.errors import ServiceError
from webchat.services.limits import clean_text
from webchat.services.runtime import services
from webchat.state.access import administrators_only
from webchat.state.events import entry, identifier, update
from webchat.state.models import ModelsState
from webchat.state.notice import warn
from webchat.state.owner import check_administrator, is_administrator, provider_owner
from webchat.state.provider_rows import model_row
from webchat.state.providers import ProvidersState
from webchat.state.rows import ModelSettingRow
from webchat.storage.errors import StorageError
from webchat.words.errors import shown

WINDOW = 100
"""Maximum models listed at once; the search field finds the others."""
MAX_QUERY = 200
"""Maximum characters of a search."""


class ProviderModelsState(rx.State):
    """The open list of models of the provider `provider_id`, which is empty if none is open."""

    provider_id: str = ""
    rows: list[ModelSettingRow] = []
    query: str = ""
    total: int = 0
    found: int = 0
    """Number of matching models, which may be more than in `rows`."""
    problem: str = ""
    has_members: bool = False
    """Whether the person decides what members may use."""
    chosen_for_members: bool = False
    """Whether members may use only the models that were chosen for them."""

    @rx.event
    async def open(self, provider_id: str) -> AsyncIterator[Any]:
        """List a provider's models, or close the list that is open."""
        wanted = identifier(provider_id)
        self.problem = self.query = ""
        self.provider_id = "" if wanted == self.provider_id else wanted
        try:
            await self._list()
        except StorageError as problem:
            self.provider_id = ""
            yield warn(problem)

    @rx.event
    def close(self) -> None:
        """Close the list."""
        self.provider_id = ""
        self.rows = []

    @rx.event
    async def search(self, query: str) -> AsyncIterator[Any]:
        """Filter the models by name."""
        self.query = clean_text(_text(query)[:MAX_QUERY])
        try:
            await self._list()
        except StorageError as problem:
            yield warn(problem)

    @rx.event
    async def add(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Add a model that the provider does not list."""
        self.problem = ""
        try:
            await services().providers.models.add(
                await provider_owner(self), self.provider_id, entry(form, "model")
            )
        except ServiceError as problem:
            self.problem = shown(problem)
            return
        except StorageError as problem:
            yield warn(problem)
            return
        self.query = ""
        async for event in self._changed():
            yield event

    @rx.event
    async def remove(self, name: str) -> AsyncIterator[Any]:
        """Remove a model that the user added."""
        async for event in self._after(
            services().providers.models.remove(await provider_owner(self), self.provider_id, _text(name))
        ):
            yield event

    @rx.event
    async def show(self, name: str, shown: bool) -> AsyncIterator[Any]:
        """Show or hide a model."""
        async for event in self._after(
            services().providers.models.show(await provider_owner(self), self.provider_id, _text(name), shown)
        ):
            yield event

    @rx.event
    @administrators_only
    async def choose_for_members(self, chosen: bool) -> AsyncIterator[Any]:
        """Let members use only chosen models, or all that are offered."""
        check_administrator(self)
        models = services().providers.models
        async for event in self._after(
            models.choose_for_members(await provider_owner(self), self.provider_id, chosen)
        ):
            yield event
        services().changes.publish_to_all(MODELS)

    @rx.event
    @administrators_only
    async def allow(self, name: str, allowed: bool) -> AsyncIterator[Any]:
        """Let members use a model, or not."""
        check_administrator(self)
        models = services().providers.models
        async for event in self._after(
            models.allow(await provider_owner(self), self.provider_id, _text(name), allowed)
        ):
            yield event
        services().changes.publish_to_all(MODELS)

    @rx.event
    async def move(self, name: str, to: str) -> AsyncIterator[Any]:
        """Move a model `up` or `down` by one in the visible list, or to the top with `first`.

        Auto and new conversations use the first one.
        """
        listed = [row.name for row in self.rows]
        if _text(name) not in listed:
            return
        place = listed.index(name)
        neighbour = {"up": place - 1, "down": place + 1}.get(_text(to), -1)
        if to == "first":
            order = [name]
        elif 0 <= neighbour < len(listed):
            order = [name, listed[neighbour]] if to == "up" else [listed[neighbour], name]
        else:
            return
        models = services().providers.models
        change = models.put_first if to == "first" else models.reorder
        async for event in self._after(change(await provider_owner(self), self.provider_id, order)):
            yield event

    async def _after(self, change: Coroutine[Any, Any, None]) -> AsyncIterator[Any]:
        try:
            await change
        except (ServiceError, StorageError) as problem:
            yield warn(problem)
            return
        async for event in self._changed():
            yield event

    async def _changed(self) -> AsyncIterator[Any]:
        try:
            await self._list()
        except StorageError as problem:
            yield warn(problem)
            return
        yield ProvidersState.load
        yield ModelsState.load

    async def _list(self) -> None:
        if not self.provider_id:
            self.rows = []
            return
        models = await services().providers.models.all(await provider_owner(self), self.provider_id)
        words = self.query.lower().split()
        found = [model for model in models if all(word in model.name.lower() for word in words)]
        rows = [model_row(model) for model in found[:WINDOW]]
        update(
            self,
            rows=rows,
            total=len(models),
            found=len(found),
            has_members=is_administrator(self) and services().accounts.has_accounts,
            chosen_for_members=any(model.chosen_for_members for model in models),
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
