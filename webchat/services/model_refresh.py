"""Keeps the model lists fresh in the background, so that a slow or dead provider slows no page."""

from __future__ import annotations

import asyncio

import structlog

from webchat.providers.errors import ProviderError
from webchat.services.providers import Providers
from webchat.storage.tables import ProviderSetting

log = structlog.get_logger(__name__)

INTERVAL = 600.0
"""Seconds between two rounds."""


class ModelRefresh:
    """Asks every enabled provider for its models, at the start and every ten minutes."""

    def __init__(self, providers: Providers, *, find_local: bool) -> None:
        self._providers = providers
        self._find_local = find_local
        self._task: asyncio.Task[None] | None = None

    def start(self, owner_id: str) -> None:
        """Begin; returns at once."""
        self._task = asyncio.create_task(self._run(owner_id), name="model refresh")

    async def close(self) -> None:
        """Stop, in the middle of a round if need be."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self, owner_id: str) -> None:
        while True:
            try:
                await self.round(owner_id)
            except Exception:
                log.exception("model lists could not be refreshed")
            await asyncio.sleep(INTERVAL)

    async def round(self, owner_id: str) -> None:
        """Look for local servers and ask every enabled provider once, all at the same time."""
        if self._find_local:
            await self._providers.find_local(owner_id)
        rows = await self._providers.rows(owner_id)
        await asyncio.gather(*(self._refresh(owner_id, row) for row in rows if row.enabled))

    async def _refresh(self, owner_id: str, row: ProviderSetting) -> None:
        try:
            await self._providers.refresh_models(owner_id, row)
        except ProviderError as error:
            log.info("a provider did not list its models", provider=row.name, reason=str(error))
        except Exception:
            # The other providers' lists and the next round must not suffer for it.
            log.exception("a provider's models could not be refreshed", provider=row.name)
