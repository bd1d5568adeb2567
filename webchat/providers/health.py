"""Which providers are fit to be asked: a breaker and a bulkhead for each, fed by real attempts.

The breaker rests a provider after `FAILURES_TO_OPEN` failures in a row, then lets a single probe through;
each failed probe doubles the rest, and the first text of an answer ends it. The bulkhead bounds how many
answers one provider may keep waiting at a time, so that one that hangs uses up nothing the others need.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from webchat.providers.errors import (
    AnswerTooLarge,
    BadConfiguration,
    BadRequest,
    ModelLoading,
    ModelNotFound,
    OnlyReasoning,
    ProviderError,
    ToolCallWanted,
)

FAILURES_TO_OPEN = 5
FIRST_OPEN_SECONDS = 30.0
"""Seconds of the first rest; the longest is `MAX_OPEN_SECONDS`."""
MAX_OPEN_SECONDS = 600.0
MAX_CONCURRENT = 256
"""Answers one provider may be writing at a time."""

NOT_ITS_FAULT = (
    AnswerTooLarge,
    BadConfiguration,
    BadRequest,
    ModelLoading,
    ModelNotFound,
    OnlyReasoning,
    ToolCallWanted,
)
"""Errors that say something of the request or of the model, not of the provider's health."""


class Condition(StrEnum):
    """How a provider stands."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    FAILING = "failing"
    OPEN = "resting"


class ProviderBusy(ProviderError):
    """The provider's bulkhead is full."""

    code = "provider_busy"
    advice = "Wait for one of them to finish, or choose another model."
    default_happened = f"{{provider}} is already writing {MAX_CONCURRENT} answers"


@dataclass(slots=True)
class _Record:
    failures: int = 0
    rest: float = FIRST_OPEN_SECONDS
    open_until: float | None = None
    probing: bool = False
    places_taken: int = 0
    asked: bool = False


@dataclass
class Health:
    """The health of every provider, by a key of the caller's. It belongs to one event loop.

    Args:
        clock: seconds from any fixed point, never going back.
    """

    clock: Callable[[], float] = time.monotonic
    _records: dict[str, _Record] = field(default_factory=dict)

    def condition(self, key: str) -> Condition:
        """How the provider stands now."""
        record = self._records.get(key)
        if record is None or not record.asked:
            return Condition.UNKNOWN
        if record.open_until is not None and record.open_until > self.clock():
            return Condition.OPEN
        return Condition.FAILING if record.failures else Condition.HEALTHY

    def open_for(self, key: str) -> float:
        """Seconds until the provider may be probed; 0 if it may be asked."""
        until = self._of(key).open_until
        return 0.0 if until is None else max(0.0, until - self.clock())

    def may_ask(self, key: str) -> bool:
        """Whether the provider is worth asking unasked: it does not rest, or is due for a probe."""
        record = self._of(key)
        return record.open_until is None or (self.open_for(key) == 0 and not record.probing)

    def enter(self, key: str, provider: str) -> bool:
        """Take a place before asking, which `leave` gives back; returns whether this is the probe.

        Raises:
            ProviderBusy: all places are taken.
        """
        record = self._of(key)
        if record.places_taken >= MAX_CONCURRENT:
            raise ProviderBusy(provider)
        probe = record.open_until is not None and self.may_ask(key)
        record.places_taken += 1
        record.probing = record.probing or probe
        return probe

    def leave(self, key: str, *, probe: bool = False) -> None:
        """Give the place back, however the attempt ended."""
        record = self._of(key)
        record.places_taken -= 1
        if probe:
            record.probing = False

    def began(self, key: str) -> None:
        """The provider has begun to answer, so it rests no longer; whether it ends well is open."""
        record = self._of(key)
        record.asked = True
        record.rest, record.open_until = FIRST_OPEN_SECONDS, None

    def succeeded(self, key: str) -> None:
        """An answer of the provider has come to its end."""
        self.began(key)
        self._of(key).failures = 0

    def failed(self, key: str, error: ProviderError, *, probe: bool = False) -> None:
        """An answer did not come, or broke off; one that asks to be left alone for a while is left alone.

        Attempts that began before the rest, or that a person wanted during it, do not make it longer.
        """
        if isinstance(error, NOT_ITS_FAULT):
            return
        record = self._of(key)
        record.asked = True
        record.failures += 1
        asked_for = error.retry_after
        if asked_for is not None:
            until = self.clock() + min(asked_for, MAX_OPEN_SECONDS)
            record.open_until = max(until, record.open_until or until)
        elif record.failures >= FAILURES_TO_OPEN if record.open_until is None else probe:
            record.open_until = self.clock() + record.rest
            record.rest = min(record.rest * 2, MAX_OPEN_SECONDS)

    def forget(self, key: str) -> None:
        """Begin anew, because the provider's settings have changed."""
        before = self._of(key)
        self._records[key] = _Record(places_taken=before.places_taken, probing=before.probing)

    def _of(self, key: str) -> _Record:
        return self._records.setdefault(key, _Record())
