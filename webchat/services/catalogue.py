"""The models there are to choose from, and the provider behind each.

Model lists are read from the database, where `ModelRefresh` keeps them: no page waits for a provider.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import BadConfiguration, ProviderError
from webchat.services.errors import ModelUnknown
from webchat.storage.engine import Database
from webchat.storage.errors import SecretUnreadable
from webchat.storage.queries import conversations, settings
from webchat.storage.queries import providers as queries
from webchat.storage.secrets import SecretBox
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin

GUIDE = "Guide"
GUIDE_MODEL = "Guide:guide"
DEFAULT_MODEL = "default_model"
LONGEST_MODEL_ID = 500
"""Characters of `Provider:model`."""

Build = Callable[..., AsyncGeneratorProvider]
"""Makes a provider: `build(kind, name=…, base_url=…, api_key=…, …)`."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """One model a person can choose; `id` is `Provider:model`."""

    id: str
    name: str
    provider: str


@dataclass(frozen=True, slots=True)
class EnvironmentProvider:
    """What the environment says of an OpenAI-compatible service."""

    base_url: str
    api_key: str | None = field(repr=False)


def split_model(model_id: object) -> tuple[str, str]:
    """The provider's name and the model's own name in `Provider:model`.

    Raises:
        ModelUnknown: it is not written like that.
    """
    written = model_id if isinstance(model_id, str) else ""
    provider, _, model = written.partition(":")
    if not (provider and model and len(written) <= LONGEST_MODEL_ID):
        raise ModelUnknown(str(model_id)[:200])
    return provider, model


class Catalogue:
    """Models by provider, and providers ready to be asked."""

    def __init__(
        self, database: Database, box: SecretBox, build: Build, environment: EnvironmentProvider | None = None
    ) -> None:
        self._database = database
        self._box = box
        self._build = build
        self._environment = environment

    async def choices(self, owner_id: str) -> list[ModelChoice]:
        """Every model of the enabled providers, in the person's order of providers."""
        async with self._database.read() as session:
            rows = await queries.list_all(session, owner_id, enabled_only=True)
        return [ModelChoice(f"{row.name}:{model}", model, row.name) for row in rows for model in row.models]

    async def default_model(self, owner_id: str) -> str:
        """What a new conversation begins with.

        The model set in Settings, else the one used last, else the first one of a provider that is no guide;
        the guide answers where there is no other.
        """
        async with self._database.read() as session:
            chosen = await settings.get_value(session, owner_id, DEFAULT_MODEL)
            latest = await conversations.list_recent(session, owner_id, limit=1)
        used_last = [conversation.model for conversation in latest.conversations]
        available = [choice.id for choice in await self.choices(owner_id)]
        for wanted in (chosen, *used_last):
            if wanted in available:
                return str(wanted)
        return next((model for model in available if not model.startswith(f"{GUIDE}:")), GUIDE_MODEL)

    async def open_provider(self, owner_id: str, name: str) -> AsyncGeneratorProvider:
        """The owner's enabled provider of this name, ready to be asked.

        Raises:
            ProviderError: there is none, it is switched off, or its key cannot be read.
        """
        async with self._database.read() as session:
            row = await queries.get_by_name(session, owner_id, name)
        if row is None:
            raise BadConfiguration(name, f"There is no provider named “{name}” any more")
        if not row.enabled:
            raise BadConfiguration(name, f"{name} is switched off")
        return self.provider_of(row)

    def provider_of(self, row: ProviderSetting) -> AsyncGeneratorProvider:
        """The provider a row describes.

        Raises:
            ProviderError: its key cannot be read or its address is none.
        """
        if row.kind == GUIDE:
            return self._build(GUIDE)
        options: dict[str, Any] = {"name": row.name, "base_url": row.base_url, "api_key": self._key_of(row)}
        return self._build(row.kind, **options)

    def _key_of(self, row: ProviderSetting) -> str | None:
        if row.origin is Origin.ENVIRONMENT:
            return self._environment.api_key if self._environment else None
        if row.secret is None:
            return None
        try:
            return self._box.decrypt(row.secret, provider=row.name)
        except SecretUnreadable as error:
            problem = ProviderError(row.name, str(error))
            problem.advice = ""
            raise problem from error
