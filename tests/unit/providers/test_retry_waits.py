"""How long a retry waits: random, as long as the service asks, and never too long in total."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.providers.failover_bench import Bench, asked, bad, text_of
from webchat.providers.errors import RateLimitError
from webchat.providers.failover import AttemptFailed, Failover
from webchat.providers.health import Health
from webchat.providers.openai_compatible import OpenAICompatible


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_the_wait_is_full_jitter(shares: list[float]) -> None:
    left = list(shares)
    bench = Bench(jitter=lambda: left.pop(0))

    asyncio.run(bench.one(bad("One")))

    assert bench.waits == pytest.approx([shares[0] * 0.5, shares[1] * 1.0])


async def test_the_jitter_is_random_over_its_whole_range() -> None:
    bench = Bench(jitter=Failover(Health()).jitter)
    assert bench.failover.jitter is random.random
    for _ in range(200):
        await bench.one(bad("One"))
    first, second = bench.waits[::2], bench.waits[1::2]

    assert 0 <= min(first) < 0.1
    assert 0.4 < max(first) < 0.5
    assert 0 <= min(second) < 0.2
    assert 0.8 < max(second) < 1.0


@given(st.floats(0, 10_000))
def test_retry_after_is_waited_for_up_to_a_minute(seconds: float) -> None:
    bench = Bench(max_retry_wait=1000)

    events, _ = asyncio.run(bench.one(bad("One", RateLimitError("One", retry_after=seconds))))

    assert bench.waits == [min(seconds, 60.0)] * 2
    assert [event.wait for event in events if isinstance(event, AttemptFailed)] == bench.waits


@pytest.mark.parametrize(
    ("max_retry_wait", "retry_after", "waits"),
    [(8, 3, [3, 3]), (8, 8, [8]), (8, 9, []), (5.9, 3, [3]), (60, 100, [60]), (0, 0, [0, 0])],
)
async def test_max_retry_wait_bounds_all_waits_of_an_answer(
    max_retry_wait: float, retry_after: float, waits: list[float]
) -> None:
    bench, error = Bench(max_retry_wait=max_retry_wait), RateLimitError("One", retry_after=retry_after)

    events, final = await bench.one(bad("One", error))

    assert bench.waits == waits
    assert final is error
    assert len(asked(events)) == len(waits) + 1


@pytest.mark.parametrize("status", [429, 503])
async def test_both_forms_of_retry_after_are_waited_for(status: int) -> None:
    """From the header on the wire to the wait."""
    headers = ["7", format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)]

    def answer(request: httpx.Request) -> httpx.Response:
        if headers:
            return httpx.Response(status, headers={"Retry-After": headers.pop(0)}, json={"error": {}})
        answer = {"choices": [{"message": {"content": "Now."}, "finish_reason": "stop"}]}
        return httpx.Response(200, json=answer)

    provider = OpenAICompatible(
        name="One", base_url="http://one.example/v1", transport=httpx.MockTransport(answer)
    )
    bench = Bench()

    events, final = await bench.one(provider)

    assert (text_of(events), final) == ("Now.", None)
    assert bench.waits[0] == 7
    assert 25 < bench.waits[1] <= 30
