"""How often a person and an address may do something, by a clock of the test's own."""

from __future__ import annotations

import time

import pytest

from webchat.services import rate_limits
from webchat.services.errors import TooOften
from webchat.services.rate_limits import LIMITS, PEOPLE_AT_AN_ADDRESS, Action, RateLimits
from webchat.words.errors import shown


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


@pytest.fixture
def rates(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> RateLimits:
    monkeypatch.setattr(rate_limits, "LIMITS", dict.fromkeys(Action, "3/minute"))
    return RateLimits()


def refusal(rates: RateLimits, person: str = "ann", address: str = "", what: Action = Action.SEND) -> float:
    """The seconds to wait; 0 if it was let through."""
    try:
        rates.note(what, person, address)
    except TooOften as refused:
        return refused.wait
    return 0.0


def test_a_person_has_so_many_and_is_told_when_there_are_more(rates: RateLimits, clock: Clock) -> None:
    for second in range(3):
        assert not refusal(rates)
        clock.now += 1 + second
    assert refusal(rates) == pytest.approx(54, abs=1.5)
    clock.now += refusal(rates) + 0.1
    assert not refusal(rates)
    assert refusal(rates)


def test_what_is_refused_is_not_counted(rates: RateLimits, clock: Clock) -> None:
    for _ in range(3):
        assert not refusal(rates)
    for _ in range(100):
        assert refusal(rates)
        clock.now += 0.5
    clock.now += 11
    assert not refusal(rates)


def test_people_and_actions_are_counted_apart(rates: RateLimits) -> None:
    for what in Action:
        for person in ("ann", "bob"):
            assert [refusal(rates, person, what=what) > 0 for _ in range(4)] == [False, False, False, True]


def test_an_address_counts_for_everyone_there(rates: RateLimits) -> None:
    through = [not refusal(rates, f"person {number}", "203.0.113.7") for number in range(40)]
    assert sum(through) == 3 * PEOPLE_AT_AN_ADDRESS
    assert not refusal(rates, "another", "203.0.113.8")
    assert not refusal(rates, "another")


def test_one_ipv6_network_is_one_address(rates: RateLimits) -> None:
    through = [not refusal(rates, f"person {number}", f"2001:db8::{number:x}") for number in range(40)]
    assert sum(through) == 3 * PEOPLE_AT_AN_ADDRESS
    assert not refusal(rates, "another", "2001:db8:0:1::1")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", ""])
def test_a_proxy_on_this_machine_is_not_one_person(rates: RateLimits, address: str) -> None:
    assert not any(refusal(rates, f"person {number}", address) for number in range(40))


def test_nothing_is_refused_where_they_are_off() -> None:
    rates = RateLimits(on=False)
    assert not any(refusal(rates) for _ in range(1000))


def test_every_action_has_a_limit_and_words() -> None:
    assert set(LIMITS) == set(Action)
    for what in Action:
        assert "in 40 seconds" in shown(TooOften(what.value, 40.0))
    assert LIMITS[Action.SEND] == "60/minute"
