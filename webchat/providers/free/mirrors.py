"""Which of a service's mirrors to ask first: those that failed a while ago rest, and come last meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from webchat.providers.wire.deadlines import Clock

REST = 120.0
"""Seconds a mirror that failed comes after the others."""


class Mirrors:
    """Remembers which mirrors failed.

    Args:
        rest: seconds a failed mirror rests.
    """

    def __init__(self, rest: float = REST) -> None:
        self._rest = rest
        self._until: dict[str, float] = {}

    def in_turn(self, urls: Sequence[str], clock: Clock) -> list[str]:
        """Return all mirrors in the order to ask them: the rested in their order, then those that rest."""
        now = clock()
        return sorted(urls, key=lambda url: max(now, self._until.get(url, now)))

    def failed(self, url: str, clock: Clock) -> None:
        """A mirror could not answer: it rests from now on."""
        self._until[url] = clock() + self._rest

    def answered(self, url: str) -> None:
        """A mirror answered: whatever it did before is forgotten."""
        self._until.pop(url, None)

    def forget(self) -> None:
        """Forget what is known of all mirrors."""
        self._until.clear()
