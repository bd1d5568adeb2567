"""Limits guesses at passwords: a few for each username from one address, and slowly from many addresses.

Wrong guesses only lock out the address they came from. If many addresses guess at one username, each guess
takes longer, but the right password from an address without wrong guesses still signs in.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import cached_property

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from webchat.services.errors import TooManySignIns
from webchat.storage.types import fold

MINUTES = 10
GUESSES = 10
"""Wrong passwords for one username from one address within `MINUTES`."""
ADDRESS_GUESSES = 50
"""Wrong passwords from one address for all usernames."""
USERNAME_GUESSES = 100
"""Wrong passwords for one username from all addresses, after which further guesses take `PAUSE`."""
PAUSE = 3.0
MOST_WAITING = 100
"""Sign-ins in progress."""


class SignInAttempts:
    """Counts wrong passwords by username and address."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._pair = RateLimitItemPerMinute(GUESSES, MINUTES, namespace="pair")
        self._any_of_pair = RateLimitItemPerMinute(1, MINUTES, namespace="any")
        self._address = RateLimitItemPerMinute(ADDRESS_GUESSES, MINUTES, namespace="address")
        self._username = RateLimitItemPerMinute(USERNAME_GUESSES, MINUTES, namespace="username")
        self._waiting = 0
        self._checking: Counter[tuple[str, str]] = Counter()
        """Guesses in progress, so that those sent side by side are counted too."""

    @cached_property
    def _wrong(self) -> MovingWindowRateLimiter:
        return MovingWindowRateLimiter(MemoryStorage())  # starts a thread

    async def check(self, username: str, address: str, is_right: Callable[[], Awaitable[bool]]) -> bool:
        """Whether the guess is right. It is only checked if another guess is allowed.

        Raises:
            TooManySignIns: it was not checked.
        """
        name = fold(username)
        self._refuse(self._pair, name, address)
        self._refuse(self._address, address)
        slow = not self._wrong.test(self._username, name)
        if slow:
            self._refuse(self._any_of_pair, name, address)
        left = self._wrong.get_window_stats(self._pair, name, address).remaining
        if self._waiting >= MOST_WAITING or self._checking[name, address] >= left:
            raise TooManySignIns(PAUSE)
        self._waiting += 1
        self._checking[name, address] += 1
        try:
            if slow:
                await self._sleep(PAUSE)
            if await is_right():
                return True
        finally:
            self._waiting -= 1
            self._checking[name, address] -= 1
            self._checking += Counter()  # drops what is zero
        for limit in (self._pair, self._any_of_pair):
            self._wrong.hit(limit, name, address)
        self._wrong.hit(self._address, address)
        self._wrong.hit(self._username, name)
        return False

    def _refuse(self, limit: RateLimitItemPerMinute, *names: str) -> None:
        if not self._wrong.test(limit, *names):
            reset = self._wrong.get_window_stats(limit, *names).reset_time
            raise TooManySignIns(max(1.0, reset - time.time()))
