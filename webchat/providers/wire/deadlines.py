"""The timeouts of a provider, and the timer that enforces them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from webchat.providers.errors import Phase, ProviderTimeout

Clock = Callable[[], float]
"""A monotonic clock in seconds (`time.monotonic`)."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The timeouts of one answer in seconds.

    `connect` runs until the request is being sent. `first_text` runs from the start, and again from each sign
    of life, until the first text or reasoning. `idle` is the longest silence after that. `total` runs from
    the start and is never extended.

    >>> Deadlines(first_text=20).total
    600.0
    """

    connect: float = 10.0
    first_text: float = 60.0
    idle: float = 60.0
    total: float = 600.0

    def __post_init__(self) -> None:
        if min(self.connect, self.first_text, self.idle, self.total) <= 0:
            raise ValueError("every timeout must be greater than 0 seconds")


class DeadlineTimer:
    """Enforces the timeouts of one answer. Use it as a context manager around the whole answer.

    Every wait for the service goes between `begin()` and `end()`. A single timer, rescheduled only when it
    fires early, cancels the task that waits too long; `expired()` then turns that cancellation into a
    `ProviderTimeout`. Nothing is cancelled between waits, so the reader of the answer may take its time.

    `started` is when the user began to wait, if another request came before this one; `connect` runs
    separately for each request.
    """

    def __init__(
        self, provider: str, deadlines: Deadlines, clock: Clock, started: float | None = None
    ) -> None:
        self._provider = provider
        self._limits: dict[Phase, float] = {
            "connect": deadlines.connect,
            "first_text": deadlines.first_text,
            "idle": deadlines.idle,
            "total": deadlines.total,
        }
        self._clock = clock
        self._phase: Phase = "connect"
        now = clock()
        self._started = now if started is None else started
        self._total_due = self._started + deadlines.total
        self._due = min(now + deadlines.connect, self._total_due)
        self._waiting: asyncio.Task[object] | None = None
        self._cancels_before = 0
        self._cancelled = False
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._set_timer(self._due - self._clock())
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def connected(self) -> None:
        """The request is being sent; wait for the first text from now on."""
        if self._phase == "connect":
            self._enter("first_text", self._started)

    def sign_of_life(self) -> None:
        """Something other than text arrived: the service is working, for example reading a long prompt."""
        if self._phase == "first_text":
            # The timer checks for the later limit when it fires.
            self._due = min(self._clock() + self._limits["first_text"], self._total_due)

    def text_began(self) -> None:
        """The first text has arrived; the idle timeout applies from now on."""
        self._enter("idle", self._clock())

    def ending(self, grace: float) -> None:
        """The answer is complete except for its trailer; allow at most `grace` seconds of silence."""
        self._limits["idle"] = min(self._limits["idle"], grace)
        self._enter("idle", self._clock())

    def begin(self) -> None:
        """Call before waiting for the service; raises `ProviderTimeout` if no time is left."""
        now = self._clock()
        if self._phase == "idle":
            self._due = min(now + self._limits["idle"], self._total_due)
        if now >= self._due:
            raise self._timeout()
        # Without the loop, each piece of an answer would look for it, which costs a system call.
        self._waiting = task = asyncio.current_task(self._loop)
        self._cancels_before = task.cancelling() if task is not None else 0

    def end(self) -> None:
        """Call after the wait, whether it returned or raised."""
        self._waiting = None

    def expired(self) -> ProviderTimeout | None:
        """After a `CancelledError`: the timeout that caused it, or None if the task was cancelled
        otherwise."""
        task = self._waiting
        if not self._cancelled or task is None:
            return None
        self._cancelled = False
        return self._timeout() if task.uncancel() <= self._cancels_before else None

    def _timeout(self) -> ProviderTimeout:
        phase = "total" if self._clock() >= self._total_due else self._phase
        return ProviderTimeout(self._provider, phase, self._limits[phase])

    def _enter(self, phase: Phase, since: float) -> None:
        self._phase = phase
        self._due = min(since + self._limits[phase], self._total_due)
        self._set_timer(self._due - self._clock())

    def _set_timer(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(max(0.0, delay), self._check)

    def _check(self) -> None:
        left = self._due - self._clock()
        if left > 0:
            self._set_timer(left)
        elif self._waiting is not None:
            self._cancelled = True
            self._waiting.cancel()
        else:
            # No task is waiting; `begin` checks the time itself and may set a later limit.
            self._set_timer(min(1.0, self._limits["idle"]))
