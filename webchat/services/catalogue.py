"""The models there are to choose from, and the provider behind each.

Model lists are read from the database, where `ModelRefresh` keeps them: no page waits for a provider.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from webchat.providers.base import AsyncGeneratorProvider, Deadlines
from webchat.providers.errors import BadConfiguration, ProviderError
from webchat.services.context import USUAL_CONTEXT
from webchat.services.errors import ModelUnknown
from webchat.services.provider_details import split_urls
from webchat.storage.engine import Database
from webchat.storage.errors import SecretUnreadable
from webchat.storage.queries import conversations, settings
from webchat.storage.queries import providers as queries
from webchat.storage.secrets import SecretBox
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin

GUIDE = "Guide"
GUIDE_MODEL = "Guide:guide"
log = structlog.get_logger(__name__)

OPENAI_COMPATIBLE = "OpenAICompatible"
AUTO = "Auto"
AUTO_MODEL = "Auto:auto"
DEFAULT_MODEL = "default_model"
PROXY = "proxy"
"""Key of a provider's options: its proxy, encrypted, since it may hold a password."""
CONTEXT = "context"
"""Key of a provider's options: tokens its models hold, if the person has said so."""
DEADLINES = "deadlines"
"""Key of a provider's options: seconds by the names of `Deadlines`, those that differ from the host's."""
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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the host has set for every owner's providers.

    Args:
        openai: the OpenAI-compatible service of the environment, if there is one.
        service_urls: addresses of the free services that differ from the usual, by kind.
        proxy: the proxy of providers that have none of their own.
        deadlines: of providers that have none of their own.
    """

    openai: EnvironmentProvider | None = None
    service_urls: Mapping[str, Sequence[str]] = field(default_factory=dict)
    proxy: str | None = None
    deadlines: Deadlines = field(default_factory=Deadlines)


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
        self, database: Database, box: SecretBox, build: Build, around: Surroundings | None = None
    ) -> None:
        self._database = database
        self._box = box
        self._build = build
        self._around = around or Surroundings()

    async def choices(self, owner_id: str) -> list[ModelChoice]:
        """Every model of the enabled providers, in the person's order of providers."""
        async with self._database.read() as session:
            rows = await queries.list_all(session, owner_id, enabled_only=True)
        choices = [
            ModelChoice(f"{row.name}:{model}", model, row.name) for row in rows for model in row.models
        ]
        if sum(row.kind != GUIDE and bool(row.models) for row in rows) > 1:
            choices.insert(0, ModelChoice(AUTO_MODEL, AUTO, "The first provider that answers"))
        return choices

    async def default_model(self, owner_id: str) -> str:
        """What a new conversation begins with.

        The model set in Settings, else the one used last, else the first one of a provider of the person's
        own; the guide answers where there is none. A free service is never chosen for anybody: what is
        written to it is read by strangers.
        """
        async with self._database.read() as session:
            chosen = await settings.get_value(session, owner_id, DEFAULT_MODEL)
            rows = await queries.list_all(session, owner_id, enabled_only=True)
            latest = await conversations.list_recent(session, owner_id, limit=1)
        used_last = [conversation.model for conversation in latest.conversations]
        available = [choice.id for choice in await self.choices(owner_id)]
        for wanted in (chosen, *used_last):
            if wanted in available:
                return str(wanted)
        own = (f"{row.name}:{row.models[0]}" for row in rows if row.kind == OPENAI_COMPATIBLE and row.models)
        return next(own, GUIDE_MODEL)

    async def context(self, owner_id: str, name: str | None) -> int:
        """Tokens the models of a provider hold; without a name, the least of all enabled ones."""
        async with self._database.read() as session:
            rows = await queries.list_all(session, owner_id, enabled_only=True)
        sizes = [
            int(row.options.get(CONTEXT) or USUAL_CONTEXT)
            for row in rows
            if (row.name == name if name is not None else row.kind != GUIDE)
        ]
        return min(sizes, default=USUAL_CONTEXT)

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

    async def open_all(self, owner_id: str) -> list[tuple[AsyncGeneratorProvider, str]]:
        """Every enabled provider that is no guide with the model `Auto` asks it for, in the person's order.

        One whose key cannot be read is passed over.
        """
        async with self._database.read() as session:
            rows = await queries.list_all(session, owner_id, enabled_only=True)
        opened = []
        for row in rows:
            if row.kind != GUIDE and row.models:
                try:
                    opened.append((self.provider_of(row), row.models[0]))
                except ProviderError as error:
                    log.warning("a provider cannot be asked", provider=row.name, reason=str(error))
        return opened

    def provider_of(self, row: ProviderSetting) -> AsyncGeneratorProvider:
        """The provider a row describes.

        Raises:
            ProviderError: its key cannot be read or its address is none.
        """
        if row.kind == GUIDE:
            return self._build(GUIDE)
        options: dict[str, Any] = {"name": row.name, "deadlines": self._deadlines_of(row)}
        if urls := split_urls(row.base_url) or list(self._around.service_urls.get(row.kind, ())):
            options["base_url"] = urls if len(urls) > 1 else urls[0]
        if proxy := self._open_secret(row, row.options.get(PROXY)) or self._around.proxy:
            options["proxy"] = proxy
        if row.kind == OPENAI_COMPATIBLE:
            options["api_key"] = self._key_of(row)
        elif cookies := self._open_secret(row, row.secret):
            options["cookies"] = read_cookies(cookies)
        return self._build(row.kind, **options)

    def _deadlines_of(self, row: ProviderSetting) -> Deadlines:
        own = row.options.get(DEADLINES) or {}
        return replace(self._around.deadlines, **{name: float(value) for name, value in own.items()})

    def _key_of(self, row: ProviderSetting) -> str | None:
        if row.origin is Origin.ENVIRONMENT:
            return self._around.openai.api_key if self._around.openai else None
        return self._open_secret(row, row.secret)

    def _open_secret(self, row: ProviderSetting, secret: str | None) -> str | None:
        if secret is None:
            return None
        try:
            return self._box.decrypt(secret, provider=row.name)
        except SecretUnreadable as error:
            problem = ProviderError(row.name, str(error))
            problem.advice = ""
            raise problem from error


def read_cookies(text: str) -> dict[str, str]:
    """The cookies of a `Cookie` header, `name=value; name=value`."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals and name.strip()}
