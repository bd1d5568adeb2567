"""The breaker and the bulkhead of each provider, by a clock that the tests move."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from webchat.providers.errors import (
    AnswerTooLarge,
    AuthenticationFailed,
    BadConfiguration,
    BadRequest,
    ConnectionFailed,
    ContextTooLong,
    EmptyAnswer,
    ModelLoading,
    ModelNotFound,
    OnlyReasoning,
    ProviderError,
    ProviderTimeout,
    QuotaExceeded,
    RateLimitError,
    ServiceError,
    ToolCallWanted,
    TruncatedAnswer,
)
from webchat.providers.health import (
    FAILURES_TO_OPEN,
    FIRST_OPEN_SECONDS,
    MAX_CONCURRENT,
    MAX_OPEN_SECONDS,
    Condition,
    Health,
    ProviderBusy,
)

KEY = "owner/Some"
BROKEN = ServiceError("Some")


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def health(clock: FakeClock) -> Health:
    return Health(clock)


def attempt(health: Health, error: ProviderError | None) -> bool:
    """One whole attempt; returns whether it was the probe."""
    probe = health.enter(KEY, "Some")
    if error is None:
        health.began(KEY)
        health.succeeded(KEY)
    else:
        health.failed(KEY, error, probe=probe)
    health.leave(KEY, probe=probe)
    return probe


def exhaust(health: Health) -> None:
    for _ in range(FAILURES_TO_OPEN):
        attempt(health, BROKEN)


def test_nothing_is_known_at_first(health: Health) -> None:
    assert health.condition(KEY) is Condition.UNKNOWN
    assert health.may_ask(KEY)
    assert health.open_for(KEY) == 0


def test_five_failures_in_a_row_rest_a_provider(health: Health, clock: FakeClock) -> None:
    for _ in range(FAILURES_TO_OPEN - 1):
        attempt(health, BROKEN)
        assert health.condition(KEY) is Condition.FAILING
        assert health.may_ask(KEY)
    attempt(health, BROKEN)

    assert FAILURES_TO_OPEN == 5
    assert health.condition(KEY) is Condition.OPEN
    assert not health.may_ask(KEY)
    assert health.open_for(KEY) == FIRST_OPEN_SECONDS
    clock.now += FIRST_OPEN_SECONDS - 0.001
    assert not health.may_ask(KEY)
    clock.now += 0.001
    assert health.may_ask(KEY)


def test_a_success_between_failures_starts_the_count_anew(health: Health) -> None:
    for _ in range(FAILURES_TO_OPEN - 1):
        attempt(health, BROKEN)
    attempt(health, None)
    assert health.condition(KEY) is Condition.HEALTHY
    for _ in range(FAILURES_TO_OPEN - 1):
        attempt(health, BROKEN)

    assert health.may_ask(KEY)


def test_answers_that_always_break_off_are_failures_too(health: Health) -> None:
    for _ in range(FAILURES_TO_OPEN):
        assert health.may_ask(KEY)
        health.enter(KEY, "Some")
        health.began(KEY)
        health.failed(KEY, TruncatedAnswer("Some", partial_text="So far"))
        health.leave(KEY)

    assert health.condition(KEY) is Condition.OPEN


def test_one_probe_is_let_through_after_the_rest(health: Health, clock: FakeClock) -> None:
    exhaust(health)
    clock.now += FIRST_OPEN_SECONDS

    assert health.enter(KEY, "Some") is True
    assert not health.may_ask(KEY), "the probe is under way"
    assert health.enter(KEY, "Some") is False, "a person may ask all the same"
    health.leave(KEY)
    assert not health.may_ask(KEY), "only the probe's own end counts"
    health.leave(KEY, probe=True)
    assert health.may_ask(KEY), "it came to no end, so another may"


def test_the_first_text_of_the_probe_lets_the_others_in(health: Health, clock: FakeClock) -> None:
    exhaust(health)
    clock.now += FIRST_OPEN_SECONDS
    probe = health.enter(KEY, "Some")
    health.began(KEY)

    assert probe
    assert health.may_ask(KEY), "while the probe is still being written"
    health.succeeded(KEY)
    health.leave(KEY, probe=True)
    assert health.condition(KEY) is Condition.HEALTHY


def test_each_failed_probe_doubles_the_rest_up_to_the_longest(health: Health, clock: FakeClock) -> None:
    exhaust(health)
    rests = []
    for _ in range(8):
        rests.append(health.open_for(KEY))
        clock.now += rests[-1]
        assert attempt(health, BROKEN) is True

    assert rests == [30, 60, 120, 240, 480, 600, 600, 600]
    clock.now += MAX_OPEN_SECONDS
    attempt(health, None)
    exhaust(health)
    assert health.open_for(KEY) == FIRST_OPEN_SECONDS, "a success makes the rest short again"


def test_failed_probe_after_other_answers_is_one_failure(health: Health, clock: FakeClock) -> None:
    exhaust(health)
    clock.now += FIRST_OPEN_SECONDS
    assert health.enter(KEY, "Some") is True
    attempt(health, None)
    health.failed(KEY, BROKEN, probe=True)
    health.leave(KEY, probe=True)

    assert health.condition(KEY) is Condition.FAILING
    assert health.may_ask(KEY)


def test_a_burst_of_late_failures_rests_no_longer_than_one(health: Health) -> None:
    under_way = 3 * FAILURES_TO_OPEN
    assert not any([health.enter(KEY, "Some") for _ in range(under_way)])
    for _ in range(under_way):
        health.failed(KEY, ProviderTimeout("Some", "first_text", 60))
        health.leave(KEY)

    assert health.open_for(KEY) == FIRST_OPEN_SECONDS


def test_what_a_person_asks_during_the_rest_makes_it_no_longer(health: Health, clock: FakeClock) -> None:
    exhaust(health)
    clock.now += 10
    attempt(health, BROKEN)

    assert health.open_for(KEY) == FIRST_OPEN_SECONDS - 10
    attempt(health, None)
    assert health.condition(KEY) is Condition.HEALTHY
    assert health.may_ask(KEY)


def test_a_limit_rests_a_provider_for_as_long_as_it_says(health: Health, clock: FakeClock) -> None:
    attempt(health, RateLimitError("Some", retry_after=45))
    assert health.condition(KEY) is Condition.OPEN
    assert health.open_for(KEY) == 45
    attempt(health, QuotaExceeded("Some", retry_after=5))
    assert health.open_for(KEY) == 45, "the longer wish stands"
    attempt(health, QuotaExceeded("Some", retry_after=86_400))
    assert health.open_for(KEY) == MAX_OPEN_SECONDS
    clock.now += MAX_OPEN_SECONDS
    assert attempt(health, None) is True
    attempt(health, RateLimitError("Some"))
    assert health.may_ask(KEY), "without a time it is one failure among others"


def test_a_server_error_that_names_a_time_rests_the_provider_too(health: Health) -> None:
    attempt(health, ServiceError("Some", status=503, retry_after=45))

    assert health.open_for(KEY) == 45


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (ConnectionFailed("Some"), True),
        (ProviderTimeout("Some", "first_text", 60), True),
        (AuthenticationFailed("Some"), True),
        (QuotaExceeded("Some"), True),
        (EmptyAnswer("Some"), True),
        (ProviderError("Some"), True),
        (BadRequest("Some"), False),
        (ContextTooLong("Some"), False),
        (ModelNotFound("Some", "m"), False),
        (ModelLoading("Some", retry_after=5), False),
        (ToolCallWanted("Some"), False),
        (OnlyReasoning("Some"), False),
        (AnswerTooLarge("Some"), False),
        (BadConfiguration("Some"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors_not_caused_by_the_provider_do_not_count(
    health: Health, error: ProviderError, counts: bool
) -> None:
    for _ in range(FAILURES_TO_OPEN):
        attempt(health, error)

    assert health.condition(KEY) is (Condition.OPEN if counts else Condition.UNKNOWN)


def test_new_settings_begin_anew(health: Health) -> None:
    exhaust(health)
    held = health.enter(KEY, "Some")
    health.forget(KEY)

    assert health.condition(KEY) is Condition.UNKNOWN
    assert health.may_ask(KEY)
    health.leave(KEY, probe=held)
    for _ in range(MAX_CONCURRENT):
        health.enter(KEY, "Some")
    with pytest.raises(ProviderBusy):
        health.enter(KEY, "Some")


def test_places_are_bounded_for_each_provider_alone(health: Health) -> None:
    for _ in range(MAX_CONCURRENT):
        health.enter(KEY, "Some")
    with pytest.raises(ProviderBusy, match="Some is already writing 256 answers"):
        health.enter(KEY, "Some")
    health.enter("owner/Other", "Other")
    health.leave(KEY)
    health.enter(KEY, "Some")


def test_one_providers_failures_are_not_anothers(health: Health) -> None:
    exhaust(health)

    assert health.may_ask("owner/Other")
    assert health.may_ask("stranger/Some")


class Breaker(RuleBasedStateMachine):
    """Attempts that begin, answer and fail in any order while time passes, against the rules in words."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.health = Health(self.clock)
        self.running: list[bool] = []
        """Attempts under way: whether each is the probe."""
        self.failures = 0
        self.until: float | None = None
        self.probes_failed = 0

    @initialize()
    def unknown(self) -> None:
        assert self.health.condition(KEY) is Condition.UNKNOWN

    @property
    def rests(self) -> bool:
        return self.until is not None and self.until > self.clock.now

    @rule(seconds=st.floats(0, 2 * MAX_OPEN_SECONDS))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @precondition(lambda self: len(self.running) < 12)
    @rule()
    def an_attempt_begins(self) -> None:
        due = self.until is not None and not self.rests and not any(self.running)
        assert self.health.enter(KEY, "Some") is due
        self.running.append(due)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def an_attempt_answers(self, data: Any) -> None:
        probe = self._take(data)
        self.health.began(KEY)
        self.health.succeeded(KEY)
        self.health.leave(KEY, probe=probe)
        self.failures, self.until, self.probes_failed = 0, None, 0

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def an_attempt_fails(self, data: Any) -> None:
        probe = self._take(data)
        self.health.failed(KEY, BROKEN, probe=probe)
        self.health.leave(KEY, probe=probe)
        self.failures += 1
        if self.until is not None and probe:
            self.probes_failed += 1
            self._rest()
        elif self.until is None and self.failures >= FAILURES_TO_OPEN:
            self._rest()

    def _rest(self) -> None:
        self.until = self.clock.now + min(FIRST_OPEN_SECONDS * 2**self.probes_failed, MAX_OPEN_SECONDS)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def an_attempt_is_stopped(self, data: Any) -> None:
        self.health.leave(KEY, probe=self._take(data))

    def _take(self, data: Any) -> bool:
        return self.running.pop(data.draw(st.integers(0, len(self.running) - 1)))

    @invariant()
    def it_rests_exactly_as_long_as_it_should(self) -> None:
        expected = max(0.0, self.until - self.clock.now) if self.until is not None else 0.0
        assert self.health.open_for(KEY) == pytest.approx(expected)
        assert (self.health.condition(KEY) is Condition.OPEN) == self.rests

    @invariant()
    def at_most_one_probe_is_under_way(self) -> None:
        assert sum(self.running) <= 1
        if self.until is not None:
            assert self.health.may_ask(KEY) == (not self.rests and not any(self.running))
        else:
            assert self.health.may_ask(KEY)


TestBreaker = Breaker.TestCase
TestBreaker.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
