"""Keeps the model lists fresh in the background, so that a slow or dead provider slows no page."""

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
"""Seconds between two rounds over every provider."""
LOOK_DELAY = 1.0
"""Seconds from the opening of a page to the look: the page itself comes first."""
LOOK_PAUSE = 5.0
"""Seconds at least between two looks at this machine, however many pages are opened."""
FIRST_RETRY = 15.0
"""Seconds until a provider without models is asked again; each time twice as long, up to `INTERVAL`."""


class ModelRefresh:
    """Asks every enabled provider for its models, at the start and every ten minutes.

    Local servers, and providers that have no models yet, are asked within seconds when a page is opened; the
    latter again and again, since theirs may be down.
    """

    def __init__(self, providers: Providers, *, find_local: bool) -> None:
        self._providers = providers
        self._find_local = find_local
        self._task: asyncio.Task[None] | None = None
        self._rounds: set[asyncio.Task[bool]] = set()
        self._asked: set[str] = set()
        """The ids of providers that have not answered yet: none is asked twice at a time."""
        self._wanted = asyncio.Event()

    def start(self, owner_id: str) -> None:
        """Begin; returns at once."""
        self._task = asyncio.create_task(self._run(owner_id), name="model refresh")

    def look_again(self) -> None:
        """Look at this machine soon: a page was opened. Returns at once; many calls make one look."""
        self._wanted.set()

    async def close(self) -> None:
        """Stop, in the middle of a round if need be."""
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
        """Begin a round and return what it does; one that takes long goes on in the background."""
        task = asyncio.create_task(self.round(owner_id, everybody=everybody), name="model refresh round")
        self._rounds.add(task)
        task.add_done_callback(self._rounds.discard)
        await asyncio.wait({task}, timeout=LOOK_PAUSE)
        if not task.done():
            task.add_done_callback(_log_failure)
            return True
        return _log_failure(task)

    async def round(self, owner_id: str, *, everybody: bool = True) -> bool:
        """Look for local servers and ask providers for their models, all at the same time.

        Args:
            everybody: ask every enabled provider, not only those on this machine and those without models.

        Returns:
            Whether an enabled provider has no models even now.
        """
        if everybody:
            await self._providers.purge_removed(owner_id)
        if self._find_local:
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
            # The other providers' lists and the next round must not suffer for it.
            log.exception("a provider's models could not be refreshed", provider=row.name)
        finally:
            self._asked.discard(row.id)


def _log_failure(round: asyncio.Task[bool]) -> bool:
    """What a round that has ended returned; True, to be tried again, if it failed."""
    if round.cancelled():
        return True
    if (error := round.exception()) is not None:
        log.error("model lists could not be refreshed", exc_info=error)
        return True
    return round.result()
