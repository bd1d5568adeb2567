"""Limits guesses at the passphrase of a link: a few per address, slowly from many addresses.

Wrong guesses only lock out the address they came from. If many addresses guess at one link, each guess takes
longer, but the right passphrase from an address without wrong guesses still opens it. Wrong guesses are
stored in the database until they expire, so that they survive a restart; addresses are stored as keyed
hashes.
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
"""Wrong guesses allowed per address within `WINDOW`."""
LINK_GUESSES = 100
"""Wrong guesses from all addresses after which further ones are slowed down."""
WINDOW = timedelta(minutes=10)
PAUSE = 3.0
"""Seconds that each guess at a slowed-down link takes, one after the other."""
MOST_WAITING = 20
"""Maximum number of pending guesses at one link."""


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
        """Return if the guess is right. It is only checked if another guess is allowed.

        Raises:
            TooManyPassphraseAttempts: it was not checked.
            PassphraseWrong: it is wrong.
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
        """Seconds to wait before a guess is checked."""
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
        """Process the guesses at a link one after the other, so that each takes the previous ones into
        account."""
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
