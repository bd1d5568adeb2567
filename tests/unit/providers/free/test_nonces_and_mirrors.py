from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.providers.errors import ConnectionFailed
from webchat.providers.free.mirrors import Mirrors
from webchat.providers.free.nonces import LIFETIME, ROOM, NonceCache, PageNonce, read_nonce

ONE = PageNonce("one", "1")
TWO = PageNonce("two", "2")


class Source:
    """A page that is read when told."""

    def __init__(self, *results: PageNonce | Exception) -> None:
        self.results = list(results)
        self.reads = 0
        self.go = asyncio.Event()

    async def __call__(self) -> PageNonce:
        self.reads += 1
        await self.go.wait()
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


@pytest.mark.parametrize(
    ("page", "nonce"),
    [
        ('<a data-post-id="42" data-nonce="d1">', PageNonce("d1", "42")),
        ("<a data-nonce='d1' x data-post-id='42'>", PageNonce("d1", "42")),
        (
            '<a data-nonce="first" data-nonce="later" data-post-id="1" data-post-id="2">',
            PageNonce("first", "1"),
        ),
        ('<a data-nonce = "d1" data-post-id="42">', None),
        ('<a data-nonce="" data-post-id="42">', None),
        ('<a data-nonce="d1" data-post-id="x42">', None),
        ('<a data-nonce="d1">', None),
        ("", None),
    ],
)
def test_a_page_is_read(page: str, nonce: PageNonce | None) -> None:
    assert read_nonce(page) == nonce


@given(st.text(max_size=200))
def test_any_page_can_be_read(page: str) -> None:
    assert read_nonce(page) is None or "data-nonce" in page


async def test_many_wait_for_one_fetch() -> None:
    cache, source = NonceCache(), Source(ONE)
    waiting = [asyncio.create_task(cache.fetch("k", source)) for _ in range(50)]
    await asyncio.sleep(0)
    source.go.set()
    assert await asyncio.gather(*waiting) == [ONE] * 50
    assert source.reads == 1
    assert cache.known("k") == ONE
    assert cache.known("other") is None


async def test_different_keys_are_fetched_apart() -> None:
    cache, one, two = NonceCache(), Source(ONE), Source(TWO)
    one.go.set()
    two.go.set()
    assert [*await asyncio.gather(cache.fetch("a", one), cache.fetch("b", two))] == [ONE, TWO]


async def test_who_leaves_does_not_take_the_fetch_away_from_the_others() -> None:
    cache, source = NonceCache(), Source(ONE)
    first, second = (asyncio.create_task(cache.fetch("k", source)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    source.go.set()
    assert await second == ONE
    assert source.reads == 1


async def test_the_last_to_leave_ends_the_fetch() -> None:
    cache, source = NonceCache(), Source(ONE, TWO)
    waiting = [asyncio.create_task(cache.fetch("k", source)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert asyncio.all_tasks() == {asyncio.current_task()}

    source.go.set()
    assert await cache.fetch("k", source) == ONE
    assert source.reads == 2


async def test_a_failure_reaches_everybody_and_is_not_kept() -> None:
    cache, source = NonceCache(), Source(ConnectionFailed("S"), ONE)
    source.go.set()
    waiting = [cache.fetch("k", source) for _ in range(3)]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionFailed] * 3
    assert source.reads == 1
    assert await cache.fetch("k", source) == ONE


def test_a_nonce_fetched_in_a_loop_that_is_gone() -> None:
    cache = NonceCache()

    async def abandon() -> None:
        asyncio.create_task(cache.fetch("k", Source(ONE))).add_done_callback(lambda _: None)
        await asyncio.sleep(0)

    async def fetch() -> PageNonce:
        source = Source(TWO)
        source.go.set()
        return await cache.fetch("k", source)

    asyncio.run(abandon())
    assert asyncio.run(fetch()) == TWO


async def test_a_nonce_lives_so_long() -> None:
    now = 100.0
    cache, source = NonceCache(clock=lambda: now), Source(ONE)
    source.go.set()
    await cache.fetch("k", source)
    now += LIFETIME - 1
    assert cache.known("k") == ONE
    now += 1
    assert cache.known("k") is None


async def test_only_the_refused_nonce_is_forgotten() -> None:
    cache, source = NonceCache(), Source(TWO)
    source.go.set()
    await cache.fetch("k", source)
    cache.forget("k", ONE)
    cache.forget("other", TWO)
    assert cache.known("k") == TWO
    cache.forget("k", TWO)
    assert cache.known("k") is None


async def test_there_is_room_for_so_many() -> None:
    cache = NonceCache()
    for key in range(ROOM + 1):
        source = Source(ONE)
        source.go.set()
        await cache.fetch(key, source)
    assert cache.known(0) is None
    assert cache.known(1) == cache.known(ROOM) == ONE
    cache.clear()
    assert cache.known(1) is None


def test_mirrors_rest_when_they_fail() -> None:
    now = 0.0
    mirrors = Mirrors(rest=10)

    def clock() -> float:
        return now

    assert mirrors.in_turn("abc", clock) == ["a", "b", "c"]
    mirrors.failed("a", clock)
    assert mirrors.in_turn("abc", clock) == ["b", "c", "a"]
    now = 5
    mirrors.failed("b", clock)
    assert mirrors.in_turn("abc", clock) == ["c", "a", "b"]
    now = 10
    assert mirrors.in_turn("abc", clock) == ["a", "c", "b"]
    mirrors.answered("b")
    assert mirrors.in_turn("abc", clock) == ["a", "b", "c"]
    mirrors.failed("a", clock)
    mirrors.forget()
    assert mirrors.in_turn("abc", clock) == ["a", "b", "c"]


@given(st.lists(st.sampled_from("abcd")), st.permutations("abcd"))
def test_every_mirror_has_its_turn(failed: list[str], urls: list[Any]) -> None:
    mirrors = Mirrors()
    for url in failed:
        mirrors.failed(url, lambda: 1.0)
    assert sorted(mirrors.in_turn(urls, lambda: 2.0)) == list("abcd")
