"""A server that is still loading its model is waited for, within the time the first text may take."""

from __future__ import annotations

import pytest

from tests.unit.providers.failover_bench import Bench, Played, asked, good, text_of
from webchat.messages import Finish, FinishReason, ReasoningDelta, TextDelta
from webchat.providers.errors import ModelLoading, ServiceError
from webchat.providers.failover import AttemptBegan, AttemptFailed, WaitsForModel
from webchat.providers.health import FAILURES_TO_OPEN, Condition
from webchat.providers.loading import PAUSE, once_loaded
from webchat.providers.wire.deadlines import Deadlines

DONE = Finish(FinishReason.STOP, "stop")
WORDS = "Loading model"


def loading(times: int, retry_after: float | None = None) -> Played:
    """A provider that has its model after so many requests."""
    errors = [ModelLoading("One", status=503, service_words=WORDS, retry_after=retry_after)] * times
    provider = Played("One", *([error] for error in errors), [TextDelta("Here."), DONE])
    provider.deadlines = Deadlines(first_text=20)
    return provider


async def test_it_is_one_attempt_however_long_it_takes() -> None:
    bench = Bench()

    events, error = await bench.one(loading(12))

    assert error is None
    waits = [WaitsForModel("One")] * 12
    assert events == [AttemptBegan("One", "one-model"), *waits, TextDelta("Here."), DONE]
    assert bench.waits == [PAUSE] * 12


async def test_the_wait_ends_with_the_time_for_the_first_text() -> None:
    bench = Bench()

    events, error = await bench.one(loading(1000))

    assert type(error) is ModelLoading
    assert "was still loading the model after 20 s" in str(error)
    assert "WEBCHAT_FIRST_TEXT_TIMEOUT" in str(error)
    assert sum(bench.waits) == 20
    assert not any(isinstance(event, AttemptFailed) for event in events)


async def test_requested_wait_is_limited_by_the_time_left() -> None:
    bench = Bench()

    _, error = await bench.one(loading(1, retry_after=7))
    assert (error, bench.waits) == (None, [7])

    bench.waits.clear()
    _, error = await bench.one(loading(1, retry_after=900))
    assert (error, bench.waits) == (None, [20])

    bench.waits.clear()
    await bench.one(loading(1, retry_after=0))
    assert bench.waits == [PAUSE]


async def test_loading_is_no_failure() -> None:
    bench = Bench()
    for _ in range(FAILURES_TO_OPEN):
        await bench.one(loading(1000))

    assert bench.health.condition("One") is Condition.UNKNOWN
    assert bench.health.may_ask("One")


async def test_another_failure_meanwhile_is_a_failure() -> None:
    provider = Played("One", [ModelLoading("One")], [ServiceError("One", status=500)])
    provider.deadlines = Deadlines(first_text=20)

    events, error = await Bench().one(provider)

    assert type(error) is ServiceError
    assert len(asked(events)) == 3


async def test_after_the_first_text_nothing_is_waited_for() -> None:
    bench, error = Bench(), ModelLoading("One")

    _, final = await bench.one(Played("One", [ReasoningDelta("Hm"), error], [TextDelta("Spliced!"), DONE]))

    assert final is error
    assert bench.waits == []


async def test_auto_asks_the_next_one_and_waits_only_for_the_last() -> None:
    bench = Bench()

    events, _ = await bench.any(loading(3), good("Two"))
    assert text_of(events) == "Two says."
    assert bench.waits == []

    events, _ = await bench.any(loading(3))
    assert text_of(events) == "Here."
    assert bench.waits == [PAUSE] * 3


@pytest.mark.parametrize(("times", "answer"), [(0, "ready"), (5, "ready"), (1000, None)])
async def test_a_call_is_made_again_until_the_model_is_there(times: int, answer: str | None) -> None:
    bench, left = Bench(), times

    async def call() -> str:
        nonlocal left
        left -= 1
        if left >= 0:
            raise ModelLoading("One")
        return "ready"

    waiting = once_loaded(call, 20, bench.sleep, lambda: bench.now)
    if answer is None:
        with pytest.raises(ModelLoading, match="after 20 s"):
            await waiting
        assert sum(bench.waits) == 20
    else:
        assert await waiting == answer
        assert bench.waits == [PAUSE] * times
