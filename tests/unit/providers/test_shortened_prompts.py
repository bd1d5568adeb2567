"""A conversation that is too long for a provider is shortened once and sent again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.providers.failover_bench import (
    DONE,
    Bench,
    Played,
    Step,
    asked,
    candidate,
    collect,
    good,
    places_taken,
)
from webchat.messages import Message, Role, TextDelta
from webchat.providers.errors import ContextTooLong
from webchat.providers.failover import AttemptBegan, Candidate, LeftOut
from webchat.providers.health import Condition
from webchat.providers.request import ChatRequest


def halved(_: Candidate, request: ChatRequest, refusal: ContextTooLong | None) -> tuple[ChatRequest, int]:
    if refusal is None or refusal.limit is None:
        return request, 0
    messages = request.messages[len(request.messages) // 2 :]
    return replace(request, messages=messages), len(request.messages) - len(messages)


LONG = ChatRequest("asked", [Message(Role.USER, str(number)) for number in range(8)])
TOO_LONG = ContextTooLong("One", status=400, limit=4096)


@pytest.mark.parametrize("how", ["one", "any"])
async def test_too_long_conversation_is_retried_once_shortened(how: str) -> None:
    bench, provider = Bench(), Played("One", [TOO_LONG], [TextDelta("Short."), DONE])
    failover = bench.failover

    events, error = await collect(
        failover.ask_one(candidate(provider), LONG, halved)
        if how == "one"
        else failover.ask_any("Auto", [candidate(provider)], LONG, halved)
    )

    assert error is None
    assert events == [AttemptBegan("One", "one-model"), LeftOut("One", 4), TextDelta("Short."), DONE]
    assert [len(request.messages) for request in provider.requests] == [8, 4]
    assert bench.health.condition("One") is Condition.HEALTHY


async def test_it_is_shortened_once_only() -> None:
    bench, provider = Bench(), Played("One", [TOO_LONG])

    events, error = await collect(bench.failover.ask_one(candidate(provider), LONG, halved))

    assert error is TOO_LONG
    assert len(provider.requests) == 2
    assert len(asked(events)) == 1


@pytest.mark.parametrize(
    "script", [[TextDelta("So far"), TOO_LONG], [ContextTooLong("One")]], ids=["after text", "no limit named"]
)
async def test_it_is_not_shortened(script: list[Step]) -> None:
    bench, provider = Bench(), Played("One", script)

    _, error = await collect(bench.failover.ask_one(candidate(provider), LONG, halved))

    assert error is script[-1]
    assert len(provider.requests) == 1


async def test_known_limit_shortens_the_prompt_before_the_request() -> None:
    bench, provider = Bench(), good("One")
    ask = bench.failover.ask_one(
        candidate(provider),
        LONG,
        lambda _, request, refusal: (replace(request, messages=LONG.messages[5:]), 5),
    )

    assert [await anext(ask), await anext(ask)] == [AttemptBegan("One", "one-model"), LeftOut("One", 5)]
    await ask.aclose()

    assert places_taken(bench.health, "One") == 0
