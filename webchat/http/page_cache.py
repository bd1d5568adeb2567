"""A cache of the pages and files of share links, compressed. A copy never changes, so neither do they."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

from webchat.rendering.packed import CompressedPage

MAX_BYTES = 8 * 1024 * 1024


class PageCache:
    """Keeps at most `MAX_BYTES` of recently used pages, and renders each once for concurrent requests."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._pages: OrderedDict[Hashable, CompressedPage] = OrderedDict()
        self._making: dict[Hashable, asyncio.Task[CompressedPage | None]] = {}

    async def get(
        self, key: Hashable, make: Callable[[], Awaitable[CompressedPage | None]]
    ) -> CompressedPage | None:
        """The page for `key`, rendered by `make`, which returns None if it no longer exists.

        An exception in `make` is raised in every request that waits for the page.
        """
        if key in self._pages:
            self._pages.move_to_end(key)
            return self._pages[key]
        if key not in self._making:
            task = asyncio.create_task(self._make(key, make))
            self._making[key] = task
            task.add_done_callback(lambda done: self._made(key, done))
        # A reader that disconnects must not cancel the page for the others.
        return await asyncio.shield(self._making[key])

    async def _make(
        self, key: Hashable, make: Callable[[], Awaitable[CompressedPage | None]]
    ) -> CompressedPage | None:
        page = await make()
        if page is not None:
            self._keep(key, page)
        return page

    def _made(self, key: Hashable, task: asyncio.Task[CompressedPage | None]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # already raised in the waiting requests, if any are left

    def _keep(self, key: Hashable, page: CompressedPage) -> None:
        if len(page.body) > self._max_bytes // 2:
            return
        self._pages[key] = page
        self._bytes += len(page.body)
        while self._bytes > self._max_bytes:
            _, oldest = self._pages.popitem(last=False)
            self._bytes -= len(oldest.body)
