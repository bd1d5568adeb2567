"""FreeGpt's mirrors over real sockets."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.unit.providers.transcripts import answer_of
from tests.upstreams.faults import BEGINNING
from tests.upstreams.free_gpt import FreeGptUpstream
from webchat.messages import Finish, FinishReason, TextDelta
from webchat.providers import Deadlines, FreeGpt
from webchat.providers import errors as e
from webchat.providers.free.mirrors import Mirrors

pytestmark = pytest.mark.network

STOP = Finish(FinishReason.STOP)


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FreeGpt, "mirror_memory", Mirrors())


@contextlib.asynccontextmanager
async def mirrors(*faults: str) -> AsyncIterator[list[FreeGptUpstream]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(FreeGptUpstream(fault=fault)) for fault in faults]


@pytest.mark.parametrize("fault", ["cut-before", "challenge-403", "html-200", "error-event", "empty"])
async def test_a_dead_mirror_is_passed_over_and_rests(fault: str) -> None:
    async with mirrors(fault, "") as (dead, good):
        ticks = iter(range(1000, 10**6))
        provider = FreeGpt(base_url=[dead.url, good.url], wall_clock=lambda: float(next(ticks)))
        good.now = dead.now = lambda: 1000.0
        for _ in range(3):
            events, error = await answer_of(provider, model="")
            assert (events, error) == ([TextDelta("FreeGpt heard: hi"), STOP], None)
        sent = [request.json() for request in [*dead.requests, *good.requests]]

    assert (len(dead.requests), len(good.requests)) == (1, 3)
    assert len({body["sign"] for body in sent}) == len({body["time"] for body in sent}) == 4


async def test_a_rested_mirror_is_tried_again() -> None:
    now = 0.0
    async with mirrors("cut-before", "") as (dead, good):
        provider = FreeGpt(base_url=f"{dead.url}, {good.url}", clock=lambda: now)
        await answer_of(provider, model="")
        dead.set_fault("")
        await answer_of(provider, model="")
        now = 121.0
        await answer_of(provider, model="")

    assert (len(dead.requests), len(good.requests)) == (2, 2)


async def test_a_mirror_that_hangs_leaves_time_for_the_next() -> None:
    async with mirrors("silent", "hang-before", "") as (first, second, good):
        urls = [first.url, second.url, good.url]
        provider = FreeGpt(base_url=urls, deadlines=Deadlines(first_text=1.2))
        events, error = await answer_of(provider, model="")
    assert (events, error) == ([TextDelta("FreeGpt heard: hi"), STOP], None)


async def test_when_every_mirror_fails_each_is_told() -> None:
    async with mirrors("challenge-403", "cut-before", "html-200") as servers:
        _, error = await answer_of(FreeGpt(base_url=[server.url for server in servers]), model="")
    assert type(error) is e.ChallengePage
    assert [type(earlier) for earlier in error.earlier] == [e.ChallengePage, e.ConnectionFailed]
    assert "2 other mirrors failed too" in str(error)


@pytest.mark.parametrize("fault", ["quota-in-200", "rate-429", "unauthorised-401"])
async def test_what_another_mirror_would_say_too_is_final(fault: str) -> None:
    async with mirrors(fault, "") as (refusing, good):
        _, error = await answer_of(FreeGpt(base_url=[refusing.url, good.url]), model="")
    assert isinstance(error, e.RateLimitError | e.AuthenticationFailed)
    assert good.requests == []


async def test_two_mirrors_are_never_spliced() -> None:
    async with mirrors("cut-after", "") as (cut, good):
        events, error = await answer_of(FreeGpt(base_url=[cut.url, good.url]), model="")
    assert events == [TextDelta(BEGINNING)]
    assert type(error) is e.TruncatedAnswer
    assert good.requests == []


async def test_the_total_holds_over_all_mirrors() -> None:
    async with mirrors("silent", "silent") as servers:
        provider = FreeGpt(base_url=[server.url for server in servers], deadlines=Deadlines(total=0.2))
        _, error = await answer_of(provider, model="")
    assert isinstance(error, e.ProviderTimeout)
    assert error.phase == "total"
