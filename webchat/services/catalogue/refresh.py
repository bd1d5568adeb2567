"""Refreshes the model lists in the background, so that a slow or dead provider does not slow down pages."""

from __future__ import annotations

import asyncio

import structlog

from webchat.providers.errors import ProviderError
from webchat.services.catalogue.details import is_on_this_machine
from webchat.services.catalogue.offered_models import models_of
from webchat.services.catalogue.providers import Providers
from webchat.storage.tables import ProviderSetting

log = structlog.get_logger(__name__)

INTERVAL = 600.0
"""Seconds between rounds over all providers."""
LOOK_DELAY = 1.0
"""Seconds to wait after a page was opened, so that the page itself comes first."""
LOOK_PAUSE = 5.0
"""Minimum seconds between searches of this machine, regardless of how many pages are opened."""
FIRST_RETRY = 15.0
"""Seconds until a provider without models is asked again; doubles each time, up to `INTERVAL`."""


class ModelRefresh:
    """Asks every enabled provider for its models, at startup and every ten minutes.

    Local servers and providers without models are asked within seconds when a page is opened; the latter
    repeatedly, because their server may be down.
    """

    def __init__(self, providers: Providers, *, find_local: bool) -> None:
        self._providers = providers
        self._find_local = find_local
        self._task: asyncio.Task[None] | None = None
        self._rounds: set[asyncio.Task[bool]] = set()
        self._asked: set[str] = set()
        """The ids of providers with a request in progress; none is asked twice at once."""
        self._wanted = asyncio.Event()

    def start(self, owner_id: str) -> None:
        """Start, with everyone's providers those of `owner_id` while there are no accounts. Returns
        immediately."""
        self._task = asyncio.create_task(self._run(owner_id), name="model refresh")

    def look_again(self) -> None:
        """Search this machine soon, because a page was opened. Returns immediately; several calls cause one
        search."""
        self._wanted.set()

    async def close(self) -> None:
        """Stop, even in the middle of a round."""
        if self._task is not None:
            running = {self._task, *self._rounds}
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            self._task = None

    async def _run(self, owner_id: str) -> None:
        clock = asyncio.get_running_loop().time
        next_round = clock()
        retry = FIRST_RETRY
        while True:
            began = clock()
            everybody = began >= next_round
            if everybody:
                next_round = began + INTERVAL
            self._wanted.clear()
            missing = await self._begin_round(owner_id, everybody)
            pause = min(next_round - clock(), retry if missing else INTERVAL)
            retry = min(retry * 2, INTERVAL) if missing else FIRST_RETRY
            try:
                await asyncio.wait_for(self._wanted.wait(), max(0.0, pause))
            except TimeoutError:
                continue
            retry = FIRST_RETRY
            await asyncio.sleep(max(LOOK_DELAY, began + LOOK_PAUSE - clock()))

    async def _begin_round(self, owner_id: str, everybody: bool) -> bool:
        """Start a round and return its task; a long one continues in the background."""
        task = asyncio.create_task(self._round_of_all(owner_id, everybody), name="model refresh round")
        self._rounds.add(task)
        task.add_done_callback(self._rounds.discard)
        await asyncio.wait({task}, timeout=LOOK_PAUSE)
        if not task.done():
            task.add_done_callback(_log_failure)
            return True
        return _log_failure(task)

    async def _round_of_all(self, owner_id: str, everybody: bool) -> bool:
        """A round for each owner of providers; True if one of them has a provider without models."""
        first, others = await self._providers.owners(owner_id)
        rounds = [self.round(first, everybody=everybody, find_local=self._find_local)]
        rounds += [self.round(each, everybody=everybody, find_local=False) for each in others]
        return any(await asyncio.gather(*rounds))

    async def round(self, owner_id: str, *, everybody: bool = True, find_local: bool = True) -> bool:
        """Look for local servers and ask providers for their models, all concurrently.

        Args:
            everybody: ask every enabled provider, not only those on this machine and those without models.
            find_local: look for servers on this machine, which are everyone's.

        Returns:
            Whether an enabled provider still has no models.
        """
        if everybody:
            await self._providers.purge_removed(owner_id)
        if find_local and self._find_local:
            await self._providers.find_local(owner_id, asked=False)
        rows = await self._providers.rows(owner_id)
        rows = [row for row in rows if row.enabled and row.id not in self._asked]
        asked = [row for row in rows if everybody or not models_of(row) or is_on_this_machine(row)]
        await asyncio.gather(*(self._refresh(owner_id, row) for row in asked))
        return any(row.enabled and not models_of(row) for row in await self._providers.rows(owner_id))

    async def _refresh(self, owner_id: str, row: ProviderSetting) -> None:
        self._asked.add(row.id)
        try:
            await self._providers.refresh_models(owner_id, row)
        except ProviderError as error:
            log.info("a provider did not list its models", provider=row.name, reason=str(error))
        except Exception:
            # This must not affect the other providers' lists or the next round.
            log.exception("a provider's models could not be refreshed", provider=row.name)
        finally:
            self._asked.discard(row.id)


def _log_failure(round: asyncio.Task[bool]) -> bool:
    """The result of a finished round; True, to try again, if it failed."""
    if round.cancelled():
        return True
    if (error := round.exception()) is not None:
        log.error("model lists could not be refreshed", exc_info=error)
        return True
    return round.result()
