"""How much people may attach, and the checks of what browsers and imported files ask for."""

from __future__ import annotations

from webchat.services.errors import FileRefused

MEGABYTE = 1024 * 1024
MAX_BODY = 100 * 1024 * 1024
"""Bytes after which a body is cut off, whatever it is."""
MOST_FILES = 10
"""Maximum files of a message."""
MAX_TOKENS = 10_000_000


def checked_tokens(value: object) -> int | None:
    """The value if it is a number of tokens that a text can be cut to."""
    return value if type(value) is int and 1 <= value <= MAX_TOKENS else None


def checked_files(ids: object) -> tuple[str, ...]:
    """The ids of the files of a message, without repetitions.

    Raises:
        FileRefused: there are too many, or they are no ids.
    """
    if not isinstance(ids, list | tuple) or not all(isinstance(each, str) for each in ids):
        raise FileRefused("gone")
    found = tuple(dict.fromkeys(ids))
    if len(found) > MOST_FILES:
        raise FileRefused("too_many", limit=MOST_FILES)
    return found
