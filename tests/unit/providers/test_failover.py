"""Asking one provider after the other, before the first text only, and never mixing two answers (R11)."""

from __future__ import annotations

import asyncio

from tests.unit.providers.failover_bench import DONE, Bench, Played, asked, bad, good, text_of, until
from webchat.messages import TextDelta
from webchat.providers.errors import QuotaExceeded, RateLimitError, ServiceError
from webchat.providers.failover import AttemptFailed, NobodyToAsk, NoneAnswered
from webchat.providers.health import FIRST_OPEN_SECONDS, Condition


async def test_the_first_that_answers_is_the_answer() -> None:
    providers = bad("One"), bad("Two", QuotaExceeded("Two")), good("Three"), good("Four")

    events, final = await Bench().any(*providers)

    assert final is None
    assert asked(events) == ["One", "Two", "Three"]
    assert text_of(events) == "Three says."
    failed = [event for event in events if isinstance(event, AttemptFailed)]
    assert [(event.error.provider, event.wait) for event in failed] == [("One", 0), ("Two", 0)]
    assert [len(each.requests) for each in providers] == [1, 1, 1, 0]
    assert providers[2].requests[0].model == "three-model"


async def test_bug_in_a_provider_does_not_prevent_asking_the_next() -> None:
    events, final = await Bench().any(bad("One", KeyError("choices")), good("Two"))

    assert (text_of(events), final) == ("Two says.", None)
    (failed,) = [event for event in events if isinstance(event, AttemptFailed)]
    assert str(failed.error).startswith("One failed unexpectedly (KeyError).")


async def test_if_nobody_answers_all_are_named() -> None:
    bench = Bench()
    for providers, words in (
        ([bad("One")], "The only available provider failed. One had a server error."),
        (
            [bad("One"), bad("Two", QuotaExceeded("Two"))],
            "Both available providers failed. One had",
        ),
        ([bad("One"), bad("Two"), bad("Three")], "All 3 available providers failed."),
    ):
        events, final = await bench.any(*providers)

        names = [each.name for each in providers]
        assert isinstance(final, NoneAnswered)
        assert [error.provider for error in final.errors] == names
        assert all(name in str(final) for name in names)
        assert words in str(final)
        assert asked(events) == names
        # The last one's error is the end.
        assert [e.error for e in events if isinstance(e, AttemptFailed)] == list(final.errors[:-1])


async def test_there_must_be_somebody_to_ask() -> None:
    events, final = await Bench().any()

    assert events == []
    assert isinstance(final, NobodyToAsk)
    assert "turn on a provider in Settings" in str(final)


async def test_those_that_rest_are_asked_last() -> None:
    bench = Bench()
    one, two, three, four = bad("One"), bad("Two"), bad("Three"), bad("Four")
    bench.rest(one)
    bench.now += 1
    bench.health.failed("Three", RateLimitError("Three", retry_after=5))

    events, _ = await bench.any(one, two, three, four)

    assert asked(events) == ["Two", "Four", "Three", "One"], "who rests for the shortest time first"


async def test_one_that_failed_once_keeps_its_place() -> None:
    bench, one, two = Bench(), Played("One", [ServiceError("One")], [TextDelta("Back."), DONE]), good("Two")
    await bench.any(one, two)

    events, _ = await bench.any(one, two)

    assert (asked(events), text_of(events)) == (["One"], "Back.")


async def test_the_order_is_decided_anew_for_each_attempt() -> None:
    bench, waiting = Bench(), asyncio.Event()
    one, two, three = Played("One", [waiting, ServiceError("One")]), good("Two"), good("Three")
    answer = asyncio.create_task(bench.any(one, two, three))
    await until(lambda: one.open)
    bench.rest(two)
    waiting.set()

    events, _ = await answer

    assert asked(events) == ["One", "Three"]


async def test_five_failures_pause_a_provider_until_a_probe_succeeds() -> None:
    bench, held = Bench(), asyncio.Event()
    one, two = (
        Played("One", *[[ServiceError("One")]] * 5, [held, TextDelta("Well again."), DONE]),
        good("Two"),
    )
    for _ in range(8):
        await bench.any(one, two)
    assert len(one.requests) == 5

    bench.now += FIRST_OPEN_SECONDS
    probing = asyncio.create_task(bench.any(one, two))
    await until(lambda: one.open)
    during = [asked((await bench.any(one, two))[0]) for _ in range(3)]
    held.set()
    events, _ = await probing

    assert during == [["Two"]] * 3
    assert text_of(events) == "Well again."
    assert bench.health.condition("One") is Condition.HEALTHY
    assert asked((await bench.any(one, two))[0]) == ["One"]


async def test_many_at_once_send_one_probe() -> None:
    bench, held = Bench(), asyncio.Event()
    first, resting, last = Played("First", [held, ServiceError("First")]), bad("Resting"), good("Last")
    bench.rest(resting)
    bench.now += FIRST_OPEN_SECONDS
    answers = [asyncio.create_task(bench.any(first, resting, last)) for _ in range(4)]
    await until(lambda: first.open == 4)
    resting.scripts = [[probe := asyncio.Event(), ServiceError("Resting")]]
    held.set()
    await until(lambda: sum(task.done() for task in answers) == 3)

    assert len(resting.requests) == 1
    probe.set()
    assert {text_of(events) for events, _ in await asyncio.gather(*answers)} == {"Last says."}
    assert bench.health.open_for("Resting") == 2 * FIRST_OPEN_SECONDS


async def test_a_resting_provider_that_was_chosen_is_asked() -> None:
    bench, provider = Bench(), good("One")
    bench.rest(provider)

    events, final = await bench.one(provider)

    assert (text_of(events), final) == ("One says.", None)
    assert bench.health.condition("One") is Condition.HEALTHY
