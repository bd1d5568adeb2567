"""Rendered share pages, compressed, the ones read last: a copy never changes, so neither does its page."""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

MAX_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it goes out: the body compressed with gzip, and its Content-Security-Policy."""

    body: bytes
    policy: str


class PageCache:
    """Keeps at most `MAX_BYTES` of pages; each is made once, however many ask for it at the same time."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._pages: OrderedDict[Hashable, StoredPage] = OrderedDict()
        self._making: dict[Hashable, asyncio.Task[StoredPage | None]] = {}

    async def get(
        self, key: Hashable, make: Callable[[], Awaitable[tuple[str, str] | None]]
    ) -> StoredPage | None:
        """The page under `key`; `make` returns its HTML and policy, or None if there is none any more."""
        if key in self._pages:
            self._pages.move_to_end(key)
            return self._pages[key]
        if key not in self._making:
            task = asyncio.create_task(self._make(key, make))
            self._making[key] = task
            task.add_done_callback(lambda _: self._making.pop(key))
        # A reader who goes away must not take the page from the others.
        return await asyncio.shield(self._making[key])

    async def _make(
        self, key: Hashable, make: Callable[[], Awaitable[tuple[str, str] | None]]
    ) -> StoredPage | None:
        made = await make()
        if made is None:
            return None
        body = await asyncio.to_thread(gzip.compress, made[0].encode("utf-8", "replace"), 6, mtime=0)
        page = StoredPage(body, made[1])
        self._keep(key, page)
        return page

    def _keep(self, key: Hashable, page: StoredPage) -> None:
        if len(page.body) > self._max_bytes // 4:
            return
        self._pages[key] = page
        self._bytes += len(page.body)
        while self._bytes > self._max_bytes:
            _, oldest = self._pages.popitem(last=False)
            self._bytes -= len(oldest.body)
