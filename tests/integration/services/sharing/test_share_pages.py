"""The routes of share links over real services: what a reader gets, and that dead links look alike (S11)."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import event
from starlette.applications import Starlette

from tests.integration.services.steering import shown, talk
from tests.integration.services.world import World
from webchat.hosting.server import behind_proxies
from webchat.http.headers import SecurityHeaders, content_security_policy
from webchat.http.origin import OriginGuard, OriginPolicy
from webchat.http.share import share_routes
from webchat.rendering.making import Order
from webchat.rendering.packed import PIECE, CompressedPage
from webchat.services import runtime
from webchat.services.sharing import tokens as sharing_module
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.continuing import BY_ADDRESS
from webchat.services.sharing.links import Link, Terms
from webchat.services.sharing.passphrase_attempts import GUESSES
from webchat.settings import load_settings
from webchat.storage.engine import Database

HELLO = "Hello there."
FORM = {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
"""What Chromium sends with a form of a page that has no referrer."""


class Readers:
    """A shared conversation, and a browser that has the link and nothing else."""

    def __init__(self, world: World, conversation_id: str, browser: httpx.AsyncClient) -> None:
        self.world, self.id, self.browser = world, conversation_id, browser

    async def publish(self, **terms: Any) -> Link:
        values = {"title": "A title", "expiry": "week"} | terms
        return await self.world.services.sharing.publish(self.world.owner, self.id, Choice(), Terms(**values))


def app(public_url: str | None = None) -> Any:
    guarded = SecurityHeaders(Starlette(routes=share_routes(public_url)), content_security_policy())
    return OriginGuard(guarded, OriginPolicy.of("127.0.0.1"))


@pytest_asyncio.fixture
async def readers(world: World) -> AsyncIterator[Readers]:
    conversation_id, _ = await talk(world, "one <b>bold</b>", "two")
    runtime.install(world.services)
    transport = httpx.ASGITransport(app())
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as browser:
        yield Readers(world, conversation_id, browser)
    runtime.install(None)


async def test_s11_a_link_shows_the_conversation(readers: Readers) -> None:
    link = await readers.publish(may_continue=True)
    page = await readers.browser.get(link.path)

    assert page.status_code == 200
    assert "one &lt;b&gt;bold&lt;/b&gt;" in page.text
    assert HELLO in page.text
    assert f"http://127.0.0.1:3000{link.path}/preview.png" in page.text
    assert f'action="{link.path}/continue"' in page.text
    for header, value in {
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
    }.items():
        assert page.headers[header] == value
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "Set-Cookie" not in page.headers


async def test_a_public_address_stands_in_the_preview(world: World, readers: Readers) -> None:
    link = await readers.publish()
    transport = httpx.ASGITransport(app("https://chat.example.org"))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as browser:
        page = await browser.get(link.path)

    assert f"https://chat.example.org{link.path}/preview.png" in page.text
    assert "127.0.0.1" not in page.text


async def test_it_comes_compressed_and_plain(readers: Readers) -> None:
    link = await readers.publish()
    async with readers.browser.stream("GET", link.path, headers={"Accept-Encoding": "gzip"}) as packed:
        body = b"".join([piece async for piece in packed.aiter_raw()])
    plain = await readers.browser.get(link.path, headers={"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(body) == plain.content
    head = await readers.browser.head(link.path)
    assert (head.status_code, head.content) == (200, b"")


async def test_only_pages_that_were_read_are_views(readers: Readers) -> None:
    link = await readers.publish()
    for _ in range(3):
        await readers.browser.get(link.path)
    await readers.browser.head(link.path)
    await readers.browser.get(f"{link.path}/preview.png")
    await readers.browser.get(f"{link.path}/webchat.md")
    await readers.world.services.shared_copies.close()

    (row,) = await readers.world.services.sharing.links(readers.world.owner)
    assert row.views == 3


async def test_s11_every_dead_link_is_answered_alike(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, sharing = readers.world, readers.world.services.sharing
    revoked = await readers.publish()
    await sharing.revoke(world.owner, revoked.id)
    monkeypatch.setitem(sharing_module.EXPIRY, "hour", timedelta(seconds=-1))
    expired = await readers.publish(expiry="hour")
    locked = await readers.publish(passphrase="correct horse", may_continue=True)
    whole = await readers.publish()
    dead = [
        "/share/",
        "/share/wrong",
        f"/share/{'A' * 43}",
        f"/share/{'A' * 5000}",
        "/share/%00",
        "/share/%ff%fe",
        "/share/a/b/c",
        revoked.path,
        expired.path,
        f"{whole.path}/nothing",
        f"{whole.path}A",
    ]
    for path in (revoked.path, expired.path, locked.path):
        dead += [f"{path}/webchat.md", f"{path}/webchat.html"]
    for path in (revoked.path, expired.path):
        dead += [f"{path}/preview.png"]
    answers = [await readers.browser.get(path) for path in dead]
    for path in (revoked.path, expired.path, "/share/wrong"):
        answers += [await readers.browser.post(path, data={"passphrase": "x"}, headers=FORM)]
    for path in (revoked.path, expired.path, locked.path, whole.path):
        answers += [await readers.browser.post(f"{path}/continue", headers=FORM)]

    assert {answer.status_code for answer in answers} == {404}
    assert len({(answer.content, str(answer.headers)) for answer in answers}) == 1
    assert "no longer available" in answers[0].text

    await world.services.conversations.delete(world.owner, readers.id)
    gone = await readers.browser.get(whole.path)
    assert (gone.status_code, gone.content) == (404, answers[0].content)


async def test_dead_links_ask_the_database_the_same(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked and found is the same, so the time it takes says nothing."""
    monkeypatch.setitem(sharing_module.EXPIRY, "hour", timedelta(seconds=-1))
    expired = await readers.publish(expiry="hour")
    asked: list[list[str]] = []
    for path in (expired.path, f"/share/{'A' * 43}"):
        with statements(readers.world.database) as seen:
            await readers.browser.get(path)
        asked.append(seen)

    assert asked[0] == asked[1]
    assert len(asked[0]) == 1


