"""A provider as the settings page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webchat.services.catalogue.builder import DEADLINES, OPENAI_COMPATIBLE
from webchat.services.catalogue.catalogue import CONTEXT
from webchat.services.catalogue.offered_models import models_of, offered
from webchat.services.parameters import shown_parameters
from webchat.storage.queries.providers import PARAMETERS, PROXY
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin


@dataclass(frozen=True, slots=True)
class Configured:
    """A provider as the settings page shows it. The key itself never leaves the service."""

    id: str
    name: str
    kind: str
    base_url: str
    """Empty for a built-in service at its `usual_url`."""
    usual_url: str
    has_secret: bool
    has_proxy: bool
    enabled: bool
    built_in: bool
    origin: str
    models: int
    """Number of models offered."""
    hidden: int
    """Number of models hidden."""
    deadlines: Mapping[str, float]
    context: int | None
    parameters: Mapping[str, str]
    """The advanced parameters as their fields show them."""


def configured(row: ProviderSetting, *, usual_url: str, host_key: bool) -> Configured:
    """The provider of a row.

    Args:
        row: the provider.
        usual_url: the default address of its kind; empty if it has none.
        host_key: whether the environment has a key.
    """
    shown = len(offered(row))
    return Configured(
        id=row.id,
        name=row.name,
        kind=row.kind,
        base_url=row.base_url,
        usual_url=usual_url,
        has_secret=row.secret is not None or (row.origin is Origin.ENVIRONMENT and host_key),
        has_proxy=bool(row.options.get(PROXY)),
        enabled=row.enabled,
        built_in=row.kind != OPENAI_COMPATIBLE,
        origin=row.origin.value,
        models=shown,
        hidden=len(models_of(row)) - shown,
        deadlines=row.options.get(DEADLINES) or {},
        context=row.options.get(CONTEXT),
        parameters=shown_parameters(row.options.get(PARAMETERS)),
    )
