"""The nonces of WordPress pages: parsed, cached, and fetched once for concurrent requests."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from webchat.providers.wire.deadlines import Clock

LIFETIME = 6 * 3600.0
"""Seconds to use a nonce; WordPress accepts one for 12 to 24 hours, and a cached page may be hours old."""

ROOM = 64
"""Maximum cached nonces, one for each address, proxy and set of cookies."""

_NONCE = re.compile(r"""data-nonce=(["'])([^"'<>\s]+)\1""")
_POST_ID = re.compile(r"""data-post-id=(["'])(\d+)\1""")


@dataclass(frozen=True, slots=True)
class PageNonce:
    """What a request needs from a page: its nonce and the id of its post."""

    nonce: str
    post_id: str


def read_nonce(page: str) -> PageNonce | None:
    """Return a page's first nonce and first post id, or None if one of them is missing.

    >>> read_nonce('<div data-post-id="42" data-nonce="d1e2"></div>')
    PageNonce(nonce='d1e2', post_id='42')
    """
    nonce, post_id = _NONCE.search(page), _POST_ID.search(page)
    return PageNonce(nonce[2], post_id[2]) if nonce and post_id else None


@dataclass(slots=True)
class _Fetch:
    task: asyncio.Task[PageNonce]
    waiting: int = 0


class NonceCache:
    """Caches nonces by key, and fetches each only once for concurrent requests.

    Args:
        clock: a clock in seconds, for the lifetime.
        lifetime: seconds to use a nonce.
    """

    def __init__(self, clock: Clock = time.monotonic, lifetime: float = LIFETIME) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._kept: dict[Hashable, tuple[PageNonce, float]] = {}
        self._fetches: dict[Hashable, _Fetch] = {}

    def known(self, key: Hashable) -> PageNonce | None:
        """Return the cached nonce of a key, unless it is too old."""
        nonce, due = self._kept.get(key, (None, 0.0))
        if nonce is not None and self._clock() >= due:
            del self._kept[key]
            return None
        return nonce

    def forget(self, key: Hashable, nonce: PageNonce) -> None:
        """Drop a rejected nonce, unless another one has already replaced it."""
        if self._kept.get(key, (None, 0.0))[0] == nonce:
            del self._kept[key]

    def clear(self) -> None:
        """Drop every nonce."""
        self._kept.clear()

    async def fetch(self, key: Hashable, read: Callable[[], Awaitable[PageNonce]]) -> PageNonce:
        """Return a fresh nonce from `read`, or from a fetch already in progress.

        If a caller is cancelled, the fetch continues for the others; the last one to leave cancels it. An
        exception of `read` is raised in every waiting caller.
        """
        fetch = self._fetches.get(key)
        if fetch is None or fetch.task.get_loop() is not asyncio.get_running_loop():
            fetch = _Fetch(asyncio.create_task(self._run(key, read)))
            self._fetches[key] = fetch
        fetch.waiting += 1
        try:
            return await asyncio.shield(fetch.task)
        finally:
            fetch.waiting -= 1
            if not fetch.waiting:
                if self._fetches.get(key) is fetch:
                    del self._fetches[key]
                if not fetch.task.done():
                    fetch.task.cancel()
                    await asyncio.wait({fetch.task})

    async def _run(self, key: Hashable, read: Callable[[], Awaitable[PageNonce]]) -> PageNonce:
        nonce = await read()
        if len(self._kept) >= ROOM:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (nonce, self._clock() + self._lifetime)
        return nonce
