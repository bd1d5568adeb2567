"""Guessing at passphrases: few times from one address, slowly from many, and a restart forgives nothing."""

from __future__ import annotations

import asyncio
import hashlib
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.services.steering import talk
from tests.integration.services.world import World
from webchat.services.errors import PassphraseWrong, TooManyPassphraseAttempts
from webchat.services.sharing import passphrase_attempts as guesses
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.links import Terms
from webchat.services.sharing.passphrase_attempts import (
    AT_ONCE,
    GUESSES,
    LINK_GUESSES,
    MOST_WAITING,
    PAUSE,
    WINDOW,
    PassphraseAttempts,
    _Turn,
)
from webchat.storage.types import utc_now

KEY = b"k" * 32


class Link:
    """A link with a passphrase, the pauses its guesses took, and a clock."""

    def __init__(self, world: World, link_id: str) -> None:
        self.world, self.id = world, link_id
        self.pauses: list[float] = []
        self.now = utc_now()
        self.restart()

    def restart(self) -> None:
        self.guesses = PassphraseAttempts(self.world.database, KEY, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def guess(self, address: str, right: bool = False) -> None:
        async def is_right() -> bool:
            return right

        await self.guesses.check(self.id, address, is_right)

    async def outcome(self, address: str, right: bool = False) -> Any:
        try:
            await self.guess(address, right)
        except (PassphraseWrong, TooManyPassphraseAttempts) as problem:
            return type(problem)
        return None

    async def until(self, true: Callable[[], bool]) -> None:
        """Let others run until something is so."""
        async with asyncio.timeout(20):
            while not true():  # noqa: ASYNC110
                await asyncio.sleep(0)

    def rows(self) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(self.world.database.path)) as connection:
            return connection.execute("SELECT share_id, address FROM wrong_passphrase").fetchall()


@pytest_asyncio.fixture
async def link(world: World, monkeypatch: pytest.MonkeyPatch) -> Link:
    conversation_id, _ = await talk(world, "one")
    terms = Terms("A title", "week", passphrase="correct horse")
    made = await world.services.sharing.publish(world.owner, conversation_id, Choice(), terms)
    link = Link(world, made.id)

    def now() -> datetime:
        return link.now

    monkeypatch.setattr(guesses, "utc_now", now)
    return link


async def test_one_address_is_refused_and_others_are_not(link: Link) -> None:
    outcomes = [await link.outcome("192.0.2.1") for _ in range(GUESSES + 1)]

    assert outcomes == [PassphraseWrong] * GUESSES + [TooManyPassphraseAttempts]
    assert await link.outcome("192.0.2.1", right=True) is TooManyPassphraseAttempts
    assert await link.outcome("192.0.2.2", right=True) is None
    assert await link.outcome("192.0.2.2") is PassphraseWrong


async def test_a_restart_forgives_nothing(link: Link) -> None:
    for _ in range(GUESSES):
        await link.outcome("192.0.2.1")
    link.restart()

    with pytest.raises(TooManyPassphraseAttempts) as refused:
        await link.guess("192.0.2.1", right=True)
    assert refused.value.wait == WINDOW.total_seconds()
    link.now += WINDOW / 2
    with pytest.raises(TooManyPassphraseAttempts) as refused:
        await link.guess("192.0.2.1", right=True)
    assert refused.value.wait == WINDOW.total_seconds() / 2
    link.now += WINDOW / 2
    assert await link.outcome("192.0.2.1", right=True) is None


async def test_many_addresses_make_it_slow_and_shut_nobody_out(link: Link) -> None:
    for number in range(LINK_GUESSES):
        assert await link.outcome(f"192.0.2.{number}") is PassphraseWrong
    assert link.pauses == []

    assert await link.outcome("198.51.100.1", right=True) is None
    assert link.pauses == [PAUSE]
    assert await link.outcome("198.51.100.2") is PassphraseWrong
    assert link.pauses == [PAUSE] * 2
    # Who was wrong before waits until that counts no more.
    assert await link.outcome("192.0.2.1", right=True) is TooManyPassphraseAttempts
    assert link.pauses == [PAUSE] * 2


async def test_what_counts_no_more_is_forgotten(link: Link) -> None:
    for number in range(30):
        await link.outcome(f"192.0.2.{number}")
    assert len(link.rows()) == 30
    link.now += WINDOW + timedelta(seconds=1)
    await link.outcome("192.0.2.1")

    assert len(link.rows()) == 1
    await link.world.services.sharing.revoke(link.world.owner, link.id)
    assert link.rows() == []


async def test_no_address_is_kept_as_it_is(link: Link) -> None:
    await link.outcome("192.0.2.1")
    ((_, kept),) = link.rows()

    assert re.fullmatch("[0-9a-f]{64}", kept)
    assert kept != hashlib.sha256(b"192.0.2.1").hexdigest()
    await link.outcome("192.0.2.1")
    assert {address for _, address in link.rows()} == {kept}


async def test_only_so_many_wait_for_their_turn(link: Link) -> None:
    go = asyncio.Event()

    async def slow() -> bool:
        await go.wait()
        return True

    checks = [
        asyncio.create_task(link.guesses.check(link.id, f"192.0.2.{n}", slow)) for n in range(MOST_WAITING)
    ]
    await link.until(lambda: link.guesses._turns.get(link.id, _Turn()).waiting.total() == MOST_WAITING)
    assert await link.outcome("198.51.100.1", right=True) is TooManyPassphraseAttempts
    go.set()
    await asyncio.gather(*checks)

    assert await link.outcome("198.51.100.1", right=True) is None
    assert not link.guesses._turns


async def test_no_address_takes_the_places_of_others(link: Link) -> None:
    """Neither one that asks many times at once, nor one that is locked out."""
    for _ in range(GUESSES):
        await link.outcome("192.0.2.1")
    go = asyncio.Event()

    async def slow() -> bool:
        await go.wait()
        return True

    checks = [
        asyncio.create_task(link.guesses.check(link.id, f"192.0.2.{address}", slow))
        for address in (1, 2)
        for _ in range(MOST_WAITING)
    ]
    await link.until(lambda: sum(check.done() for check in checks) == len(checks) - AT_ONCE)
    other = asyncio.create_task(link.guess("198.51.100.1", right=True))
    go.set()
    await other

    outcomes = await asyncio.gather(*checks, return_exceptions=True)
    assert [type(each) for each in outcomes].count(TooManyPassphraseAttempts) == len(checks) - AT_ONCE
    assert not link.guesses._turns
