"""The providers a person has configured: adding, changing, finding and testing them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from urllib.parse import SplitResult, urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from webchat.messages import Message, ReasoningDelta, Role, TextDelta
from webchat.providers.base import AsyncGeneratorProvider, ChatRequest, Deadlines
from webchat.providers.discovery import FoundServer
from webchat.providers.errors import ProviderError
from webchat.providers.health import Health
from webchat.services.asking import health_key
from webchat.services.catalogue import (
    DEADLINES,
    GUIDE,
    GUIDE_MODEL,
    OPENAI_COMPATIBLE,
    PROXY,
    Catalogue,
    EnvironmentProvider,
    split_urls,
)
from webchat.services.errors import ProviderInvalid
from webchat.storage.engine import Database
from webchat.storage.errors import ProviderNotFound
from webchat.storage.queries import providers as queries
from webchat.storage.queries.providers import ProviderChanges
from webchat.storage.secrets import SecretBox
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin, utc_now

MAX_NAME = 60
TEST_QUESTION = "Answer with the single word: ready"

FindServers = Callable[[], Awaitable[Sequence[FoundServer]]]


@dataclass(frozen=True, slots=True)
class Configured:
    """One provider as the settings page shows it; the key itself never leaves the service."""

    id: str
    name: str
    kind: str
    base_url: str
    has_secret: bool
    has_proxy: bool
    enabled: bool
    built_in: bool
    origin: str
    models: int
    deadlines: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Details:
    """What a person enters.

    Args:
        base_url: the address, or several of a service with mirrors; empty for a service's usual one.
        secret: the API key, or the cookies of a free service; None keeps the stored one.
        proxy: None keeps the stored one, empty forgets it.
        deadlines: seconds by the names of `Deadlines`; what is left out is as the host has it.
    """

    name: str
    base_url: str
    secret: str | None = None
    proxy: str | None = None
    deadlines: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A free service that webchat knows: its kind, which is its name too, and its models."""

    kind: str
    models: Sequence[str]
    url: str


@dataclass(frozen=True, slots=True)
class TestResult:
    """What asking a provider showed, in words. `models` is None if the list could not be read."""

    passed: bool
    text: str
    models: int | None = None


