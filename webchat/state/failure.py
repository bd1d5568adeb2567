"""What the person is told when a handler fails in a way nobody foresaw."""

from __future__ import annotations

from collections import deque
from typing import cast

import structlog
from reflex.event import EventSpec
from reflex_base.event.context import EventContext

from webchat.state.notice import warn
from webchat.storage.errors import StorageError

log = structlog.get_logger(__name__)

_answered: deque[str] = deque(maxlen=1_000)
"""The failed events whose tab was told, so that a notice that fails is not answered with another."""


def on_backend_exception(exception: Exception) -> EventSpec | None:
    """Log the failure and show a notice; what storage says is for people, anything else is not."""
    log.error("an event handler failed", exc_info=exception)
    context = _failed_event()
    if context is not None:
        if context.parent_txid in _answered:
            return None
        _answered.append(context.txid)
    words = (
        str(exception)
        if isinstance(exception, StorageError)
        else (
            "Something went wrong on the server, and it was written to its log. "
            "Nothing you wrote is lost; try again."
        )
    )
    # Reflex takes an Event as well, but wants to read EventSpec above.
    return cast(EventSpec, warn(words))


def _failed_event() -> EventContext | None:
    try:
        return EventContext.get()
    except LookupError:
        return None
