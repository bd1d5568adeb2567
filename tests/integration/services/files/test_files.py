"""Files are stored once, belong to one person, and go when nothing has them any more."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests import documents
from tests.integration.services.scripted import saying
from tests.integration.services.world import World
from webchat.http import answers
from webchat.http import files as routes
from webchat.services.errors import FileRefused
from webchat.services.files import saving, unused
from webchat.services.purge import Purge, steps_with
from webchat.services.runtime import install
from webchat.storage.errors import FileNotFound
from webchat.storage.queries import conversations
from webchat.storage.tables import User
from webchat.storage.types import utc_now

PNG = documents.png()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    install(world.services)
    transport = httpx.ASGITransport(Starlette(routes=[*routes.routes, *answers.routes]))
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        yield client
    install(None)


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 1000):
        yield data[at : at + 1000]


async def received(world: World, data: bytes = PNG, name: str = "a.png", owner: str = "") -> str:
    found = await world.services.files.saving.receive(owner or world.owner, name, pieces(data))
    return found.id


def contents(world: World) -> list[Path]:
    return [path for path in (world.folder / "files").rglob("*") if path.is_file()]


async def purge(world: World) -> None:
    async def no_pause(seconds: float) -> None:
        pass

    def later() -> datetime:
        return utc_now() + timedelta(days=40)

    steps = steps_with(world.services.files.unused.purge_step)
    await Purge(world.database, steps=steps, clock=later, sleep=no_pause).round()


async def test_a_picture_is_uploaded_looked_at_and_removed(client: httpx.AsyncClient, world: World) -> None:
    answer = await client.post("/api/files?name=..%2Fcat%20%F0%9F%90%88.png", content=PNG)
    known = answer.json()
    content = await client.get(f"/api/files/{known['id']}/content")
    gone = await client.delete(f"/api/files/{known['id']}")

    assert answer.status_code == 201
    assert known == {
        **{"id": known["id"], "name": "cat 🐈.png", "kind": "picture", "media_type": "image/png"},
        **{"size": len(PNG), "width": 2, "height": 3, "tokens": 255, "cut": None},
        **{"state": "ready", "problem": ""},
    }
    assert content.content == PNG
    assert content.headers["content-type"] == "image/png"
    assert content.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert content.headers["cache-control"].startswith("private")
    assert "content-disposition" not in content.headers
    assert (gone.status_code, contents(world)) == (204, [])
    for path in ("", "/content", "/text"):
        assert (await client.get(f"/api/files/{known['id']}{path}")).status_code == 404


async def test_a_page_is_never_shown_as_one(client: httpx.AsyncClient) -> None:
    page = b"<!doctype html><p>words</p><script>alert(1)</script>"
    id = (await client.post("/api/files?name=a%22b.html", content=page)).json()["id"]
    content = await client.get(f"/api/files/{id}/content")
    text = await client.get(f"/api/files/{id}/text")

    assert content.content == page
    assert content.headers["content-type"].startswith("text/plain")
    assert content.headers["content-disposition"].startswith("attachment")
    assert content.headers["x-content-type-options"] == "nosniff"
    assert text.text == "words"
    assert text.headers["content-type"] == "text/plain; charset=utf-8"


async def test_a_document_is_read_and_can_be_cut(client: httpx.AsyncClient, world: World) -> None:
    known = (await client.post("/api/files?name=a.txt", content=b"words " * 100)).json()
    await world.services.files.wait_until_read(world.owner, [known["id"]], 60)
    address = f"/api/files/{known['id']}"

    assert (await client.get(address)).json()["tokens"] == 200
    assert (await client.put(f"{address}/limit", json={"tokens": 20})).json()["cut"] == 20
    assert (await client.put(f"{address}/limit", json={"tokens": None})).json()["cut"] is None
    for body in (b'{"tokens": 0}', b'{"tokens": true}', b'{"tokens": "9"}', b"[]", b"{", b" " * 2000):
        assert (await client.put(f"{address}/limit", content=body)).status_code == 400


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"MZ\0\0", 415), (b"\x89PNG\r\n\x1a\n", 415)],
)
async def test_what_is_refused_is_not_kept(
    client: httpx.AsyncClient, world: World, content: bytes, status: int
) -> None:
    answer = await client.post(
        "/api/files?name=a.png", content=content, headers={"Content-Type": "image/png"}
    )

    assert answer.status_code == status
    assert answer.json()["error"]
    assert contents(world) == []


async def test_a_body_is_cut_off(
    client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MAX_BODY", 5_000)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 1_000

    announced = await client.post("/api/files", content=b"x" * 6_000)
    with pytest.raises(FileRefused, match="at most"):
        await world.services.files.saving.receive(world.owner, "a", endless())

    assert (announced.status_code, sent, contents(world)) == (413, 6, [])


async def test_nobody_known_gets_nothing(client: httpx.AsyncClient, world: World) -> None:
    id = await received(world)
    world.services.accounts._local = None
    for method, path in (
        *(("POST", ""), ("GET", f"/{id}"), ("DELETE", f"/{id}"), ("GET", f"/{id}/content")),
        *(("GET", f"/{id}/text"), ("PUT", f"/{id}/limit")),
    ):
        assert (await client.request(method, f"/api/files{path}")).status_code == 401


async def test_files_of_others_are_not_found(world: World) -> None:
    files, id = world.services.files, await received(world)
    for call in (
        files.look(world.stranger, id),
        files.content(world.stranger, id),
        files.text(world.stranger, id),
        files.limit(world.stranger, id, 1),
        files.remove(world.stranger, id),
    ):
        with pytest.raises(FileNotFound):
            await call
    with pytest.raises(FileRefused, match="no longer there"):
        await world.send(owner_id=world.stranger, files=[id], model="Guide:guide")
    assert await files.look(world.owner, id)


async def test_the_same_content_is_stored_once_for_its_owner_alone(world: World) -> None:
    mine, again = await received(world), await received(world, name="b.png")
    theirs = await received(world, owner=world.stranger)

    (path,) = contents(world)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for owner, id in ((world.owner, mine), (world.owner, again), (world.stranger, theirs)):
        assert path.exists()
        await world.services.files.remove(owner, id)
    assert contents(world) == []


async def test_names_are_encrypted(world: World) -> None:
    await received(world, name="diagnosis.png")

    await world.database.close()
    for path in world.folder.glob("webchat.db*"):
        assert b"diagnosis" not in path.read_bytes()


async def test_a_person_and_the_server_have_limits(world: World) -> None:
    world.services.files.room._per_person = len(PNG)
    await received(world)
    await received(world)  # the same content needs no more room
    with pytest.raises(FileRefused, match="your limit"):
        await received(world, documents.png(colour=9))
    world.services.files.room._per_person, world.services.files.room._per_server = 10_000, len(PNG)
    with pytest.raises(FileRefused, match="this server"):
        await received(world, documents.png(colour=9), owner=world.stranger)
    assert len(contents(world)) == 1


async def test_uploads_at_the_same_time_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "MOST_AT_ONCE", 1)
    go = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        await go.wait()
        yield PNG

    first = asyncio.create_task(world.services.files.saving.receive(world.owner, "a", slow()))
    await asyncio.sleep(0)
    with pytest.raises(FileRefused, match="same time"):
        await received(world)
    await received(world, owner=world.stranger)
    go.set()
    await first
    await received(world)


async def test_files_go_with_their_message_and_their_account(world: World) -> None:
    files = world.services.files
    sent, unsent = await received(world), await received(world, documents.png(colour=1))
    theirs = await received(world, documents.png(colour=2), owner=world.stranger)
    world.scripts["Fake"] = saying("A cat.")
    answer = await world.asked("", files=[sent])
    with pytest.raises(FileRefused, match="was sent"):
        await files.remove(world.owner, sent)

    await purge(world)
    assert len(contents(world)) == 3

    await world.services.conversations.delete(world.owner, answer.conversation_id)
    async with world.database.write() as session:
        user = await session.get(User, world.stranger)
        assert user is not None
        user.deleted_at = utc_now()
    await purge(world)

    assert (await files.look(world.owner, unsent)).id == unsent
    for owner, id in ((world.owner, sent), (world.stranger, theirs)):
        with pytest.raises(FileNotFound):
            await files.look(owner, id)
    assert len(contents(world)) == 1


async def test_unsent_files_go_after_a_while_unless_they_are_queued(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await world.asked()
    unsent, queued = await received(world), await received(world, documents.png(colour=1))
    async with world.database.write() as session:
        await conversations.set_queued(session, world.owner, answer.conversation_id, "", "c-1", [queued])
    monkeypatch.setattr(unused, "UNSENT_FOR", -timedelta(seconds=1))
    await purge(world)

    assert await world.services.files.look(world.owner, queued)
    with pytest.raises(FileNotFound):
        await world.services.files.look(world.owner, unsent)


async def test_what_a_kill_has_left_is_removed(world: World) -> None:
    kept = await received(world)
    store = world.services.files.store
    for name in ("incoming/half", f"ab/{'ab' * 32}"):
        path = store.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")

    await world.services.files.open()
    assert world.services.files._sweeping is not None
    await world.services.files._sweeping

    assert [path.name for path in contents(world)] == [store.path(kept_hash(contents(world))).name]
    assert (await world.services.files.content(world.owner, kept))[1].exists()


def kept_hash(paths: list[Path]) -> str:
    return paths[0].name


async def test_a_document_is_read_after_a_crash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reading: Any = world.services.files._reading
    with monkeypatch.context() as patch:
        patch.setattr(reading, "begin", lambda hash, media_type: asyncio.create_task(asyncio.sleep(0)))
        id = await received(world, b"words", "a.txt")
    assert (await world.services.files.look(world.owner, id)).state == "reading"

    await world.services.files.open()
    await world.services.files.wait_until_read(world.owner, [id], 60)

    assert (await world.services.files.look(world.owner, id)).state == "ready"


@pytest.fixture
async def unread(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Event]:
    """Documents are not read before this event."""
    reading: Any = world.services.files._reading
    read, begun = reading._read, asyncio.Event()

    async def later(hash: str, media_type: str) -> None:
        await begun.wait()
        await read(hash, media_type)

    monkeypatch.setattr(reading, "_read", later)
    monkeypatch.setattr(saving, "QUICK", 0)
    yield begun
    begun.set()


async def test_a_message_whose_document_is_still_read_is_refused(world: World, unread: asyncio.Event) -> None:
    id = await received(world, b"words", "a.txt")
    with pytest.raises(FileRefused, match="still being read"):
        await world.services.files.wait_until_read(world.owner, [id], 0)
    unread.set()
    await world.services.files.wait_until_read(world.owner, [id], 60)

    assert (await world.services.files.look(world.owner, id)).state == "ready"


async def test_documents_that_are_read_count_as_arriving(
    world: World, unread: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MOST_AT_ONCE", 2)
    ids = [await received(world, b"first", "a.txt"), await received(world, b"second", "b.txt")]
    with pytest.raises(FileRefused, match="uploaded or read"):
        await received(world, b"third", "c.txt")
    unread.set()
    await world.services.files.wait_until_read(world.owner, ids, 60)

    assert await received(world, b"third", "c.txt")
