"""The providers a person has configured: adding, changing, finding and testing them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from webchat.messages import Message, ReasoningDelta, Role, TextDelta
from webchat.providers.base import AsyncGeneratorProvider, ChatRequest
from webchat.providers.discovery import FoundServer
from webchat.providers.errors import ProviderError
from webchat.providers.health import Health
from webchat.providers.loading import once_loaded
from webchat.services.asking import health_key
from webchat.services.catalogue import (
    CONTEXT,
    DEADLINES,
    GUIDE,
    GUIDE_MODEL,
    OPENAI_COMPATIBLE,
    PROXY,
    Catalogue,
    EnvironmentProvider,
)
from webchat.services.errors import ProviderInvalid
from webchat.services.provider_details import (
    Details,
    checked_context,
    checked_deadlines,
    checked_name,
    checked_proxy,
    checked_secret,
    checked_urls,
    free_name,
    name_of,
    server_of,
)
from webchat.storage.engine import Database
from webchat.storage.errors import ProviderNotFound, StorageError
from webchat.storage.queries import providers as queries
from webchat.storage.queries.providers import ProviderChanges
from webchat.storage.secrets import SecretBox
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin, utc_now

log = structlog.get_logger(__name__)

_WHY = {
    True: "It is built in; switch it off instead.",
    False: "It is set by OPENAI_BASE_URL: switch it off, or change that and start again.",
}
TEST_QUESTION = "Answer with the single word: ready"

FindServers = Callable[[], Awaitable[Sequence[FoundServer]]]


@dataclass(frozen=True, slots=True)
class Configured:
    """One provider as the settings page shows it; the key itself never leaves the service."""

    id: str
    name: str
    kind: str
    base_url: str
    """Empty for a built-in service that is asked at its `usual_url`."""
    usual_url: str
    has_secret: bool
    has_proxy: bool
    enabled: bool
    built_in: bool
    origin: str
    models: int
    deadlines: Mapping[str, float]
    context: int | None


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A free service that webchat knows: its kind, which is its name too, its models, its usual address."""

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
                        session, owner_id, kind=kind, name=free_name(kind, {row.name for row in rows})
                    )
                    await queries.set_models(session, owner_id, row.id, models, utc_now())
            await self._follow_environment(session, owner_id, rows)

    def _models_built_in(self) -> Iterator[tuple[str, Sequence[str]]]:
        yield GUIDE, [GUIDE_MODEL.partition(":")[2]]
        for service in self._built_in.values():
            yield service.kind, service.models

    async def _follow_environment(
        self, session: AsyncSession, owner_id: str, rows: list[ProviderSetting]
    ) -> None:
        wanted = self._environment.base_url if self._environment else ""
        outdated = [row for row in rows if row.origin is Origin.ENVIRONMENT and row.base_url != wanted]
        for row in outdated:
            rows.remove(row)
            await queries.remove(session, owner_id, row.id)
        if wanted and not any(row.origin is Origin.ENVIRONMENT for row in rows):
            await queries.add(
                session,
                owner_id,
                kind=OPENAI_COMPATIBLE,
                name=free_name(name_of(wanted), {row.name for row in rows}),
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
        name = checked_name(details.name)
        row = await self._row(owner_id, provider_id) if provider_id else None
        own = row is None or row.kind == OPENAI_COMPATIBLE
        key = checked_secret(details.secret, cookies=not own)
        secret = self._box.encrypt(key) if key else None
        if row is not None and (row.kind == GUIDE or row.origin is Origin.ENVIRONMENT):
            raise ProviderInvalid(f"{row.name} cannot be changed here. {_WHY[row.kind == GUIDE]}")
        base_url = checked_urls(details.base_url, required=own)
        options = dict(row.options) if row else {}
        options[DEADLINES] = checked_deadlines(details.deadlines)
        options[CONTEXT] = checked_context(details.context)
        if details.proxy is not None:
            proxy = checked_proxy(details.proxy)
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
                self._health.forget(health_key(owner_id, row.name))
                return row.id
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
        async with self._database.write() as session:
            row = await self._removable(session, owner_id, provider_id)
            await queries.remove(session, owner_id, row.id)
        return row.name

    async def _removable(self, session: AsyncSession, owner_id: str, provider_id: str) -> ProviderSetting:
        row = await queries.get(session, owner_id, provider_id)
        if row is None:
            raise ProviderNotFound(provider_id)
        if row.kind != OPENAI_COMPATIBLE:
            raise ProviderInvalid(f"{row.name} cannot be removed. {_WHY[True]}")
        if row.origin is Origin.ENVIRONMENT:
            raise ProviderInvalid(f"{row.name} cannot be removed. {_WHY[False]}")
        return row

    async def set_enabled(self, owner_id: str, provider_id: str, enabled: bool) -> None:
        """Offer a provider's models, or not.

        Raises:
            ProviderInvalid: `enabled` is neither.
            ProviderNotFound: the owner has none with this id.
        """
        if not isinstance(enabled, bool):
            raise ProviderInvalid("The browser did not say whether to switch it on or off.")
        async with self._database.write() as session:
            await queries.update(session, owner_id, provider_id, enabled=enabled)

    async def find_local(self, owner_id: str) -> list[str]:
        """Look for model servers on this machine, add those that are new; returns the names of all found."""
        servers = await self._find_servers()
        names = []
        async with self._database.write() as session:
            rows = await queries.list_all(session, owner_id)
            known = {server_of(row.base_url): row for row in rows if row.base_url}
            for server in servers:
                row = known.get(server_of(server.base_url))
                if row is None:
                    row = await queries.add(
                        session,
                        owner_id,
                        kind=OPENAI_COMPATIBLE,
                        name=free_name(server.name, {row.name for row in rows}),
                        base_url=server.base_url,
                        origin=Origin.FOUND,
                    )
                    rows.append(row)
                names.append(row.name)
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
        """Ask for the models and for one short answer: the time that took, or the error in words.

        A model that is still being loaded is waited for as long as a first text may take.
        """
        models: int | None = None
        name = "The provider"
        try:
            row = await self._row(owner_id, provider_id)
            name = row.name
            patience = self._catalogue.provider_of(row).deadlines.first_text
            models = await once_loaded(partial(self.refresh_models, owner_id, row), patience)
            row = await self._row(owner_id, provider_id)
            if not row.models:
                return TestResult(False, f"{row.name} answers, but has no model. Load one there first.", 0)
            provider = self._catalogue.provider_of(row)
            try:
                seconds = await once_loaded(partial(_time_to_answer, provider, row.models[0]), patience)
            finally:
                await provider.aclose()
        except (ProviderError, StorageError) as error:
            return TestResult(False, str(error), models)
        except Exception as error:
            log.exception("a provider failed in a way it does not declare", provider=name)
            failure = ProviderError(name, f"{name} failed unexpectedly ({type(error).__name__})")
            return TestResult(False, str(failure), models)
        self._health.succeeded(health_key(owner_id, row.name))
        return TestResult(True, f"{row.models[0]} answered in {_in_words(seconds)}.", models)

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
            base_url=row.base_url,
            usual_url=usual.url if usual else "",
            has_secret=row.secret is not None or (row.origin is Origin.ENVIRONMENT and key_from_environment),
            has_proxy=bool(row.options.get(PROXY)),
            enabled=row.enabled,
            built_in=row.kind != OPENAI_COMPATIBLE,
            origin=row.origin.value,
            models=len(row.models),
            deadlines=row.options.get(DEADLINES) or {},
            context=row.options.get(CONTEXT),
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
