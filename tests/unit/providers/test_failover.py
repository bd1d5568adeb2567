"""Asking one provider with retries, or one after the other: before the first text only, unspliced (R11)."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.messages import (
    Finish,
    FinishReason,
    Message,
    ReasoningDelta,
    Role,
    StreamEvent,
    TextDelta,
    Usage,
)
from webchat.providers.base import AsyncGeneratorProvider
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
from webchat.providers.failover import (
    BACKOFF,
    MAX_BACKOFF,
    RETRIES,
    AskEvent,
    AttemptBegan,
    AttemptFailed,
    Candidate,
    Failover,
    LeftOut,
    NobodyToAsk,
    NoneAnswered,
)
from webchat.providers.health import FIRST_OPEN_SECONDS, MAX_CONCURRENT, Condition, Health, ProviderBusy
from webchat.providers.openai_compatible import OpenAICompatible
from webchat.providers.request import ChatRequest

ASKED = ChatRequest("asked", [Message(Role.USER, "Hello")], temperature=0.5, max_tokens=7)
DONE = Finish(FinishReason.STOP, "stop")

Step = StreamEvent | Exception | asyncio.Event
"""What a provider does next; an event is waited for."""


class Played(AsyncGeneratorProvider):
    """Plays one script a call, the last one again and again."""

    def __init__(self, name: str, *scripts: Sequence[Step]) -> None:
        super().__init__(name=name)
        self.scripts = list(scripts)
        self.requests: list[ChatRequest] = []
        self.open = 0

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        self.open += 1
        try:
            for step in script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            self.open -= 1


class Bench:
    """A failover whose clock moves only while it sleeps."""

    def __init__(
        self, jitter: Callable[[], float] = lambda: 1.0, max_retry_wait: float = MAX_BACKOFF
    ) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self.health = Health(lambda: self.now)
        self.failover = Failover(self.health, sleep=self.sleep, jitter=jitter, max_retry_wait=max_retry_wait)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    async def one(self, provider: AsyncGeneratorProvider) -> tuple[list[AskEvent], ProviderError | None]:
        return await collect(self.failover.ask_one(candidate(provider), ASKED))

    async def any(self, *providers: AsyncGeneratorProvider) -> tuple[list[AskEvent], ProviderError | None]:
        return await collect(self.failover.ask_any("Auto", [candidate(each) for each in providers], ASKED))

    def rest(self, provider: Played) -> None:
        for _ in range(5):
            self.health.enter(provider.name, provider.name)
            self.health.failed(provider.name, ServiceError(provider.name))
            self.health.leave(provider.name)


def candidate(provider: AsyncGeneratorProvider) -> Candidate:
    return Candidate(provider.name, provider, f"{provider.name.lower()}-model")


async def collect(events: AsyncGenerator[AskEvent]) -> tuple[list[AskEvent], ProviderError | None]:
    found: list[AskEvent] = []
    try:
        async for event in events:
            found.append(event)
    except ProviderError as error:
        return found, error
    return found, None


def text_of(events: list[AskEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def asked(events: list[AskEvent]) -> list[str]:
    return [event.provider for event in events if isinstance(event, AttemptBegan)]


def good(name: str, text: str = "") -> Played:
    return Played(name, [TextDelta(text or f"{name} says."), DONE])


def bad(name: str, error: Exception | None = None) -> Played:
    return Played(name, [error or ServiceError(name, service_words=f"{name} is down")])


# One provider.


async def test_an_answer_comes_through_as_it_is() -> None:
    script: list[Step] = [ReasoningDelta("Hm"), TextDelta("One "), Usage(1, 2), TextDelta("two"), DONE]
    provider = Played("One", script)

    events, error = await Bench().one(provider)

    assert error is None
    assert events == [AttemptBegan("One", "one-model"), *script]
    assert provider.requests == [ChatRequest("one-model", ASKED.messages, temperature=0.5, max_tokens=7)]


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


# How long a retry waits.


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


# One after the other.


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


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


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


# A conversation that does not fit.


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


# Places, given back in every phase.


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


def places_taken(health: Health, key: str) -> int:
    for free in range(MAX_CONCURRENT):
        try:
            health.enter(key, key)
        except ProviderBusy:
            return MAX_CONCURRENT - free
    return 0


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
