"""Which models of a provider are offered and in which order, from its list and the user's settings.

A row's `model_choice` holds `added`, the names that the user added; `shown`, whether to offer a model, by
name, if the user chose; `order`, the names that the user ordered; and `members`, the only models that members
may use, if administrators chose some.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webchat.providers.model_list import MAX_MODELS, ListedModel, is_model_name, looks_like_chat
from webchat.storage.tables import ProviderSetting

ADDED, SHOWN, ORDER, MEMBERS = "added", "shown", "order", "members"


@dataclass(frozen=True, slots=True)
class ProviderModel:
    """One model of a provider.

    Args:
        shown: whether it is offered.
        for_members: whether members may use it, if it is offered.
        chosen_for_members: whether they may use only chosen models of its provider.
        added: whether the user added it; it stays regardless of what the provider lists.
        for_chat, context, loaded, sees, reasons: as in `ListedModel`.
    """

    name: str
    shown: bool
    added: bool
    for_chat: bool
    context: int | None
    loaded: bool | None
    sees: bool
    reasons: bool
    for_members: bool
    chosen_for_members: bool


def models_of(row: ProviderSetting) -> list[ProviderModel]:
    """Every model of a provider, hidden ones too, in the order they are offered."""
    choice = row.model_choice
    added = _names(choice.get(ADDED))
    said = choice.get(SHOWN) or {}
    allowed = choice.get(MEMBERS)
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
                sees=facts.get("sees", False),
                reasons=facts.get("reasons", False),
                for_members=allowed is None or name in allowed,
                chosen_for_members=allowed is not None,
            )
        )
    return models


def offered(row: ProviderSetting) -> list[ProviderModel]:
    """The models of a provider that the user can choose."""
    return [model for model in models_of(row) if model.shown]


def as_members_see(row: ProviderSetting) -> ProviderSetting:
    """A copy of a provider in which what members may not use is hidden."""
    if row.model_choice.get(MEMBERS) is None:
        return row
    shown = {model.name: model.shown and model.for_members for model in models_of(row)}
    return ProviderSetting(**row.model_dump() | {"model_choice": row.model_choice | {SHOWN: shown}})


def first_model(row: ProviderSetting) -> ProviderModel | None:
    """The default model: the first in the user's order, else a loaded one, else the first.

    None if the provider offers no models.
    """
    models = offered(row)
    if not row.model_choice.get(ORDER):
        models.sort(key=lambda model: not model.loaded)
    return next(iter(models), None)


def facts_of(models: Sequence[ListedModel]) -> dict[str, Any]:
    """What to save about the models a provider described, by name: only what the name does not imply."""
    facts: dict[str, Any] = {}
    for model in models:
        told: dict[str, Any] = {"context": model.context, "loaded": model.loaded}
        told |= {"sees": model.sees or None, "reasons": model.reasons or None}
        if model.for_chat is not looks_like_chat(model.name):
            told["for_chat"] = model.for_chat
        if kept := {key: value for key, value in told.items() if value is not None}:
            facts[model.name] = kept
    return facts


def context_of(row: ProviderSetting, model: str) -> int | None:
    """The context size that the provider reports for a model, in tokens; None if it does not."""
    told: Mapping[str, Any] = row.model_facts.get(model) or {}
    context = told.get("context")
    return int(context) if context else None


def _names(names: Sequence[str] | None) -> list[str]:
    """The stored names that are valid, after cutting a list that is too long."""
    return [name for name in (names or ())[: 2 * MAX_MODELS] if is_model_name(name)]
