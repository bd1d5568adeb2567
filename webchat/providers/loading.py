"""Waits for a server that is still loading its model, which llama.cpp reports with status 503."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from webchat.providers.errors import ModelLoading

PAUSE = 1.0
"""Seconds between checks whether the model has loaded, unless the server asks for more."""

_T = TypeVar("_T")


class LoadingWait:
    """The time that one answer may wait for its model.

    Args:
        seconds: how long, usually the timeout for the first text.
        clock: seconds from any fixed point, never going back.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def pause(self, error: ModelLoading) -> float:
        """Return the seconds until the next check; raises the error if no time is left."""
        left = self._end - self._clock()
        if left <= 0:
            error.reason, error.details["seconds"] = "too_slow", self._seconds
            raise error
        return min(max(PAUSE, error.retry_after or 0), left)


async def _tell_nobody(error: ModelLoading) -> None:
    pass


async def once_loaded(
    call: Callable[[], Awaitable[_T]],
    seconds: float,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
    on_loading: Callable[[ModelLoading], Awaitable[None]] = _tell_nobody,
) -> _T:
    """Return what `call` returns; while it raises `ModelLoading`, call it again for up to `seconds`.

    `on_loading` is called each time, before the wait.

    Raises:
        ModelLoading: the model did not load in time.
        ProviderError: any other error of `call`.
    """
    waiting = LoadingWait(seconds, clock)
    while True:
        try:
            return await call()
        except ModelLoading as error:
            pause = waiting.pause(error)
            await on_loading(error)
        await sleep(pause)