class statements:
    """The SQL that is run inside the block."""

    def __init__(self, database: Database) -> None:
        self._engines = [engine.sync_engine for engine in engines_of(database)]
        self._seen: list[str] = []

    def __enter__(self) -> list[str]:
        for engine in self._engines:
            event.listen(engine, "before_cursor_execute", self._note)
        return self._seen

    def __exit__(self, *_: object) -> None:
        for engine in self._engines:
            event.remove(engine, "before_cursor_execute", self._note)

    def _note(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        self._seen.append(statement)


def engines_of(database: Database) -> Iterator[Any]:
    return (value for value in vars(database).values() if hasattr(value, "sync_engine"))


async def test_a_passphrase_opens_it_for_this_browser(readers: Readers) -> None:
    link = await readers.publish(passphrase="correct horse", title="A secret title")
    asked = await readers.browser.get(link.path)
    assert asked.status_code == 200
    assert 'name="passphrase"' in asked.text
    for hidden in ("one &lt;b", HELLO, "A secret title"):
        assert hidden not in asked.text
    wrong = await readers.browser.post(link.path, data={"passphrase": "wrong horse"}, headers=FORM)
    assert wrong.status_code == 403
    assert "Wrong passphrase" in wrong.text

    right = await readers.browser.post(link.path, data={"passphrase": "correct horse"}, headers=FORM)
    assert (right.status_code, right.headers["Location"]) == (303, link.path)
    cookie = right.headers["Set-Cookie"]
    assert f"Path={link.path}" in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert HELLO in (await readers.browser.get(link.path)).text
    assert HELLO in (await readers.browser.get(f"{link.path}/webchat.md")).text

    await readers.world.services.sharing.change_passphrase(readers.world.owner, link.id, "another horse")
    assert HELLO not in (await readers.browser.get(link.path)).text


async def test_guesses_are_slowed_down_and_told_when_to_come_back(readers: Readers) -> None:
    link = await readers.publish(passphrase="correct horse")
    guesses = [
        await readers.browser.post(link.path, data={"passphrase": f"guess {n}"}, headers=FORM)
        for n in range(GUESSES + 1)
    ]

    assert [guess.status_code for guess in guesses] == [403] * GUESSES + [429]
    assert 0 < int(guesses[-1].headers["Retry-After"]) <= 600
    assert "Too many wrong passphrases" in guesses[-1].text


@pytest.mark.parametrize(
    "body", [b"", b"x" * 5000, b"\xff\xfe=\x00", b"passphrase", b"a=1&" * 500, b"passphrase=" + b"y" * 4096]
)
async def test_a_form_that_is_none_opens_nothing(readers: Readers, body: bytes) -> None:
    link = await readers.publish(passphrase="correct horse")
    answer = await readers.browser.post(link.path, content=body, headers=FORM)

    assert answer.status_code == 403
    assert "Wrong passphrase" in answer.text


async def test_s11_it_can_be_taken_away(readers: Readers) -> None:
    link = await readers.publish()
    markdown = await readers.browser.get(f"{link.path}/webchat.md")
    html = await readers.browser.get(f"{link.path}/webchat.html")

    assert markdown.headers["Content-Type"].startswith("text/markdown")
    assert "one <b>bold</b>" in markdown.text
    assert html.headers["Content-Disposition"] == 'attachment; filename="conversation.html"'
    assert "one &lt;b&gt;bold&lt;/b&gt;" in html.text
    assert link.path not in html.text


async def test_the_picture_tells_no_more_than_the_page(readers: Readers) -> None:
    plain = await readers.publish()
    locked = [
        await readers.publish(passphrase="correct horse", title=title) for title in ("A title", "Another")
    ]
    pictures = [await readers.browser.get(f"{link.path}/preview.png") for link in [plain, *locked]]

    assert {picture.headers["Content-Type"] for picture in pictures} == {"image/png"}
    assert pictures[0].content != pictures[1].content
    assert pictures[1].content == pictures[2].content


async def test_a_reader_goes_on_by_themselves(readers: Readers) -> None:
    link = await readers.publish(may_continue=True)
    begun = await readers.browser.post(f"{link.path}/continue", headers=FORM)

    assert begun.status_code == 303
    conversation_id = begun.headers["Location"].removeprefix("/c/")
    assert (await shown(readers.world, conversation_id))[0] == "one <b>bold</b>"


async def test_a_port_of_the_address_makes_no_page_anew(readers: Readers) -> None:
    """The Host of a request has a free port; a page for each would be a way to keep the server busy."""
    link = await readers.publish()
    with orders(readers.world) as made:
        for port in range(3000, 3010):
            address = f"http://127.0.0.1:{port}{link.path}"
            for encoding in ("gzip", "identity"):
                page = await readers.browser.get(address, headers={"Accept-Encoding": encoding})
                assert f'content="{address}/preview.png"' in page.text
                assert HELLO in page.text

    assert made == ["page"]


async def test_everything_a_link_offers_is_made_once(readers: Readers) -> None:
    link = await readers.publish(may_continue=True)
    endings = ["", "/webchat.md", "/webchat.html", "/preview.png"]
    with orders(readers.world) as made:
        first = [(await readers.browser.get(link.path + ending)).content for ending in endings]
        again = [(await readers.browser.get(link.path + ending)).content for ending in endings]
        for ending in endings:
            await readers.browser.head(link.path + ending)
    assert made == ["page", "md", "html", "png"]
    assert first == again

    await readers.world.services.sharing.update(readers.world.owner, link.id, Choice(), "Another title")
    assert "Another title" in (await readers.browser.get(link.path)).text


async def test_what_is_not_compressed_goes_out_in_pieces(readers: Readers) -> None:
    await readers.world.asked("word " * 50_000, conversation_id=readers.id)
    link = await readers.publish()
    sizes: list[int] = []

    async def note(message: Any) -> None:
        sizes.append(len(message.get("body", b"")))

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": link.path,
        "query_string": b"",
        "scheme": "http",
    }
    scope |= {"headers": [(b"host", b"127.0.0.1:3000")], "raw_path": link.path.encode(), "server": None}
    await app()(scope, nothing_more, note)

    assert sum(sizes) > 250_000
    assert max(sizes) <= PIECE


