"""What has to end before the server can stop.

The server waits for every response before it tells the app to shut down, so a stream that goes on until
somebody ends it would hold it up. Whoever owns such streams registers how they end:

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
    """Have `callback` called (and awaited) in the server's event loop at the first SIGTERM or Ctrl-C.

    At that moment no new connection is taken any more and responses have a few seconds to end.
    """
    _callbacks.append(callback)


async def announce_stop() -> None:
    """Call every registered callback; one that fails is logged and does not keep the others from running."""
    for callback in _callbacks:
        try:
            result = callback()
            if inspect.isawaitable(result):
                await result
        except Exception:
            _log.exception(
                "stopping_callback_failed", callback=getattr(callback, "__qualname__", repr(callback))
            )
