"""Opens the services when the server starts, and closes them when it stops."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from webchat.providers.discovery import find_local_servers
from webchat.providers.failover import Failover
from webchat.providers.health import Health
from webchat.providers.registry import FREE_SERVICES, build_provider
from webchat.services.catalogue.providers import BuiltIn
from webchat.services.runtime import install
from webchat.services.shutdown import on_stopping
from webchat.services.wiring import wire
from webchat.settings import Settings, get_settings
from webchat.storage.engine import Database
from webchat.storage.secrets import open_secrets

MAX_RETRY_WAIT = 8.0
"""Seconds an answer may wait for retries before the user is asked what to do."""


@asynccontextmanager
async def services_lifespan() -> AsyncIterator[None]:
    """Open the services when the server starts and close them, answers first, when it stops."""
    async with AsyncExitStack() as closing:
        await _open_services(get_settings(), closing)
        yield


async def _open_services(settings: Settings, closing: AsyncExitStack) -> None:
    """Open all services and install them. `closing` closes what was opened, even if a step fails."""
    database = Database(settings.database)
    closing.push_async_callback(database.close)
    closing.callback(install, None)
    wired = wire(
        settings,
        database,
        open_secrets(settings.data_dir),
        failover=Failover(Health(), max_retry_wait=MAX_RETRY_WAIT),
        build=build_provider,
        find_servers=find_local_servers,
        built_in=_free_services(settings),
    )
    services = wired.services
    if services.metrics is not None:
        services.metrics.start()
        closing.push_async_callback(services.metrics.close)
    for each in (
        services.accounts,
        services.shared_copies,
        services.exports,
        services.files,
        services.imports,
        wired.generations,
        wired.answer_start,
        wired.titles,
        wired.purge,
        wired.backups,
        services.model_refresh,
    ):
        closing.push_async_callback(each.close)
    owner_id = (await services.accounts.open()).id
    await wired.generations.open()
    await services.imports.open()
    await services.files.open()
    await services.providers.open(owner_id)
    await services.temporary_chats.open()
    install(services)
    services.model_refresh.start(owner_id)
    wired.purge.start()
    wired.backups.start()
    on_stopping(services.readiness.stop)
    on_stopping(wired.generations.close)


def _free_services(settings: Settings) -> list[BuiltIn]:
    """The free services, at the addresses that the host has set."""
    return [
        BuiltIn(
            service.kind,
            service().models,
            " ".join(settings.service_urls(service.kind.lower())) or service.url,
        )
        for service in FREE_SERVICES
    ]