async def nothing_more() -> dict[str, str]:
    await asyncio.Event().wait()
    return {"type": "http.disconnect"}


class orders:
    """The kinds of pages that are ordered from the process that makes them inside the block."""

    def __init__(self, world: World) -> None:
        self._renderer = world.services.shared_copies._renderer
        self._render = self._renderer.render
        self._made: list[str] = []

    def __enter__(self) -> list[str]:
        self._renderer.render = self._noted  # type: ignore[method-assign]
        return self._made

    def __exit__(self, *_: object) -> None:
        self._renderer.render = self._render  # type: ignore[method-assign]

    async def _noted(self, order: Order, snapshot: str = "") -> CompressedPage:
        self._made.append(order.kind)
        return await self._render(order, snapshot)


async def test_a_page_that_cannot_be_made_now_says_so(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await readers.publish()
    renderer = readers.world.services.shared_copies._renderer
    with monkeypatch.context() as patch:
        patch.setattr(renderer, "_most_waiting", 0)
        answers = [
            await readers.browser.get(link.path + ending)
            for ending in ("", "/webchat.md", "/webchat.html", "/preview.png")
        ]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["Retry-After"] for answer in answers} == {"10"}
    assert "Reload the page in a few seconds" in answers[0].text
    assert (await readers.browser.get(link.path)).status_code == 200


