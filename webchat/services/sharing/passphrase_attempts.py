"""Who may still guess at the passphrase of a link: few times from one address, slowly from many.

Whoever guesses wrong shuts out nobody but their own address. Where many addresses guess at one link, each
guess takes longer; from an address that was never wrong the right passphrase still opens it. Wrong ones are
kept in the database, so that a restart forgives nothing: addresses as keyed hashes, until they count no more.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from webchat.services.errors import PassphraseWrong, TooManyPassphraseAttempts
from webchat.storage.engine import Database
from webchat.storage.queries import guesses
from webchat.storage.types import utc_now

GUESSES = 10
"""Wrong passphrases of one address that are looked at within `WINDOW`."""
LINK_GUESSES = 100
"""Wrong ones of all addresses after which the next are slowed down."""
WINDOW = timedelta(minutes=10)
PAUSE = 3.0
"""Seconds each guess at a slowed-down link takes, one after the other."""
MOST_WAITING = 20
"""Guesses at one link that wait for their turn."""


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class PassphraseAttempts:
    """Counts wrong passphrases by link and address."""

    def __init__(
        self,
        database: Database,
        key: bytes,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database, self._key, self._sleep = database, key, sleep
        self._turns: dict[str, _Turn] = {}

    async def check(self, link_id: str, address: str, is_right: Callable[[], Awaitable[bool]]) -> None:
        """Return if the guess is right; it is looked at only if that is allowed.

        Raises:
            TooManyPassphraseAttempts: it was not looked at.
            PassphraseWrong: it is not right.
        """
        known = hmac.digest(self._key, f"{link_id} {address}".encode(), "sha256").hex()
        async with self._turn(link_id):
            pause = await self._allowed(link_id, known)
            if pause:
                await self._sleep(pause)
            if await is_right():
                return
            now = utc_now()
            async with self._database.write() as session:
                await guesses.add(session, link_id, known, now, now - WINDOW)
        raise PassphraseWrong

    async def _allowed(self, link_id: str, address: str) -> float:
        """Seconds to wait before a guess is looked at."""
        now = utc_now()
        async with self._database.read() as session:
            own = await guesses.count(session, link_id, now - WINDOW, address)
            all_of_link = await guesses.count(session, link_id, now - WINDOW)
        slow = all_of_link.number >= LINK_GUESSES
        if own.oldest is not None and (own.number >= GUESSES or slow):
            raise TooManyPassphraseAttempts((own.oldest + WINDOW - now).total_seconds())
        return PAUSE if slow else 0.0

    @asynccontextmanager
    async def _turn(self, link_id: str) -> AsyncIterator[None]:
        """One guess at a link after the other, so that each knows of those before."""
        turn = self._turns.setdefault(link_id, _Turn())
        if turn.waiting >= MOST_WAITING:
            raise TooManyPassphraseAttempts(MOST_WAITING * PAUSE)
        turn.waiting += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                del self._turns[link_id]
