"""Asking one provider again: before the first text, and only after failures that may pass."""

from __future__ import annotations

import pytest

from tests.unit.providers.failover_bench import ASKED, DONE, Bench, Played, Step, bad, good, text_of
from webchat.messages import ReasoningDelta, StreamEvent, TextDelta, Usage
from webchat.providers.errors import (
    AuthenticationFailed,
    BadConfiguration,
    BadRequest,
    ChallengePage,
    ConnectionFailed,
    ContextTooLong,
    EmptyAnswer,
    MalformedAnswer,
    ModelNotFound,
    OnlyReasoning,
    ProviderError,
    ProviderTimeout,
    QuotaExceeded,
    RateLimitError,
    ServiceError,
    ToolCallWanted,
    TruncatedAnswer,
    WrongAddress,
)
from webchat.providers.failover import BACKOFF, RETRIES, AttemptBegan, AttemptFailed
from webchat.providers.parameters import Parameters
from webchat.providers.request import ChatRequest


async def test_an_answer_comes_through_as_it_is() -> None:
    script: list[Step] = [ReasoningDelta("Hm"), TextDelta("One "), Usage(1, 2), TextDelta("two"), DONE]
    provider = Played("One", script)

    events, error = await Bench().one(provider)

    assert error is None
    assert events == [AttemptBegan("One", "one-model"), *script]
    assert provider.requests == [
        ChatRequest("one-model", ASKED.messages, temperature=0.5, parameters=Parameters(max_tokens=7))
    ]


RETRIED = [
    ConnectionFailed("One"),
    ProviderTimeout("One", "connect", 10),
    RateLimitError("One", status=429),
    ServiceError("One", status=503),
    MalformedAnswer("One"),
    EmptyAnswer("One"),
    TruncatedAnswer("One"),
]
NOT_RETRIED = [
    BadConfiguration("One"),
    ProviderTimeout("One", "first_text", 60),
    ProviderTimeout("One", "total", 600),
    AuthenticationFailed("One", status=401),
    QuotaExceeded("One", status=429),
    BadRequest("One", status=400),
    ContextTooLong("One", status=400),
    ModelNotFound("One", "m", status=404),
    WrongAddress("One", status=404),
    ChallengePage("One", status=403),
    ToolCallWanted("One"),
    OnlyReasoning("One"),
    ProviderError("One"),
]


@pytest.mark.parametrize("error", RETRIED, ids=lambda error: error.code)
async def test_a_passing_failure_is_retried_twice_at_most(error: ProviderError) -> None:
    bench, provider = Bench(), bad("One", error)

    events, final = await bench.one(provider)

    assert RETRIES == 2
    assert len(provider.requests) == 3
    assert final is error
    began = AttemptBegan("One", "one-model")
    first, second = AttemptFailed(error, BACKOFF), AttemptFailed(error, 2 * BACKOFF)
    assert events == [began, first, began, second, began]


@pytest.mark.parametrize("error", NOT_RETRIED, ids=lambda error: f"{error.code} {error.reason}")
async def test_what_will_not_pass_is_not_retried(error: ProviderError) -> None:
    bench, provider = Bench(), bad("One", error)

    assert await bench.one(provider) == ([AttemptBegan("One", "one-model")], error)
    assert bench.waits == []


async def test_a_retry_that_answers_is_the_answer() -> None:
    error = ServiceError("One")
    provider = Played("One", [error], [error], [TextDelta("At last."), DONE])

    events, final = await Bench().one(provider)

    assert final is None
    assert text_of(events) == "At last."
    assert [event.error for event in events if isinstance(event, AttemptFailed)] == [error, error]


@pytest.mark.parametrize("first", [TextDelta("So far"), ReasoningDelta("Hm")], ids=["text", "reasoning"])
@pytest.mark.parametrize("how", ["one", "any"])
async def test_after_the_first_text_an_error_is_final(first: StreamEvent, how: str) -> None:
    error = ServiceError("One")
    bench, broken, other = Bench(), Played("One", [first, error], [TextDelta("Spliced!"), DONE]), good("Two")

    events, final = await (bench.one(broken) if how == "one" else bench.any(broken, other))

    assert final is error
    assert events == [AttemptBegan("One", "one-model"), first]
    assert len(broken.requests) == 1
    assert other.requests == []
    assert bench.waits == []


async def test_usage_is_no_text() -> None:
    provider = Played("One", [Usage(3, 0), ServiceError("One")], [TextDelta("Yes."), DONE])

    events, final = await Bench().one(provider)

    assert (text_of(events), final) == ("Yes.", None)
