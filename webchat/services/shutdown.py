"""Ends open streams when the server stops.

The server waits for every response before it tells the app to shut down, so an endless stream would block it.
The owner of such streams registers a callback that ends them:

    on_stopping(hub.close_streams)
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

import structlog

Callback = Callable[[], Awaitable[None] | None]

_callbacks: list[Callback] = []
_log = structlog.get_logger(__name__)


def on_stopping(callback: Callback) -> None:
    """Register `callback` to be called (and awaited) in the event loop on the first SIGTERM or Ctrl-C.

    At that point no new connections are accepted, and responses have a few seconds to end.
    """
    _callbacks.append(callback)


async def announce_stop() -> None:
    """Call all registered callbacks; failures are logged and do not affect the others."""
    for callback in _callbacks:
        try:
            result = callback()
            if inspect.isawaitable(result):
                await result
        except Exception:
            _log.exception(
                "stopping_callback_failed", callback=getattr(callback, "__qualname__", repr(callback))
            )
