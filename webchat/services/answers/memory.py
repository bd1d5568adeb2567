"""Returns memory to the system; by default glibc holds on to what large answers used."""

from __future__ import annotations

import ctypes
from functools import lru_cache

LARGE_BLOCK = 1024 * 1024
"""Size in bytes from which blocks are allocated from the system and returned as soon as they are freed."""

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1


@lru_cache(maxsize=1)
def _glibc() -> ctypes.CDLL | None:
    """The C library; None if it is not glibc."""
    try:
        library = ctypes.CDLL(None)
        return library if library.malloc_trim and library.mallopt else None
    except (OSError, AttributeError, TypeError):
        return None


def keep_large_blocks_apart() -> None:
    """Return every large block to the system once it is freed.

    Otherwise, after the first large block, glibc keeps later ones (up to 32 MiB per thread) in places that
    even `give_back` cannot reach.
    """
    if glibc := _glibc():
        glibc.mallopt(_MMAP_THRESHOLD, LARGE_BLOCK)
        glibc.mallopt(_TRIM_THRESHOLD, 2 * LARGE_BLOCK)


def give_back() -> None:
    """Return free memory to the system. Takes a few milliseconds and releases the GIL."""
    if glibc := _glibc():
        glibc.malloc_trim(0)
