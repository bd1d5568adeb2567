"""Places for requests to a provider are limited, and given back however a request ends."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.unit.providers.failover_bench import (
    ASKED,
    DONE,
    Bench,
    Played,
    Step,
    candidate,
    good,
    places_taken,
    text_of,
    until,
)
from webchat.messages import TextDelta
from webchat.providers.errors import RateLimitError, ServiceError
from webchat.providers.health import FIRST_OPEN_SECONDS, MAX_CONCURRENT, Condition, ProviderBusy


async def test_a_full_provider_is_refused_at_once_and_passed_over() -> None:
    bench, held = Bench(), asyncio.Event()
    full, free = Played("Full", [held, TextDelta("Held."), DONE]), good("Free")
    answers = [asyncio.create_task(bench.one(full)) for _ in range(MAX_CONCURRENT)]
    await until(lambda: full.open == MAX_CONCURRENT)

    _, final = await bench.one(full)
    assert isinstance(final, ProviderBusy)
    events, _ = await bench.any(full, free)
    assert text_of(events) == "Free says."
    assert bench.health.may_ask("Full"), "to be busy is not to fail"
    held.set()
    await asyncio.gather(*answers)
    full.scripts = [[TextDelta("Room again."), DONE]]
    assert text_of((await bench.one(full))[0]) == "Room again."


@pytest.mark.parametrize(
    ("phase", "how"),
    [
        *itertools.product(("before the first text", "in mid-answer"), ("one", "any")),
        ("waiting for a retry", "one"),
    ],
)
async def test_cancelling_gives_the_place_back(phase: str, how: str) -> None:
    bench, held = Bench(), asyncio.Event()
    scripts: dict[str, list[Step]] = {
        "before the first text": [held],
        "in mid-answer": [TextDelta("So far"), held],
        "waiting for a retry": [RateLimitError("One", retry_after=9)],
    }
    provider = Played("One", scripts[phase])
    asleep = asyncio.Event()

    async def never(seconds: float) -> None:
        asleep.set()
        await held.wait()

    bench.failover.sleep = never
    task = asyncio.create_task(bench.one(provider) if how == "one" else bench.any(provider))
    await until(lambda: asleep.is_set() or provider.open)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()
    assert provider.open == 0
    assert places_taken(bench.health, "One") == 0
    assert {each for each in asyncio.all_tasks() if each is not asyncio.current_task()} == set()


@pytest.mark.parametrize("taken", [1, 2, 3])
async def test_leaving_in_the_middle_gives_the_place_back(taken: int) -> None:
    bench, provider = Bench(), Played("One", [TextDelta("a"), TextDelta("b"), TextDelta("c"), DONE])
    for ask in (
        bench.failover.ask_one(candidate(provider), ASKED),
        bench.failover.ask_any("Auto", [candidate(provider)], ASKED),
    ):
        for _ in range(taken):
            await anext(ask)
        await ask.aclose()

        assert provider.open == 0
    assert places_taken(bench.health, "One") == 0


@pytest.mark.parametrize(
    ("script", "condition"),
    [([], Condition.FAILING), ([TextDelta("So far")], Condition.HEALTHY)],
    ids=["before the first text", "after it"],
)
async def test_stopping_is_no_failure(script: list[Step], condition: Condition) -> None:
    bench, held = Bench(), asyncio.Event()
    provider = Played("One", [*script, held])
    bench.health.failed("One", ServiceError("One"))
    task = asyncio.create_task(bench.one(provider))
    await until(lambda: provider.open)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert bench.health.condition("One") is condition


async def test_a_cancelled_probe_lets_the_next_one_through() -> None:
    bench, held = Bench(), asyncio.Event()
    provider = Played("One", [held], [TextDelta("Well."), DONE])
    bench.rest(provider)
    bench.now += FIRST_OPEN_SECONDS
    task = asyncio.create_task(bench.any(provider, good("Two")))
    await until(lambda: provider.open)
    assert not bench.health.may_ask("One")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert bench.health.may_ask("One")
    assert text_of((await bench.any(provider, good("Two")))[0]) == "Well."
