"""The messages of stored errors, as the page shows them."""

from __future__ import annotations

from webchat.storage.tables import Attempt, Generation
from webchat.words.errors import message


def error_text(ended: Generation | Attempt | None) -> str | None:
    """The message of a generation's or an attempt's error; None if there is none."""
    if ended is None or ended.error_code is None:
        return None
    return message(ended.error_code, ended.error_arguments or {})