class Providers:
    """One owner's providers."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        catalogue: Catalogue,
        find_servers: FindServers,
        health: Health,
        *,
        built_in: Sequence[BuiltIn] = (),
        environment: EnvironmentProvider | None = None,
    ) -> None:
        self._database = database
        self._box = box
        self._catalogue = catalogue
        self._find_servers = find_servers
        self._health = health
        self._built_in = {service.kind: service for service in built_in}
        self._environment = environment

    async def open(self, owner_id: str) -> None:
        """Make sure that what is built in is there and the environment's service is what it says now."""
        async with self._database.write() as session:
            rows = await queries.list_all(session, owner_id)
            kinds = {row.kind for row in rows}
            for kind, models in self._models_built_in():
                if kind not in kinds:
                    row = await queries.add(
                        session, owner_id, kind=kind, name=_free_name(kind, {row.name for row in rows})
                    )
                    await queries.set_models(session, owner_id, row.id, models, utc_now())
            await self._follow_environment(session, owner_id, rows)

    def _models_built_in(self) -> Iterator[tuple[str, Sequence[str]]]:
        yield GUIDE, [GUIDE_MODEL.partition(":")[2]]
        for service in self._built_in.values():
            yield service.kind, service.models

    async def _follow_environment(
        self, session: AsyncSession, owner_id: str, rows: Sequence[ProviderSetting]
    ) -> None:
        wanted = self._environment.base_url if self._environment else ""
        from_environment = [row for row in rows if row.origin is Origin.ENVIRONMENT]
        for row in from_environment:
            if row.base_url != wanted:
                await queries.remove(session, owner_id, row.id)
        if wanted and not any(row.base_url == wanted for row in from_environment):
            await queries.add(
                session,
                owner_id,
                kind=OPENAI_COMPATIBLE,
                name=_free_name(_name_of(wanted), {row.name for row in rows}),
                base_url=wanted,
                origin=Origin.ENVIRONMENT,
            )

    async def all(self, owner_id: str) -> list[Configured]:
        """The owner's providers in their order."""
        return [self._configured(row) for row in await self.rows(owner_id)]

    async def rows(self, owner_id: str) -> list[ProviderSetting]:
        """The rows behind `all`."""
        async with self._database.read() as session:
            return await queries.list_all(session, owner_id)

    async def save(self, owner_id: str, provider_id: str | None, details: Details) -> str:
        """Add a provider, or change one; returns its id.

        Raises:
            ProviderInvalid, ProviderNameTaken, ProviderNotFound: nothing was changed.
        """
        name = _checked_name(details.name)
        key = (details.secret or "").strip()
        secret = self._box.encrypt(key) if key else None
        row = await self._row(owner_id, provider_id) if provider_id else None
        base_url = _checked_urls(details.base_url, required=row is None or row.kind == OPENAI_COMPATIBLE)
        options = dict(row.options) if row else {}
        options[DEADLINES] = _checked_deadlines(details.deadlines)
        if details.proxy is not None:
            proxy = _checked_proxy(details.proxy)
            options[PROXY] = self._box.encrypt(proxy) if proxy else None
        async with self._database.write() as session:
            if row is None:
                row = await queries.add(
                    session,
                    owner_id,
                    kind=OPENAI_COMPATIBLE,
                    name=name,
                    base_url=base_url,
                    secret=secret,
                    options=options,
                )
            else:
                changes: ProviderChanges = {"name": name, "base_url": base_url, "options": options}
                if secret is not None:
                    changes["secret"] = secret
                row = await queries.update(session, owner_id, row.id, **changes)
        self._health.forget(health_key(owner_id, row.name))
        return row.id

    async def reorder(self, owner_id: str, provider_ids: Sequence[str]) -> None:
        """Put the providers in this order: that of the lists, and in which `Auto` asks them."""
        async with self._database.write() as session:
            await queries.reorder(session, owner_id, provider_ids)

    async def remove(self, owner_id: str, provider_id: str) -> str:
        """Forget a provider and its key; returns its name.

        Raises:
            ProviderInvalid: it is built in or set by the environment.
            ProviderNotFound: the owner has none with this id.
        """
        row = await self._row(owner_id, provider_id)
        if row.kind != OPENAI_COMPATIBLE:
            raise ProviderInvalid(f"{row.name} is built in. Switch it off instead.")
        if row.origin is Origin.ENVIRONMENT:
            raise ProviderInvalid("This provider is set by OPENAI_BASE_URL. Switch it off, or unset that.")
        async with self._database.write() as session:
            await queries.remove(session, owner_id, provider_id)
        return row.name

    async def set_enabled(self, owner_id: str, provider_id: str, enabled: bool) -> None:
        """Offer a provider's models, or not.

        Raises:
            ProviderNotFound: the owner has none with this id.
        """
        async with self._database.write() as session:
            await queries.update(session, owner_id, provider_id, enabled=enabled)

    async def find_local(self, owner_id: str) -> list[str]:
        """Look for model servers on this machine, add those that are new; returns the names of all found."""
        servers = await self._find_servers()
        rows = await self.rows(owner_id)
        known = {row.base_url.rstrip("/"): row for row in rows}
        taken = {row.name for row in rows}
        names = []
        for server in servers:
            row = known.get(server.base_url.rstrip("/"))
            if row is None:
                row = await self._add_found(owner_id, server, _free_name(server.name, taken))
                taken.add(row.name)
            names.append(row.name)
            async with self._database.write() as session:
                await queries.set_models(session, owner_id, row.id, server.models, utc_now())
        return names

    async def refresh_models(self, owner_id: str, row: ProviderSetting) -> int:
        """Ask a provider for its models and keep the list; returns how many there are.

        Raises:
            ProviderError: it did not answer; the old list stays.
        """
        provider = self._catalogue.provider_of(row)
        try:
            models = await provider.list_models()
        finally:
            await provider.aclose()
        with suppress(ProviderNotFound):  # removed meanwhile
            async with self._database.write() as session:
                await queries.set_models(session, owner_id, row.id, models, utc_now())
        return len(models)

    async def test(self, owner_id: str, provider_id: str) -> TestResult:
        """Ask for the models and for one short answer: the time that took, or the error in words."""
        try:
            row = await self._row(owner_id, provider_id)
        except ProviderNotFound as error:
            return TestResult(False, str(error))
        models: int | None = None
        try:
            models = await self.refresh_models(owner_id, row)
            row = await self._row(owner_id, provider_id)
            if not row.models:
                return TestResult(False, f"{row.name} answers, but has no model. Load one there first.", 0)
            provider = self._catalogue.provider_of(row)
            try:
                seconds = await _time_to_answer(provider, row.models[0])
            finally:
                await provider.aclose()
        except (ProviderError, ProviderNotFound) as error:
            return TestResult(False, str(error), models)
        self._health.forget(health_key(owner_id, row.name))
        return TestResult(True, f"{row.models[0]} answered in {_in_words(seconds)}.", models)

    async def _add_found(self, owner_id: str, server: FoundServer, name: str) -> ProviderSetting:
        async with self._database.write() as session:
            return await queries.add(
                session,
                owner_id,
                kind=OPENAI_COMPATIBLE,
                name=name,
                base_url=server.base_url,
                origin=Origin.FOUND,
            )

    async def _row(self, owner_id: str, provider_id: str) -> ProviderSetting:
        async with self._database.read() as session:
            row = await queries.get(session, owner_id, provider_id)
        if row is None:
            raise ProviderNotFound(provider_id)
        return row

    def _configured(self, row: ProviderSetting) -> Configured:
        key_from_environment = bool(self._environment and self._environment.api_key)
        usual = self._built_in.get(row.kind)
        return Configured(
            id=row.id,
            name=row.name,
            kind=row.kind,
            base_url=row.base_url or (usual.url if usual else ""),
            has_secret=row.secret is not None or (row.origin is Origin.ENVIRONMENT and key_from_environment),
            has_proxy=bool(row.options.get(PROXY)),
            enabled=row.enabled,
            built_in=row.kind != OPENAI_COMPATIBLE,
            origin=row.origin.value,
            models=len(row.models),
            deadlines=row.options.get(DEADLINES) or {},
        )


