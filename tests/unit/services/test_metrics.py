"""Figures for Prometheus: what is counted, and under which labels."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from webchat.providers.errors import QuotaExceeded
from webchat.services import metrics as module
from webchat.services.metrics import Metrics
from webchat.storage.types import GenerationStatus, utc_now


def attempt(**changed: Any) -> SimpleNamespace:
    now = utc_now()
    usual = {
        "kind": "openai",
        "started_at": now,
        "first_text_at": now + timedelta(seconds=0.2),
        "error": None,
    }
    return SimpleNamespace(**(usual | changed))


def lines(metrics: Metrics) -> list[str]:
    return metrics.text().decode().splitlines()


def test_every_way_to_end_is_there_from_the_start() -> None:
    found = lines(Metrics())

    assert 'webchat_answers_total{end="complete"} 0.0' in found
    assert not any('end="running"' in line for line in found)


def test_answers_and_their_attempts_are_counted() -> None:
    metrics = Metrics()
    failed = attempt(first_text_at=None, error=QuotaExceeded("Some service"))
    run: Any = SimpleNamespace(attempts=[failed, attempt()])
    metrics.answer_ended(run, GenerationStatus.COMPLETE)
    metrics.database_used("read", 0.004)
    found = lines(metrics)

    assert 'webchat_answers_total{end="complete"} 1.0' in found
    assert 'webchat_first_text_seconds_bucket{kind="openai",le="0.25"} 1.0' in found
    assert f'webchat_provider_errors_total{{error="{QuotaExceeded.code}",kind="openai"}} 1.0' in found
    assert 'webchat_database_seconds_bucket{le="0.005",what="read"} 1.0' in found
    assert "Some service" not in "".join(found)


def test_a_watched_number_is_read_when_it_is_asked_for() -> None:
    metrics, values = Metrics(), [1.0, 2.0]
    metrics.watch("webchat_open", "What is open.", lambda: values.pop(0))

    assert "webchat_open 1.0" in lines(metrics)
    assert "webchat_open 2.0" in lines(metrics)


async def test_the_lag_of_the_event_loop_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LAG_INTERVAL", 0.001)
    metrics, seen = Metrics(), asyncio.Event()
    monkeypatch.setattr(metrics._lag, "observe", lambda _seconds: seen.set())
    metrics.start()
    await asyncio.wait_for(seen.wait(), 30)
    await metrics.close()
    await metrics.close()
