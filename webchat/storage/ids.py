"""Row ids: 128 bits in time order (the layout of UUID version 7, RFC 9562), written as 32 hex digits."""

from __future__ import annotations

import secrets
import threading
import time

_SEQUENCE_LIMIT = 1 << 12
_lock = threading.Lock()
_last_millisecond = 0
_sequence = 0


def new_id() -> str:
    """A new id of 32 lower-case hex digits, which sorts after every earlier id of this process.

    48 bits of Unix milliseconds, 12 bits that count within one millisecond, 62 random bits.
    """
    millisecond, sequence = _next_tick()
    value = (millisecond << 80) | (0x7 << 76) | (sequence << 64) | (0b10 << 62) | secrets.randbits(62)
    return f"{value:032x}"


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
