"""Giving memory back: glibc keeps what large answers took, for itself, until it is told otherwise."""

from __future__ import annotations

import ctypes
from functools import lru_cache

LARGE_BLOCK = 1024 * 1024
"""Bytes of a block that is asked of the system, and given back as soon as it is free."""

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1


@lru_cache(maxsize=1)
def _glibc() -> ctypes.CDLL | None:
    """The C library, None where it is another one."""
    try:
        library = ctypes.CDLL(None)
        return library if library.malloc_trim and library.mallopt else None
    except (OSError, AttributeError, TypeError):
        return None


def keep_large_blocks_apart() -> None:
    """Have every large block given back once it is free.

    Without this, glibc takes the first large block as a sign to keep all later ones for itself, up to 32 MiB
    for each thread, where not even `give_back` reaches them.
    """
    if glibc := _glibc():
        glibc.mallopt(_MMAP_THRESHOLD, LARGE_BLOCK)
        glibc.mallopt(_TRIM_THRESHOLD, 2 * LARGE_BLOCK)


def give_back() -> None:
    """Return what is free to the system. Takes some milliseconds, without holding the interpreter."""
    if glibc := _glibc():
        glibc.malloc_trim(0)
