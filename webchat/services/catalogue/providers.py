"""The user's providers: adding, changing, removing and finding them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from webchat.providers.addresses import holds_key
from webchat.providers.discovery import FoundServer
from webchat.providers.health import Health
from webchat.services.catalogue import local_servers
from webchat.services.catalogue.builder import DEADLINES, GUIDE, OPENAI_COMPATIBLE
from webchat.services.catalogue.catalogue import CONTEXT, GUIDE_MODEL, Catalogue
from webchat.services.catalogue.configured import Configured, configured
from webchat.services.catalogue.connection_test import OnLoading, ProviderTest, TestResult, ignore_loading
from webchat.services.catalogue.details import (
    Details,
    check_headers_stay,
    check_key_stays,
    check_on_internet,
    checked_context,
    checked_deadlines,
    checked_name,
    checked_proxy,
    checked_secret,
    checked_urls,
    free_name,
    is_reserved,
    name_of,
)
from webchat.services.catalogue.host_defaults import EnvironmentProvider
from webchat.services.catalogue.model_settings import ProviderModels
from webchat.services.catalogue.offered_models import offered
from webchat.services.errors import ProviderInvalid
from webchat.services.parameters import keeps_headers, read_parameters
from webchat.storage.engine import Database, Session
from webchat.storage.errors import ProviderNotFound, SecretUnreadable
from webchat.storage.queries import providers as queries
from webchat.storage.queries import users
from webchat.storage.queries.providers import PARAMETERS, PROXY, ProviderChanges
from webchat.storage.secrets import Secrets
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin, utc_now

log = structlog.get_logger(__name__)

UNDO_FOR = timedelta(hours=1)
"""How long a removed provider and its key are kept, so that removing it can be undone."""

FindServers = Callable[[], Awaitable[Sequence[FoundServer]]]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A free service: its kind, which is also its name, its models and its default address."""

    kind: str
    models: Sequence[str]
    url: str


@dataclass(frozen=True, slots=True)
class Shared:
    """A provider that somebody uses and an administrator has set up, with its number of models."""

    name: str
    models: int


