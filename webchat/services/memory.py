"""Giving memory back: glibc keeps what large answers took, for itself, until it is told otherwise."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _malloc_trim() -> Any:
    """The function of glibc, None where there is another C library."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None


def give_back() -> None:
    """Return what is free to the system. Takes some milliseconds, without holding the interpreter."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)