async def _time_to_answer(provider: AsyncGeneratorProvider, model: str) -> float:
    """Seconds until the first text of a short answer."""
    request = ChatRequest(model, [Message(Role.USER, TEST_QUESTION)], max_tokens=16)
    began = time.perf_counter()
    async with provider.stream(request) as events:
        async for event in events:
            if isinstance(event, TextDelta | ReasoningDelta):
                break
    return time.perf_counter() - began


def _in_words(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME:
        raise ProviderInvalid(f"A provider needs a name of at most {MAX_NAME} characters.")
    if ":" in name:
        raise ProviderInvalid("The name of a provider cannot have a colon in it.")
    return name


def _checked_urls(text: str, *, required: bool) -> str:
    """The addresses a person entered, in one line.

    Raises:
        ProviderInvalid: one of them cannot be right, or one is needed and none is there.
    """
    urls = split_urls(text)
    if required and not urls:
        raise ProviderInvalid("The address must look like https://host/v1 or http://127.0.0.1:11434.")
    for url in urls:
        parts = _split_web_address(url)
        if parts is None:
            raise ProviderInvalid("The address must look like https://host/v1 or http://127.0.0.1:11434.")
        if parts.username or parts.password:
            raise ProviderInvalid("Put the key into its own field, not into the address.")
    return " ".join(urls)


def _split_web_address(url: str, schemes: Sequence[str] = ("http", "https")) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if valid else None


def _checked_proxy(text: str) -> str:
    text = text.strip()
    if text and _split_web_address(text, ("http", "https", "socks5", "socks5h")) is None:
        raise ProviderInvalid("A proxy looks like http://host:3128 or socks5://user:password@host:1080.")
    return text


def _checked_deadlines(values: Mapping[str, float]) -> dict[str, float]:
    allowed = {each.name for each in fields(Deadlines)}
    if set(values) - allowed or not all(0 < value <= 86_400 for value in values.values()):
        raise ProviderInvalid("A deadline is a number of seconds greater than 0.")
    return dict(values)


def _name_of(url: str) -> str:
    host = urlsplit(url).hostname or "OpenAI-compatible"
    return "OpenAI" if host == "api.openai.com" else host


def _free_name(name: str, taken: set[str]) -> str:
    name = name.replace(":", " ")
    if name not in taken:
        return name
    return next(candidate for number in range(2, 1000) if (candidate := f"{name} {number}") not in taken)
