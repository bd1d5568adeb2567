"""Figures about the running server for Prometheus, without names, words or anything else about people.

Labels have few possible values: a kind of provider is one of those in the registry, an error is a code of
ours. Nothing is counted unless the host has turned metrics on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from webchat.services.answers.run import Run
from webchat.storage.types import GenerationStatus

LAG_INTERVAL = 1.0
"""Seconds between measurements of the event loop's lag."""
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)


class Metrics:
    """Counts and times what happens, and writes it in the format of Prometheus."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._answers = Counter("webchat_answers", "Answers by how they ended.", ["end"], registry=registry)
        self._first_text = Histogram(
            "webchat_first_text_seconds",
            "Time from asking the provider that answered to its first text.",
            ["kind"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._errors = Counter(
            "webchat_provider_errors", "Failed attempts by provider.", ["kind", "error"], registry=registry
        )
        self._database = Histogram(
            "webchat_database_seconds",
            "Time that reads and writes of the database took, without waiting for other writers.",
            ["what"],
            buckets=_SHORT,
            registry=registry,
        )
        self._lag = Histogram(
            "webchat_event_loop_lag_seconds",
            "How late the event loop was.",
            buckets=_SHORT,
            registry=registry,
        )
        for status in GenerationStatus:
            if status is not GenerationStatus.RUNNING:
                self._answers.labels(status.value)
        for what in ("read", "write"):
            self._database.labels(what)
        self._task: asyncio.Task[None] | None = None

    def watch(self, name: str, help: str, value: Callable[[], float]) -> None:
        """Include a number that is read when it is asked for."""
        Gauge(name, help, registry=self._registry).set_function(value)

    def answer_ended(self, run: Run, status: GenerationStatus) -> None:
        """Count an answer that has ended, and its attempts."""
        self._answers.labels(status.value).inc()
        for tried in run.attempts:
            if tried.first_text_at is not None:
                seconds = (tried.first_text_at - tried.started_at).total_seconds()
                self._first_text.labels(tried.kind).observe(max(0.0, seconds))
            if tried.error is not None:
                self._errors.labels(tried.kind, tried.error.code).inc()

    def database_used(self, what: str, seconds: float) -> None:
        """Note the time of a `read` or `write` of the database."""
        self._database.labels(what).observe(seconds)

    def start(self) -> None:
        """Start measuring the event loop's lag. Returns immediately."""
        self._task = asyncio.create_task(self._measure_lag(), name="event loop lag")

    async def close(self) -> None:
        """Stop measuring."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _measure_lag(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + LAG_INTERVAL
            await asyncio.sleep(LAG_INTERVAL)
            self._lag.observe(max(0.0, clock() - due))

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return generate_latest(self._registry)
