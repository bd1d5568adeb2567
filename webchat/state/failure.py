"""Handles unexpected exceptions in event handlers."""

from __future__ import annotations

from collections import deque
from typing import cast

import structlog
from reflex.event import EventSpec
from reflex_base.event.context import EventContext

from webchat.services.errors import NotAllowed
from webchat.state.notice import warn
from webchat.storage.errors import StorageError
from webchat.words.errors import shown
from webchat.words.text import t

log = structlog.get_logger(__name__)

_answered: deque[str] = deque(maxlen=1_000)
"""The failed events whose tab was notified, so that a failing notice does not cause another one."""


def on_backend_exception(exception: Exception) -> EventSpec | None:
    """Log the exception and show a notice. Only messages of storage errors are meant for users."""
    if isinstance(exception, NotAllowed):
        return cast(EventSpec, warn(exception))
    context = _failed_event()
    reference = context.txid if context is not None else ""
    log.error("an event handler failed", request_id=reference, exc_info=exception)
    if context is not None:
        if context.parent_txid in _answered:
            return None
        _answered.append(context.txid)
    words = (
        shown(exception)
        if isinstance(exception, StorageError)
        else t(
            "Something went wrong on the server. The error was logged (reference {reference}), and nothing "
            "you wrote is lost. Try again.",
            reference=reference,
        )
    )
    # Reflex also accepts an Event, but requires the annotation to be EventSpec.
    return cast(EventSpec, warn(words))


def _failed_event() -> EventContext | None:
    try:
        return EventContext.get()
    except LookupError:
        return None
