"""Which models of a provider are offered, and in which order: what it lists, and what the person made of it.

A row's `model_choice` holds `added`, names the person typed; `shown`, by name whether to offer a model, where
the person has said so; `order`, the names the person has put in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webchat.providers.model_list import MAX_MODELS, ListedModel, is_model_name, looks_like_chat
from webchat.storage.tables import ProviderSetting

ADDED, SHOWN, ORDER = "added", "shown", "order"


@dataclass(frozen=True, slots=True)
class ProviderModel:
    """One model of a provider.

    Args:
        shown: whether it is offered.
        added: whether the person named it; it is there whatever the provider lists.
        for_chat, context, loaded: as in `ListedModel`.
    """

    name: str
    shown: bool
    added: bool
    for_chat: bool
    context: int | None
    loaded: bool | None


def models_of(row: ProviderSetting) -> list[ProviderModel]:
    """Every model of a provider, hidden ones too, in the order they are offered."""
    choice = row.model_choice
    added = _names(choice.get(ADDED))
    said = choice.get(SHOWN) or {}
    place = {name: number for number, name in enumerate(choice.get(ORDER) or [])}
    names = sorted(dict.fromkeys([*added, *_names(row.models)]), key=lambda name: place.get(name, len(place)))
    models = []
    for name in names[:MAX_MODELS]:
        facts = row.model_facts.get(name) or {}
        for_chat = facts.get("for_chat", looks_like_chat(name))
        models.append(
            ProviderModel(
                name=name,
                shown=said.get(name, for_chat or name in added),
                added=name in added,
                for_chat=for_chat,
                context=facts.get("context"),
                loaded=facts.get("loaded"),
            )
        )
    return models


def offered(row: ProviderSetting) -> list[ProviderModel]:
    """The models of a provider that a person can choose."""
    return [model for model in models_of(row) if model.shown]


def first_model(row: ProviderSetting) -> ProviderModel | None:
    """The model to ask where nobody chose one: the person's first, else one that is loaded, else the first.

    None if the provider has no model to offer.
    """
    models = offered(row)
    if not row.model_choice.get(ORDER):
        models.sort(key=lambda model: not model.loaded)
    return next(iter(models), None)


def facts_of(models: Sequence[ListedModel]) -> dict[str, Any]:
    """What is kept of the models a provider described: by name, only what its name does not tell already."""
    facts: dict[str, Any] = {}
    for model in models:
        told: dict[str, Any] = {"context": model.context, "loaded": model.loaded}
        if model.for_chat is not looks_like_chat(model.name):
            told["for_chat"] = model.for_chat
        if kept := {key: value for key, value in told.items() if value is not None}:
            facts[model.name] = kept
    return facts


def context_of(row: ProviderSetting, model: str) -> int | None:
    """Tokens a model holds as its provider tells, None if it does not."""
    told: Mapping[str, Any] = row.model_facts.get(model) or {}
    context = told.get("context")
    return int(context) if context else None


def _names(names: Sequence[str] | None) -> list[str]:
    """Those of some stored names that can be shown and sent; a list too long for any page is cut first."""
    return [name for name in (names or ())[: 2 * MAX_MODELS] if is_model_name(name)]
