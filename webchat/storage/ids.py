"""Row ids: 128 bits in time order (the layout of UUID version 7, RFC 9562), written as 32 hex digits."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from datetime import datetime

_SEQUENCE_LIMIT = 1 << 12
_lock = threading.Lock()
_last_millisecond = 0
_sequence = 0


def new_id() -> str:
    """A new id of 32 lower-case hex digits, which sorts after every earlier id of this process.

    48 bits of Unix milliseconds, 12 bits that count within one millisecond, 62 random bits.
    """
    millisecond, sequence = _next_tick()
    return _layout(millisecond, sequence, secrets.randbits(62))


def derived_id(moment: datetime | None, sequence: int, *names: str) -> str:
    """An id in the same layout that is always the same for the same arguments.

    Args:
        moment: the time it is sorted by; without one it sorts before all others.
        sequence: its place among ids of the same millisecond.
        names: what it is the id of, beginning with the owner, so that nobody else's is the same.
    """
    digest = hashlib.sha256(
        "".join(f"{len(name)}:{name}" for name in names).encode("utf-8", "replace")
    ).digest()
    millisecond = 0 if moment is None else max(0, int(moment.timestamp() * 1000))
    return _layout(millisecond, min(sequence, _SEQUENCE_LIMIT - 1), int.from_bytes(digest[:8]) >> 2)


def _layout(millisecond: int, sequence: int, rest: int) -> str:
    return f"{(millisecond << 80) | (0x7 << 76) | (sequence << 64) | (0b10 << 62) | rest:032x}"


def _next_tick() -> tuple[int, int]:
    """The millisecond and its counter; ids keep increasing even if the clock goes back."""
    global _last_millisecond, _sequence
    with _lock:
        now = time.time_ns() // 1_000_000
        if now > _last_millisecond:
            _last_millisecond, _sequence = now, 0
        elif _sequence + 1 < _SEQUENCE_LIMIT:
            _sequence += 1
        else:
            _last_millisecond, _sequence = _last_millisecond + 1, 0
        return _last_millisecond, _sequence
