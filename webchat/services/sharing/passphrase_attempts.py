"""Limits guesses at the passphrase of a link: a few per address, slowly from many addresses.

Wrong guesses only lock out the address they came from. A limit for the whole link that refused everyone would
let anyone who has the link shut out all who know the passphrase. Without one, thousands of addresses could
search a weak passphrase. So a link under attack becomes slow instead: its guesses are checked one after the
other, some 200 in ten minutes, and an address has one chance. The right passphrase from an address without
wrong guesses is still among those that are checked, after a few seconds.

What is left to an attacker is the queue. An address that is locked out gets no place in it, and no address
more than `AT_ONCE`, so that filling it takes a new address for every guess.

Wrong guesses are stored in the database until they expire, so that they survive a restart; addresses are
stored as keyed hashes.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
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
AT_ONCE = 2
"""Maximum number of them from one address."""


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: Counter[str] = field(default_factory=Counter)
    """The number of pending guesses by address."""


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
        await self._allowed(link_id, known)  # whoever is locked out takes no place in the queue
        async with self._turn(link_id, known):
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
    async def _turn(self, link_id: str, address: str) -> AsyncIterator[None]:
        """Process the guesses at a link one after the other, so that each takes the previous ones into
        account."""
        turn = self._turns.setdefault(link_id, _Turn())
        if turn.waiting[address] >= AT_ONCE:
            raise TooManyPassphraseAttempts(PAUSE)
        if turn.waiting.total() >= MOST_WAITING:
            raise TooManyPassphraseAttempts(MOST_WAITING * PAUSE)
        turn.waiting[address] += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.waiting -= Counter((address,))
            if not turn.waiting.total():
                del self._turns[link_id]
