"""Tracks the health of providers: a circuit breaker and a bulkhead for each, fed by real attempts.

The breaker opens after `FAILURES_TO_OPEN` consecutive failures, which pauses the provider, then lets a single
probe through. Each failed probe doubles the pause, and the first text of an answer ends it. The bulkhead
limits the number of concurrent answers per provider, so that one that hangs does not use up resources the
others need.
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
"""Seconds of the first pause; the longest is `MAX_OPEN_SECONDS`."""
MAX_OPEN_SECONDS = 600.0
MAX_CONCURRENT = 256
"""Maximum concurrent answers per provider."""

NOT_ITS_FAULT = (
    AnswerTooLarge,
    BadConfiguration,
    BadRequest,
    ModelLoading,
    ModelNotFound,
    OnlyReasoning,
    ToolCallWanted,
)
"""Errors that concern the request or the model, not the provider's health."""


class Condition(StrEnum):
    """The condition of a provider."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    FAILING = "failing"
    OPEN = "resting"


class ProviderBusy(ProviderError):
    """The provider's bulkhead is full."""

    code = "provider_busy"


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
    """The health of every provider, by the id of its row. It belongs to one event loop.

    Args:
        clock: a monotonic clock in seconds.
    """

    clock: Callable[[], float] = time.monotonic
    _records: dict[str, _Record] = field(default_factory=dict)

    def condition(self, key: str) -> Condition:
        """The provider's current condition."""
        record = self._records.get(key)
        if record is None or not record.asked:
            return Condition.UNKNOWN
        if record.open_until is not None and record.open_until > self.clock():
            return Condition.OPEN
        return Condition.FAILING if record.failures else Condition.HEALTHY

    def open_for(self, key: str) -> float:
        """Seconds until the provider may be probed; 0 if it may be asked now."""
        until = self._of(key).open_until
        return 0.0 if until is None else max(0.0, until - self.clock())

    def may_ask(self, key: str) -> bool:
        """Whether `Auto` may ask the provider: it is not paused, or is due for a probe."""
        record = self._of(key)
        return record.open_until is None or (self.open_for(key) == 0 and not record.probing)

    def enter(self, key: str, provider: str) -> bool:
        """Acquire a slot for a request, which `leave` releases; returns whether this is the probe.

        Raises:
            ProviderBusy: all slots are in use.
        """
        record = self._of(key)
        if record.places_taken >= MAX_CONCURRENT:
            raise ProviderBusy(provider, limit=MAX_CONCURRENT)
        probe = record.open_until is not None and self.may_ask(key)
        record.places_taken += 1
        record.probing = record.probing or probe
        return probe

    def leave(self, key: str, *, probe: bool = False) -> None:
        """Release the slot, however the attempt ended."""
        record = self._of(key)
        record.places_taken -= 1
        if probe:
            record.probing = False

    def began(self, key: str) -> None:
        """Record that the provider has begun to answer, which ends its pause, whatever the outcome."""
        record = self._of(key)
        record.asked = True
        record.rest, record.open_until = FIRST_OPEN_SECONDS, None

    def succeeded(self, key: str) -> None:
        """Record that an answer is complete."""
        self.began(key)
        self._of(key).failures = 0

    def failed(self, key: str, error: ProviderError, *, probe: bool = False) -> None:
        """Record that an answer failed or was cut off. Honours a `Retry-After`.

        Attempts that began before the pause, or that the user requested during it, do not extend it.
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
        """Reset the health after the provider's settings have changed."""
        before = self._of(key)
        self._records[key] = _Record(places_taken=before.places_taken, probing=before.probing)

    def _of(self, key: str) -> _Record:
        return self._records.setdefault(key, _Record())
