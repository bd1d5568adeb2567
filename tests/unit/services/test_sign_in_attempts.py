"""Guesses at passwords that are sent side by side are counted like those one after the other."""

from __future__ import annotations

import asyncio

from webchat.services.accounts.attempts import GUESSES, SignInAttempts
from webchat.services.errors import TooManySignIns


async def test_guesses_sent_side_by_side_are_counted() -> None:
    attempts, checked, go_on = SignInAttempts(), 0, asyncio.Event()

    async def wrong() -> bool:
        nonlocal checked
        checked += 1
        await go_on.wait()
        return False

    guesses = [asyncio.create_task(attempts.check("ann", "192.0.2.1", wrong)) for _ in range(GUESSES * 5)]
    for _ in range(5):
        await asyncio.sleep(0)
    go_on.set()
    ended = await asyncio.gather(*guesses, return_exceptions=True)

    assert checked == GUESSES
    assert sum(isinstance(each, TooManySignIns) for each in ended) == GUESSES * 4
    assert not attempts._checking
    assert await attempts.check("ann", "192.0.2.2", lambda: asyncio.sleep(0, True))