@pytest.mark.parametrize("slash", ["%2f", "%2F"])
async def test_an_encoded_slash_is_a_dead_link(readers: Readers, slash: str) -> None:
    link = await readers.publish(may_continue=True)
    dead = await readers.browser.get("/share/wrong")
    token = link.path.removeprefix("/share/")
    answers = [
        await readers.browser.get(f"/share/{token}{slash}{ending}")
        for ending in ("webchat.md", "webchat.html", "preview.png")
    ]
    answers.append(await readers.browser.get(f"/share{slash}{token}"))
    answers.append(await readers.browser.post(f"/share/{token}{slash}continue", headers=FORM))

    for answer in answers:
        assert (answer.status_code, answer.content) == (404, dead.content)
        assert str(answer.headers) == str(dead.headers)


async def test_guesses_from_one_address_shut_out_no_other(readers: Readers) -> None:
    link = await readers.publish(passphrase="correct horse")

    async def post(address: str, passphrase: str, forwarded: str | None = None) -> int:
        public = "https://chat.example.org"
        served = behind_proxies(app(public), load_settings(public_url=public))
        transport = httpx.ASGITransport(served, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as browser:
            headers = FORM | ({"X-Forwarded-For": forwarded} if forwarded else {})
            return (
                await browser.post(link.path, data={"passphrase": passphrase}, headers=headers)
            ).status_code

    proxy = "127.0.0.1"
    for number in range(GUESSES):
        # What stands before the last entry is the reader's own invention.
        assert await post(proxy, f"guess {number}", f"198.51.100.{number}, 203.0.113.7") == 403
    assert await post(proxy, "correct horse", "203.0.113.7") == 429
    assert await post(proxy, "correct horse", "203.0.113.8") == 303
    assert await post("192.0.2.9", "correct horse", "203.0.113.7") == 303  # no proxy of ours: not believed


async def test_a_link_is_continued_a_few_times_an_hour(readers: Readers) -> None:
    link = await readers.publish(may_continue=True)
    begun = [await readers.browser.post(f"{link.path}/continue", headers=FORM) for _ in range(BY_ADDRESS + 1)]

    assert [answer.status_code for answer in begun] == [303] * BY_ADDRESS + [429]
    assert 0 < int(begun[-1].headers["Retry-After"]) <= 3600
    assert "Nothing was copied" in begun[-1].text
    assert len(await readers.world.listed()) == BY_ADDRESS + 1


async def test_another_site_makes_nobody_go_on(readers: Readers) -> None:
    link = await readers.publish(may_continue=True)
    for headers in (
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Origin": "null", "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3001"},
    ):
        assert (await readers.browser.post(f"{link.path}/continue", headers=headers)).status_code == 403

    assert len(await readers.world.listed()) == 1
