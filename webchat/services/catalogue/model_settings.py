"""The user's settings for a provider's models: adding, hiding, showing and ordering them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from webchat.providers.model_list import MAX_MODEL_NAME, MAX_MODELS, is_model_name
from webchat.services.catalogue.offered_models import (
    ADDED,
    MEMBERS,
    ORDER,
    SHOWN,
    ProviderModel,
    models_of,
    offered,
)
from webchat.services.errors import ProviderInvalid
from webchat.storage.engine import Database
from webchat.storage.errors import ProviderNotFound
from webchat.storage.queries import providers as queries
from webchat.storage.tables import ProviderSetting


class ProviderModels:
    """The models of one owner's providers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, owner_id: str, provider_id: str) -> list[ProviderModel]:
        """Every model of a provider, hidden ones too, in order.

        Raises:
            ProviderNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            row = await queries.get(session, owner_id, provider_id)
        if row is None:
            raise ProviderNotFound(provider_id)
        return models_of(row)

    async def add(self, owner_id: str, provider_id: str, name: object) -> str:
        """Add a model that the provider does not list, and return its name.

        Raises:
            ProviderInvalid: the name is invalid or already exists, or there are too many models.
            ProviderNotFound: the owner has none with this id.
        """
        name = name.strip() if isinstance(name, str) else ""
        if not is_model_name(name):
            raise ProviderInvalid("model_length", limit=MAX_MODEL_NAME)

        def added(row: ProviderSetting, choice: dict[str, Any]) -> None:
            models = models_of(row)
            if any(model.name == name and model.shown for model in models):
                raise ProviderInvalid("model_taken", provider=row.name, model=name)
            if len(models) >= MAX_MODELS:
                raise ProviderInvalid("too_many_models", provider=row.name, limit=MAX_MODELS)
            if name not in row.models:
                choice[ADDED] = [*choice.get(ADDED, []), name]
            choice[SHOWN] = {**choice.get(SHOWN, {}), name: True}

        await self._change(owner_id, provider_id, added)
        return name

    async def remove(self, owner_id: str, provider_id: str, name: str) -> None:
        """Remove a model that the user added. A model that the provider lists can only be hidden.

        Raises:
            ProviderNotFound: the owner has none with this id.
        """

        def removed(_row: ProviderSetting, choice: dict[str, Any]) -> None:
            choice[ADDED] = [each for each in choice.get(ADDED, []) if each != name]
            choice[ORDER] = [each for each in choice.get(ORDER, []) if each != name]
            choice[SHOWN] = {each: shown for each, shown in choice.get(SHOWN, {}).items() if each != name}

        await self._change(owner_id, provider_id, removed)

    async def show(self, owner_id: str, provider_id: str, name: str, shown: bool) -> None:
        """Show or hide a model. An unknown name changes nothing.

        Raises:
            ProviderInvalid: `shown` is not a boolean.
            ProviderNotFound: the owner has none with this id.
        """
        if not isinstance(shown, bool):
            raise ProviderInvalid("show_or_hide")

        def said(row: ProviderSetting, choice: dict[str, Any]) -> None:
            known = {model.name for model in models_of(row)}
            if name in known:
                before = {each: value for each, value in choice.get(SHOWN, {}).items() if each in known}
                choice[SHOWN] = {**before, name: shown}

        await self._change(owner_id, provider_id, said)

    async def choose_for_members(self, owner_id: str, provider_id: str, chosen: bool) -> str:
        """Let members use only chosen models (at first all that are offered), or every offered model again.

        Returns the name of the provider.

        Raises:
            ProviderInvalid: `chosen` is not a boolean.
            ProviderNotFound: the owner has none with this id.
        """
        if not isinstance(chosen, bool):
            raise ProviderInvalid("members")

        def said(row: ProviderSetting, choice: dict[str, Any]) -> None:
            if not chosen:
                choice.pop(MEMBERS, None)
            elif choice.get(MEMBERS) is None:
                choice[MEMBERS] = [model.name for model in offered(row)]

        return await self._change(owner_id, provider_id, said)

    async def allow(self, owner_id: str, provider_id: str, name: str, allowed: bool) -> str:
        """Let members use a model, or not, where only chosen ones are for them.

        An unknown name changes nothing. Returns the name of the provider.

        Raises:
            ProviderInvalid: `allowed` is not a boolean.
            ProviderNotFound: the owner has none with this id.
        """
        if not isinstance(allowed, bool):
            raise ProviderInvalid("members")

        def said(row: ProviderSetting, choice: dict[str, Any]) -> None:
            chosen = choice.get(MEMBERS)
            if chosen is not None and any(model.name == name for model in models_of(row)):
                others = [each for each in chosen if each != name]
                choice[MEMBERS] = [*others, name] if allowed else others

        return await self._change(owner_id, provider_id, said)

    async def reorder(self, owner_id: str, provider_id: str, names: Sequence[str]) -> None:
        """Reorder these models among themselves, leaving the others in place. Unknown ones are ignored.

        Raises:
            ProviderNotFound: the owner has none with this id.
        """

        def ordered(row: ProviderSetting, choice: dict[str, Any]) -> None:
            before = [model.name for model in models_of(row)]
            moved = _known(names, before)
            places, turn = set(moved), iter(moved)
            choice[ORDER] = [next(turn) if name in places else name for name in before]

        await self._change(owner_id, provider_id, ordered)

    async def put_first(self, owner_id: str, provider_id: str, names: Sequence[str]) -> None:
        """Move these models to the top, in this order. Unknown ones are ignored.

        Raises:
            ProviderNotFound: the owner has none with this id.
        """

        def ordered(row: ProviderSetting, choice: dict[str, Any]) -> None:
            before = [model.name for model in models_of(row)]
            choice[ORDER] = list(dict.fromkeys([*_known(names, before), *before]))

        await self._change(owner_id, provider_id, ordered)

    async def _change(
        self, owner_id: str, provider_id: str, change: Callable[[ProviderSetting, dict[str, Any]], None]
    ) -> str:
        async with self._database.write() as session:
            row = await queries.get(session, owner_id, provider_id)
            if row is None:
                raise ProviderNotFound(provider_id)
            choice = dict(row.model_choice)
            change(row, choice)
            await queries.update(session, owner_id, provider_id, model_choice=choice)
            return row.name


def _known(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """The known names, without duplicates."""
    there = set(known)
    return [name for name in dict.fromkeys(names) if name in there]
