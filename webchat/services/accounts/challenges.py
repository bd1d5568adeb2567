"""Challenges that a passkey has to sign: valid for some minutes, for one purpose and for one answer.

They are signed, so only those that were answered have to be kept, and asking for many takes no memory.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner

from webchat.services.errors import PasskeyInvalid, TooManySignIns

MINUTES = 5
MOST_USED = 10_000
"""Challenges that can be answered within `MINUTES`."""


class Challenges:
    """Makes challenges, and accepts each once."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._used: dict[bytes, float] = {}

    def new(self, purpose: str) -> bytes:
        """A challenge that is good for this purpose alone."""
        return self._signer(purpose).sign(secrets.token_urlsafe(16))

    def is_good(self, purpose: str, challenge: bytes) -> bool:
        """Whether it was made for this purpose, and was not used.

        Raises:
            PasskeyInvalid: it has expired.
        """
        try:
            self._signer(purpose).unsign(challenge, max_age=MINUTES * 60)
        except SignatureExpired:
            raise PasskeyInvalid("expired", minutes=MINUTES) from None
        except BadSignature:
            return False
        return challenge not in self._used

    def use(self, challenge: bytes) -> bool:
        """Make a good challenge unusable; False if somebody was faster.

        Raises:
            TooManySignIns: too many were used in the last minutes.
        """
        now = self._clock()
        # In the order in which they were used, which is nearly that in which they expire.
        while self._used and next(iter(self._used.values())) <= now:
            del self._used[next(iter(self._used))]
        if challenge in self._used:
            return False
        if len(self._used) >= MOST_USED:
            raise TooManySignIns(next(iter(self._used.values())) - now)
        self._used[challenge] = now + MINUTES * 60 + 1
        return True

    def _signer(self, purpose: str) -> TimestampSigner:
        return _Signer(self._key, purpose, self._clock)


class _Signer(TimestampSigner):
    def __init__(self, key: bytes, purpose: str, clock: Callable[[], float]) -> None:
        super().__init__(key, salt=purpose)
        self._clock = clock

    def get_timestamp(self) -> int:
        return int(self._clock())
