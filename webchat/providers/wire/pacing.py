"""Limits how fast flooding answers are read.

A provider that sends as fast as it can would monopolize the event loop. So large amounts of data are read in
small pieces, and among all such answers only one reads a piece per iteration of the loop. Everything else,
such as the next text of a slow answer, waits for at most one piece. After several pieces reading pauses
briefly, so that the database threads can get the GIL. Unread data stays in the kernel, which slows the
provider down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from weakref import WeakKeyDictionary

PIECE = 8 * 1024
"""Bytes per turn: some forty events, read within a millisecond or two."""

COST_OF_A_PIECE = 64
"""The fixed cost of a piece in addition to its bytes, because some services send single letters."""

TURNS_BEFORE_A_REST = 8
REST = 0.001
"""Seconds of a pause."""

_turns = count()
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def next_turn() -> None:
    """Let everything else that is ready run, and readers that have waited longer go first."""
    async with _gates.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.sleep(0 if next(_turns) % TURNS_BEFORE_A_REST else REST)


def read_in_pieces(data: bytes) -> Iterator[bytes]:
    """Split data into pieces of at most `PIECE` bytes."""
    return (data[at : at + PIECE] for at in range(0, len(data), PIECE))
