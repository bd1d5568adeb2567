"""Asks every configured provider for its models, for `webchat doctor`."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Literal

from webchat.hosting.findings import Finding, Verdict
from webchat.providers.errors import ProviderError
from webchat.providers.guide.guide import Guide
from webchat.providers.openai_compatible import OpenAICompatible
from webchat.providers.wire.deadlines import Deadlines
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.errors import StorageError
from webchat.storage.migrations import current_revision, head_revision
from webchat.storage.queries import maintenance
from webchat.storage.queries.providers import PROXY
from webchat.storage.secrets import open_secrets
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin
from webchat.words.errors import shown

SECONDS_TO_ANSWER = 10.0
_SUBJECT = "Provider"


@dataclass(frozen=True, slots=True)
class _Configured:
    name: str
    base_url: str
    api_key: str | None = field(repr=False)
    proxy: str | None = field(repr=False)
    must_answer: bool = True


async def examine_providers(settings: Settings) -> list[Finding]:
    """Return a finding for each enabled provider; those with an API are asked concurrently.

    A provider that webchat found on this machine may be down, which is not a fault.
    """
    findings: list[Finding] = []
    proxy = settings.proxy.get_secret_value() if settings.proxy else None
    configured: list[_Configured] = []
    if settings.openai_base_url is not None:
        key = settings.openai_api_key
        configured.append(
            _Configured(
                "OPENAI_BASE_URL", settings.openai_base_url, key.get_secret_value() if key else None, proxy
            )
        )
    for row in await _rows(settings):
        if row.kind != OpenAICompatible.kind:
            findings.append(_not_asked(row))
            continue
        try:
            key_of_row = _opened(settings, row, row.secret, "")
            proxy_of_row = _opened(settings, row, row.options.get(PROXY), "proxy") or proxy
        except StorageError as error:
            findings.append(Finding(Verdict.FAULT, _SUBJECT, f"{row.name}: {shown(error)}"))
            continue
        must_answer = row.origin is not Origin.FOUND
        configured.append(_Configured(row.name, row.base_url, key_of_row, proxy_of_row, must_answer))
    return [*findings, *await asyncio.gather(*map(_ask, configured))]


def _opened(
    settings: Settings, row: ProviderSetting, sealed: str | None, what: Literal["", "proxy"]
) -> str | None:
    return open_secrets(settings.data_dir).decrypt(sealed, provider=row.name, what=what) if sealed else None


def _not_asked(row: ProviderSetting) -> Finding:
    if row.kind == Guide.kind:
        return Finding(Verdict.GOOD, _SUBJECT, f"{row.name}: built in, needs no network")
    return Finding(
        Verdict.NOTE,
        _SUBJECT,
        f"{row.name}: a free service, not contacted by this check; see Settings for its health",
    )


async def _rows(settings: Settings) -> list[ProviderSetting]:
    """The providers in the database; none if it is unusable, which another check reports."""
    try:
        if current_revision(settings.database) != head_revision():
            return []
        database = Database(settings.database)
        try:
            async with database.read() as session:
                rows = await maintenance.enabled_providers(session)
        finally:
            await database.close()
    except StorageError:
        return []
    # The provider from the environment is asked with its current settings.
    return [row for row in rows if row.origin is not Origin.ENVIRONMENT]


async def _ask(configured: _Configured) -> Finding:
    began = time.monotonic()
    seconds = SECONDS_TO_ANSWER
    try:
        provider = OpenAICompatible(
            configured.base_url,
            configured.api_key,
            name=configured.name,
            proxy=configured.proxy,
            deadlines=Deadlines(connect=seconds, first_text=seconds, idle=seconds, total=seconds),
        )
        models = await provider.list_models()
    except ProviderError as error:
        verdict = Verdict.FAULT if configured.must_answer else Verdict.NOTE
        return Finding(verdict, _SUBJECT, shown(error))
    milliseconds = round((time.monotonic() - began) * 1000)
    return Finding(
        Verdict.GOOD, _SUBJECT, f"{configured.name}: {len(models)} models, {milliseconds} ms, {provider.url}"
    )
