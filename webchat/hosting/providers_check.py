"""Asks every configured provider for its models, for `webchat doctor`."""

from __future__ import annotations

import asyncio
import time
from dataclasses import astuple
from functools import partial

from webchat.hosting.findings import Finding, Verdict
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import ProviderError
from webchat.providers.registry import build_provider
from webchat.providers.wire.deadlines import Deadlines
from webchat.services.accounts import Accounts
from webchat.services.catalogue.builder import GUIDE, OPENAI_COMPATIBLE, ProviderBuilder
from webchat.services.catalogue.host_defaults import HostDefaults, host_defaults
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.errors import StorageError
from webchat.storage.migrations import current_revision, head_revision
from webchat.storage.queries import maintenance
from webchat.storage.queries.providers import PROXY
from webchat.storage.secrets import Secrets, open_secrets
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin
from webchat.words.errors import shown

SECONDS_TO_ANSWER = 10.0
"""The longest that a provider gets, whatever its timeouts."""
_SUBJECT = "Provider"


async def examine_providers(settings: Settings) -> list[Finding]:
    """Return a finding for each enabled provider; those with an API are asked concurrently.

    A provider that webchat found on this machine may be down, which is not a fault.
    """
    host = host_defaults(settings)
    stored, trusted = await _rows(settings)
    rows = _with_environment(stored, settings, host)
    asked = [row for row in rows if row.kind == OPENAI_COMPATIBLE]
    findings = [_not_asked(row) for row in rows if row.kind != OPENAI_COMPATIBLE]
    return [*findings, *await asyncio.gather(*map(partial(_ask, settings, host, trusted), asked))]


def _with_environment(
    rows: list[ProviderSetting], settings: Settings, host: HostDefaults
) -> list[ProviderSetting]:
    """The rows, with that of the environment first and as the next start would write it."""
    own = [row for row in rows if row.origin is not Origin.ENVIRONMENT]
    if host.openai is None:
        return own
    known = next((row for row in rows if row.origin is Origin.ENVIRONMENT), None)
    configured = ProviderSetting(
        owner_id=known.owner_id if known else "",
        kind=OPENAI_COMPATIBLE,
        name="OPENAI_BASE_URL" if settings.openai_base_url else "OPENAI_API_KEY",
        base_url=host.openai.base_url,
        options=known.options if known else {},
        origin=Origin.ENVIRONMENT,
    )
    return [configured, *own]


def _not_asked(row: ProviderSetting) -> Finding:
    if row.kind == GUIDE:
        return Finding(Verdict.GOOD, _SUBJECT, f"{row.name}: built in, needs no network")
    return Finding(
        Verdict.NOTE,
        _SUBJECT,
        f"{row.name}: a free service, not contacted by this check; see Settings for its health",
    )


async def _rows(settings: Settings) -> tuple[list[ProviderSetting], set[str]]:
    """The providers in the database, and the owners who are administrators; none if the database is unusable,
    which another check reports."""
    try:
        if current_revision(settings.database) != head_revision():
            return [], set()
        database = Database(settings.database)
        try:
            async with database.read() as session:
                rows = await maintenance.enabled_providers(session)
            accounts = Accounts(database)
            owners = {row.owner_id for row in rows}
            return rows, {owner for owner in owners if await accounts.is_administrator(owner)}
        finally:
            await database.close()
    except StorageError:
        return [], set()


async def _ask(settings: Settings, host: HostDefaults, trusted: set[str], row: ProviderSetting) -> Finding:
    began = time.monotonic()
    try:
        provider = _built(settings, host, row, trusted=row.owner_id in trusted)
    except (ProviderError, StorageError) as error:
        return Finding(Verdict.FAULT, _SUBJECT, f"{row.name}: {shown(error)}")
    try:
        models = await provider.describe_models()
    except ProviderError as error:
        verdict = Verdict.NOTE if row.origin is Origin.FOUND else Verdict.FAULT
        return Finding(verdict, _SUBJECT, shown(error))
    finally:
        await provider.aclose()
    milliseconds = round((time.monotonic() - began) * 1000)
    return Finding(
        Verdict.GOOD, _SUBJECT, f"{row.name}: {len(models)} models, {milliseconds} ms, {provider.url}"
    )


def _built(
    settings: Settings, host: HostDefaults, row: ProviderSetting, *, trusted: bool
) -> AsyncGeneratorProvider:
    """The provider as the server would create it. Opens the key file, which creates it, only if it must."""
    locked = row.secret or row.options.get(PROXY)
    secrets = open_secrets(settings.data_dir) if locked else Secrets([])
    builder = ProviderBuilder(secrets, build_provider, host)
    return builder.build(row, _capped(builder.deadlines_of(row)), trusted=trusted)


def _capped(own: Deadlines) -> Deadlines:
    return Deadlines(*(min(seconds, SECONDS_TO_ANSWER) for seconds in astuple(own)))
