"""Rendered pages are made once, kept as long as there is room, and never when there is nothing to show."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from webchat.http.page_cache import PageCache
from webchat.rendering.packed import CompressedPage


class Press:
    """Makes pages; `made` is how often, `go` lets it finish."""

    def __init__(self, html: str | None = "<p>Hello</p>") -> None:
        self.html, self.made = html, 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self) -> CompressedPage | None:
        self.made += 1
        await self.go.wait()
        return None if self.html is None else CompressedPage.of(self.html.encode())


async def test_a_page_is_made_once() -> None:
    cache, press = PageCache(), Press()
    pages = [await cache.get("a", press) for _ in range(3)]

    assert press.made == 1
    assert pages[0] is not None
    assert gzip.decompress(pages[0].gzip()) == b"<p>Hello</p>"
    assert pages[1] is pages[2] is pages[0]


async def test_many_who_ask_at_once_wait_for_one() -> None:
    cache, press = PageCache(), Press()
    press.go.clear()
    asking = [asyncio.create_task(cache.get("a", press)) for _ in range(9)]
    await asyncio.sleep(0)
    asking[0].cancel()  # a reader who goes away takes nothing from the others
    press.go.set()
    found = await asyncio.gather(*asking, return_exceptions=True)

    assert press.made == 1
    assert isinstance(found[0], asyncio.CancelledError)
    assert None not in found
    assert len(set(map(id, found[1:]))) == 1


async def test_another_version_is_another_page() -> None:
    cache = PageCache()
    first, second = await cache.get(("a", 1), Press("one")), await cache.get(("a", 2), Press("two"))

    assert first is not None
    assert second is not None
    assert first.body != second.body


async def test_what_is_not_there_is_asked_for_again() -> None:
    cache, press = PageCache(), Press(None)

    assert await cache.get("a", press) is None
    assert await cache.get("a", press) is None
    assert press.made == 2


async def test_a_failure_is_the_readers_own() -> None:
    cache = PageCache()

    async def failing() -> CompressedPage | None:
        raise ValueError("no page")

    for _ in range(2):
        with pytest.raises(ValueError, match="no page"):
            await cache.get("a", failing)
    assert await cache.get("a", Press()) is not None


async def test_the_pages_read_last_are_kept() -> None:
    cache = PageCache(max_bytes=5 * len(CompressedPage.of(b"0").body))
    presses = {name: Press(name) for name in "012345"}
    for name in "01234":
        await cache.get(name, presses[name])
    await cache.get("0", presses["0"])
    await cache.get("5", presses["5"])

    for name in "02345":
        await cache.get(name, presses[name])
    assert {name: press.made for name, press in presses.items()} == dict.fromkeys("012345", 1)
    await cache.get("1", presses["1"])
    assert presses["1"].made == 2


async def test_a_page_too_large_to_keep_is_made_for_each() -> None:
    cache, press = PageCache(max_bytes=20), Press()

    assert await cache.get("a", press) is not None
    assert await cache.get("a", press) is not None
    assert press.made == 2
