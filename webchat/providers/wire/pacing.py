"""Turns: how fast answers are read that come faster than they can be read.

A provider that sends as fast as it can would keep the event loop busy with itself. So what comes in large
amounts is taken in small pieces, and of all answers that come like this only one takes a piece in each round
of the loop. Everything else, such as the next word of a slow answer, waits for one piece at most. After some
turns nobody reads for a moment, so that the threads of the database get the interpreter too. What is not read
stays in the kernel, which holds the provider back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from weakref import WeakKeyDictionary

PIECE = 8 * 1024
"""Bytes of one turn: some forty events, read within a millisecond or two."""

COST_OF_A_PIECE = 64
"""What a piece counts for in a turn besides its bytes: some services send a letter at a time."""

TURNS_BEFORE_A_REST = 8
REST = 0.001
"""Seconds of a rest."""

_turns = count()
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def next_turn() -> None:
    """Let the loop do everything else that is ready, and those go first who have waited longer."""
    async with _gates.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        await asyncio.sleep(0 if next(_turns) % TURNS_BEFORE_A_REST else REST)


def read_in_pieces(data: bytes) -> Iterator[bytes]:
    """Cut what came into pieces of at most `PIECE` bytes."""
    return (data[at : at + PIECE] for at in range(0, len(data), PIECE))
