"""The models of assistants that come from elsewhere."""

from __future__ import annotations

from dataclasses import replace

from webchat.services.assistants.values import Values
from webchat.services.catalogue.catalogue import Catalogue, split_model
from webchat.services.errors import ModelNotAllowed, ModelUnknown


async def with_known_model(catalogue: Catalogue, owner_id: str, values: Values) -> Values:
    """The values with a model that the owner can choose: the same one, else one with the same name from
    another provider, else their default."""
    choices = [choice.id for choice in await catalogue.choices(owner_id)]
    if not values.model or values.model in choices:
        return values
    try:
        name = split_model(values.model)[1]
    except ModelUnknown:
        name = values.model
    for id_ in choices:
        if id_.partition(":")[2] in (name, values.model):
            try:
                await catalogue.check_allowed(owner_id, id_)
            except ModelNotAllowed:
                continue
            return replace(values, model=id_)
    return replace(values, model="")
