"""What the person is told when a handler fails in a way nobody foresaw."""

from __future__ import annotations

from typing import cast

import structlog
from reflex.event import EventSpec

from webchat.services.shown import StorageError
from webchat.state.notice import warn

log = structlog.get_logger(__name__)


def on_backend_exception(exception: Exception) -> EventSpec:
    """Log the failure and show a notice; what storage says is for people, anything else is not."""
    log.error("an event handler failed", exc_info=exception)
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
