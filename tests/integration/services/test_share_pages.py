"""The routes of share links over real services: what a reader gets, and that dead links look alike (S11)."""

from __future__ import annotations

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
from webchat.http.headers import SecurityHeaders, content_security_policy
from webchat.http.origin import OriginGuard, OriginPolicy
from webchat.http.share import share_routes
from webchat.services import runtime
from webchat.services import sharing as sharing_module
from webchat.services.guesses import GUESSES
from webchat.services.share_choice import Choice
from webchat.services.sharing import Link, Terms
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


async def test_a_link_shows_the_conversation(readers: Readers) -> None:
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


async def test_every_dead_link_is_answered_alike(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert "leads nowhere" in answers[0].text

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
    assert len(asked[0]) == 2  # BEGIN, and the one query


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
    assert "not the passphrase" in wrong.text

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
    assert "not the passphrase" in answer.text


async def test_it_can_be_taken_away(readers: Readers) -> None:
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

    assert len(await readers.world.services.conversations.recent(readers.world.owner, 9)) == 1
