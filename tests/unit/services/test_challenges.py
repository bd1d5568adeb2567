"""Challenges of passkeys: each is good once, for one purpose and for some minutes."""

from __future__ import annotations

import pytest

from webchat.services.accounts.challenges import MINUTES, MOST_USED, Challenges
from webchat.services.errors import PasskeyInvalid, TooManySignIns


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def challenges(clock: Clock) -> Challenges:
    return Challenges(clock)


def test_challenge_is_good_until_it_is_used(challenges: Challenges) -> None:
    challenge = challenges.new("sign in")

    assert challenges.is_good("sign in", challenge)
    assert challenges.use(challenge)
    assert not challenges.is_good("sign in", challenge)
    assert not challenges.use(challenge)


def test_challenges_differ(challenges: Challenges) -> None:
    assert len({challenges.new("sign in") for _ in range(100)}) == 100


def test_challenge_is_for_one_purpose_and_server(challenges: Challenges, clock: Clock) -> None:
    challenge = challenges.new("add one")

    assert not challenges.is_good("add two", challenge)
    assert not challenges.is_good("", challenge)
    assert not Challenges(clock).is_good("add one", challenge)


@pytest.mark.parametrize("challenge", [b"", b".", b"a.b.c", b"\xff", b"x" * 10_000])
def test_made_up_challenge_is_not_good(challenges: Challenges, challenge: bytes) -> None:
    assert not challenges.is_good("sign in", challenge)


def test_every_changed_byte_is_noticed(challenges: Challenges) -> None:
    challenge = challenges.new("sign in")

    for place in range(len(challenge) - 1):  # of the last character, base64 ignores some bits
        changed = bytearray(challenge)
        changed[place] ^= 1
        assert not challenges.is_good("sign in", bytes(changed)), place


def test_challenge_expires(challenges: Challenges, clock: Clock) -> None:
    challenge = challenges.new("sign in")
    clock.now += MINUTES * 60
    assert challenges.is_good("sign in", challenge)
    clock.now += 1

    with pytest.raises(PasskeyInvalid) as caught:
        challenges.is_good("sign in", challenge)
    assert caught.value.reason == "expired"


def test_asking_takes_no_memory_and_using_is_bounded(challenges: Challenges, clock: Clock) -> None:
    for number in range(MOST_USED):
        assert challenges.use(str(number).encode())
    last = challenges.new("sign in")
    with pytest.raises(TooManySignIns):
        challenges.use(last)
    assert len(challenges._used) == MOST_USED

    clock.now += MINUTES * 60 + 1
    assert challenges.use(last)
    assert list(challenges._used) == [last]