class Providers:
    """One owner's providers."""

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        catalogue: Catalogue,
        find_servers: FindServers,
        health: Health,
        *,
        built_in: Sequence[BuiltIn] = (),
        environment: EnvironmentProvider | None = None,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._catalogue = catalogue
        self._find_servers = find_servers
        self._health = health
        self._built_in = {service.kind: service for service in built_in}
        self._environment = environment
        self.models = ProviderModels(database)
        self._test = ProviderTest(database, catalogue, health, self._tell)
        self.on_models_changed: Callable[[str], None] | None = None
        """Called with the owner when model lists have changed."""

    async def open(self, owner_id: str) -> None:
        """Create the built-in providers and update the one configured by the environment."""
        async with self._database.write() as session:
            rows = await queries.list_all(session, owner_id)
            for row in rows:
                if is_reserved(row.name):  # from a version that allowed it
                    name = free_name(row.name, queries.names_in_use(rows))
                    await queries.update(session, owner_id, row.id, name=name)
            kinds = {row.kind for row in rows}
            for kind, models in self._models_built_in():
                if kind not in kinds:
                    row = await queries.add(
                        session, owner_id, kind=kind, name=free_name(kind, queries.names_in_use(rows))
                    )
                    await queries.set_models(session, owner_id, row.id, models, utc_now())
            await self._follow_environment(session, owner_id, rows)

    def _models_built_in(self) -> Iterator[tuple[str, Sequence[str]]]:
        yield GUIDE, [GUIDE_MODEL.partition(":")[2]]
        for service in self._built_in.values():
            yield service.kind, service.models

    async def _follow_environment(self, session: Session, owner_id: str, rows: list[ProviderSetting]) -> None:
        wanted = self._environment.base_url if self._environment else ""
        if holds_key(urlsplit(wanted).query):
            log.error("OPENAI_BASE_URL contains a key and is not used; set OPENAI_API_KEY instead")
            wanted = ""
        outdated = [row for row in rows if row.origin is Origin.ENVIRONMENT and row.base_url != wanted]
        for row in outdated:
            rows.remove(row)
            await queries.remove(session, owner_id, row.id)
        if wanted and not any(row.origin is Origin.ENVIRONMENT for row in rows):
            await queries.add(
                session,
                owner_id,
                kind=OPENAI_COMPATIBLE,
                name=free_name(name_of(wanted), queries.names_in_use(rows)),
                base_url=wanted,
                origin=Origin.ENVIRONMENT,
            )

    async def all(self, owner_id: str) -> list[Configured]:
        """The owner's providers in their order."""
        host_key = bool(self._environment and self._environment.api_key)
        return [
            configured(row, usual_url=self._asked_at(row.kind, ""), host_key=host_key)
            for row in await self.rows(owner_id)
        ]

    async def shared_with(self, owner_id: str) -> list[Shared]:
        """The enabled providers of administrators that the owner can use: names and numbers, no addresses."""
        shared = (await self._catalogue.usable(owner_id)).shared
        return [Shared(row.name, len(offered(row))) for row in shared if row.enabled]

    async def owners(self, otherwise: str) -> tuple[str, list[str]]:
        """Whose providers are everyone's (`otherwise` without accounts), and who else has any."""
        async with self._database.read() as session:
            host = await users.host(session)
            first = host.id if host else otherwise
            return first, [each for each in await users.with_providers(session) if each != first]

    async def rows(self, owner_id: str) -> list[ProviderSetting]:
        """The rows behind `all`."""
        async with self._database.read() as session:
            return await queries.list_all(session, owner_id)

    async def save(self, owner_id: str, provider_id: str | None, details: Details) -> str:
        """Add or change a provider and return its id.

        Raises:
            ProviderInvalid, AdvancedInvalid, ProviderNameTaken, ProviderNotFound: nothing was changed.
        """
        name = checked_name(details.name)
        row = await self._row(owner_id, provider_id) if provider_id else None
        own = row is None or row.kind == OPENAI_COMPATIBLE
        key = checked_secret(details.secret, cookies=not own)
        if row is not None and (row.kind == GUIDE or row.origin is Origin.ENVIRONMENT):
            raise ProviderInvalid(
                "change_built_in" if row.kind == GUIDE else "change_from_environment", provider=row.name
            )
        base_url = checked_urls(details.base_url, mirrors=not own)
        options = dict(row.options) if row else {}
        options[DEADLINES] = checked_deadlines(details.deadlines)
        options[CONTEXT] = checked_context(details.context)
        proxy = None if details.proxy is None else checked_proxy(details.proxy)
        if not await self._catalogue.is_administrator(owner_id):
            check_on_internet(base_url, proxy)
        stored = options.get(PARAMETERS) or {}
        if own:
            options[PARAMETERS] = read_parameters(details.parameters, stored, self._secrets.encrypt)
        if row is not None:
            before, after = self._asked_at(row.kind, row.base_url), self._asked_at(row.kind, base_url)
            proxy_changed = bool(proxy) and proxy != self._proxy_of(row)
            if row.secret and not (key or details.forget_secret):
                check_key_stays(before, after, proxy_changed=proxy_changed)
            kept = keeps_headers(stored, options.get(PARAMETERS) or {})
            check_headers_stay(before, after, kept=kept, proxy_changed=proxy_changed)
        if proxy is not None:
            options[PROXY] = self._secrets.encrypt(proxy) if proxy else None
        secret = self._secrets.encrypt(key) if key else None
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
                if secret is not None or details.forget_secret:
                    changes["secret"] = secret
                row = await queries.update(session, owner_id, row.id, **changes)
            await local_servers.welcome(session, owner_id, base_url.split())
        self._health.forget(row.id)
        return row.id

    def _asked_at(self, kind: str, base_url: str) -> str:
        """A provider's addresses: its own, or the service's default ones."""
        usual = self._built_in.get(kind)
        return base_url or (usual.url if usual else "")

    def _proxy_of(self, row: ProviderSetting) -> str | None:
        """The stored proxy; also None if it cannot be read, because it cannot be compared then."""
        sealed = row.options.get(PROXY)
        with suppress(SecretUnreadable):
            return self._secrets.decrypt(sealed, provider=row.name, what=PROXY) if sealed else None
        return None

    async def reorder(self, owner_id: str, provider_ids: Sequence[str]) -> None:
        """Set the order of the providers, which is also the order in which `Auto` tries them."""
        async with self._database.write() as session:
            await queries.reorder(session, owner_id, provider_ids)

    async def remove(self, owner_id: str, provider_id: str) -> str:
        """Remove a provider and return its name. It can be restored with its key for `UNDO_FOR`.

        Raises:
            ProviderInvalid: it is built in or set by the environment.
            ProviderNotFound: the owner has none with this id.
        """
        async with self._database.write() as session:
            row = await self._removable(session, owner_id, provider_id)
            await queries.mark_removed(session, owner_id, row.id, utc_now())
            await local_servers.note_removed(session, owner_id, row)
        return row.name

    async def restore(self, owner_id: str, provider_id: str) -> str:
        """Undo `remove` and return the name, with a number appended if another provider has taken it.

        Raises:
            ProviderNotFound: it was not removed, or was removed too long ago.
        """
        async with self._database.write() as session:
            row = await queries.get_removed(session, owner_id, provider_id)
            if row is None:
                raise ProviderNotFound(provider_id)
            taken = queries.names_in_use(await queries.list_all(session, owner_id))
            await queries.restore(session, owner_id, row.id, free_name(row.name, taken))
            await local_servers.welcome(session, owner_id, row.base_url.split())
        return row.name

    async def purge_removed(self, owner_id: str) -> int:
        """Permanently delete providers removed more than `UNDO_FOR` ago, with their keys; return how many."""
        async with self._database.write() as session:
            return await queries.purge(session, owner_id, utc_now() - UNDO_FOR)

    async def _removable(self, session: Session, owner_id: str, provider_id: str) -> ProviderSetting:
        row = await queries.get(session, owner_id, provider_id)
        if row is None:
            raise ProviderNotFound(provider_id)
        if row.kind != OPENAI_COMPATIBLE:
            raise ProviderInvalid("remove_built_in", provider=row.name)
        if row.origin is Origin.ENVIRONMENT:
            raise ProviderInvalid("remove_from_environment", provider=row.name)
        return row

    async def set_enabled(self, owner_id: str, provider_id: str, enabled: bool) -> None:
        """Turn a provider on or off.

        Raises:
            ProviderInvalid: `enabled` is not a boolean.
            ProviderNotFound: the owner has none with this id.
        """
        if not isinstance(enabled, bool):
            raise ProviderInvalid("on_or_off")
        async with self._database.write() as session:
            await queries.update(session, owner_id, provider_id, enabled=enabled)

    async def find_local(self, owner_id: str, *, asked: bool = True) -> list[str]:
        """Look for model servers on this machine, add the new ones, and return the names of all found.

        A removed server is only added again if the user `asked` for the search. This machine's servers are
        for administrators; nobody else finds any.
        """
        if not await self._catalogue.is_administrator(owner_id):
            return []
        servers = await self._find_servers()
        async with self._database.write() as session:
            names, changed = await local_servers.keep_found(session, owner_id, servers, asked=asked)
        self._tell(owner_id, changed)
        return names

    async def refresh_models(self, owner_id: str, row: ProviderSetting) -> int:
        """Ask a provider for its models, save the list, and return their number.

        Raises:
            ProviderError: it did not answer; the old list is kept.
        """
        return await self._test.refresh_models(owner_id, row)

    async def test(
        self, owner_id: str, provider_id: str, on_loading: OnLoading = ignore_loading
    ) -> TestResult:
        """Ask for the models and for one short answer, and report the time it took or the error.

        Waits for a server that is loading its model, up to the timeout for the first text. A server that
        reports that no model is loaded is not made to load one.
        """
        return await self._test.test(owner_id, provider_id, on_loading)

    def _tell(self, owner_id: str, changed: bool) -> None:
        if changed and self.on_models_changed is not None:
            self.on_models_changed(owner_id)

    async def _row(self, owner_id: str, provider_id: str) -> ProviderSetting:
        async with self._database.read() as session:
            row = await queries.get(session, owner_id, provider_id)
        if row is None:
            raise ProviderNotFound(provider_id)
        return row
