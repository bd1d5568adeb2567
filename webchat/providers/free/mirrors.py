"""Determines the order of a service's mirrors: those that failed recently come last."""

from __future__ import annotations

from collections.abc import Sequence

from webchat.providers.wire.deadlines import Clock

REST = 120.0
"""Seconds for which a failed mirror comes after the others."""


class Mirrors:
    """Remembers which mirrors have failed.

    Args:
        rest: seconds for which a failed mirror comes last.
    """

    def __init__(self, rest: float = REST) -> None:
        self._rest = rest
        self._until: dict[str, float] = {}

    def in_turn(self, urls: Sequence[str], clock: Clock) -> list[str]:
        """Return all mirrors in the order to try them: those that have not failed recently first."""
        now = clock()
        return sorted(urls, key=lambda url: max(now, self._until.get(url, now)))

    def failed(self, url: str, clock: Clock) -> None:
        """Record that a mirror failed."""
        self._until[url] = clock() + self._rest

    def answered(self, url: str) -> None:
        """Record that a mirror answered, which clears earlier failures."""
        self._until.pop(url, None)

    def forget(self) -> None:
        """Clear the failures of all mirrors."""
        self._until.clear()
