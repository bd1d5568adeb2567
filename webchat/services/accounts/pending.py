"""Sign-ins that have begun at an OpenID Connect issuer and are not finished."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from webchat.openid.values import Question
from webchat.services.accounts.credentials import new_token, token_hash

LASTS = 600.0
"""Seconds for which somebody may take to sign in at the issuer."""
MOST = 2_000
"""Sign-ins that can be pending; the oldest makes room."""


@dataclass(frozen=True, slots=True)
class Begun:
    """One sign-in that has begun.

    Args:
        question: what the issuer is asked.
        following: the page that follows.
        invitation: the token of the invitation with which a new account may be made.
        session: the id of the session of the person who connects their account; empty to sign in.
    """

    question: Question
    following: str = "/"
    invitation: str = ""
    session: str = ""


class PendingSignIns:
    """Keeps sign-ins until they are finished, each once and in the browser where it began."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun: dict[str, tuple[float, str, Begun]] = {}

    def add(self, browser: str, begun: Begun) -> str:
        """Keep a sign-in and return its state; `browser` is the token in the browser's cookie."""
        oldest = next(iter(self._begun), None)
        while oldest is not None and (len(self._begun) >= MOST or self._is_over(oldest)):
            del self._begun[oldest]
            oldest = next(iter(self._begun), None)
        state = new_token()
        self._begun[token_hash(state)] = (self._clock(), token_hash(browser), begun)
        return state

    def take(self, browser: str, state: str) -> Begun | None:
        """The sign-in with this state, once; None if it is over or began in another browser."""
        hashed = token_hash(state)
        if hashed not in self._begun or self._is_over(hashed):
            return None
        _, began_in, begun = self._begun[hashed]
        if began_in != token_hash(browser):
            return None
        del self._begun[hashed]
        return begun

    def _is_over(self, hashed: str) -> bool:
        return self._clock() - self._begun[hashed][0] > LASTS
