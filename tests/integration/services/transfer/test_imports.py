"""The import of a person: one file at a time, which is removed whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.integration.services.world import World
from tests.unit.services.transfer.exports_of_others import as_json, chatgpt, node
from webchat.http import imports as routes
from webchat.services.errors import ImportRefused
from webchat.services.runtime import install
from webchat.services.transfer import imports as module
from webchat.services.transfer import writing
from webchat.services.transfer.imports import FOLDER, Import, Phase
from webchat.storage.errors import DatabaseFull
from webchat.storage.queries import imports as queries

FILE = as_json([chatgpt(node("q", "root", "user", "Why?"))])


async def pieces(data: bytes = FILE) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 100):
        yield data[at : at + 100]


async def ended(current: Import) -> Phase:
    assert current.task is not None
    await current.task
    return current.phase


def files(world: World) -> list[str]:
    folder = world.folder / FOLDER
    return [file.name for file in folder.iterdir()] if folder.exists() else []


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    install(world.services)
    transport = httpx.ASGITransport(Starlette(routes=routes.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        yield client
    install(None)


async def test_a_file_is_previewed_imported_and_removed(world: World) -> None:
    imports = world.services.imports
    with world.services.changes.listen(world.owner, "tab") as changes:
        current = await imports.receive(world.owner, pieces())
        assert await ended(current) is Phase.PREVIEWED
        assert files(world) == [current.id]
        assert changes.empty()
        assert await ended(imports.begin(world.owner, current.id)) is Phase.DONE
        assert not changes.empty()

    assert files(world) == []
    assert len(await world.listed()) == 1
    with pytest.raises(ImportRefused, match="no longer there"):
        imports.begin(world.owner, current.id)


async def test_only_the_one_who_sent_a_file_can_import_it(world: World) -> None:
    current = await world.services.imports.receive(world.owner, pieces())
    await ended(current)
    assert world.services.imports.current(world.stranger) is None
    with pytest.raises(ImportRefused):
        world.services.imports.begin(world.stranger, current.id)


async def test_a_new_file_takes_the_place_of_the_one_before(world: World) -> None:
    first = await world.services.imports.receive(world.owner, pieces())
    second = await world.services.imports.receive(world.owner, pieces())

    assert world.services.imports.current(world.owner) is second
    assert files(world) == [second.id]
    assert first.phase in (Phase.CANCELLED, Phase.PREVIEWED)


async def test_a_cancelled_import_keeps_its_report_and_no_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def endless(*_: object) -> int:
        begun.set()
        await asyncio.Event().wait()
        return 0

    imports = world.services.imports
    current = await imports.receive(world.owner, pieces())
    await ended(current)
    monkeypatch.setattr(queries, "add", endless)
    imports.begin(world.owner, current.id)
    await begun.wait()
    with pytest.raises(ImportRefused, match="Another import is running"):
        await imports.receive(world.owner, pieces())
    await imports.cancel(world.owner)

    assert current.phase is Phase.CANCELLED
    assert imports.current(world.owner) is current
    assert files(world) == []
    assert (await world.listed()) == []
    monkeypatch.undo()
    assert (await world.asked("Still there?")).content


async def test_a_full_disk_is_a_failed_import(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> int:
        raise DatabaseFull("webchat.db")

    current = await world.services.imports.receive(world.owner, pieces())
    await ended(current)
    monkeypatch.setattr(queries, "add", full)
    assert await ended(world.services.imports.begin(world.owner, current.id)) is Phase.FAILED
    assert isinstance(current.problem, DatabaseFull)
    assert files(world) == []


async def test_what_a_crash_left_is_removed_at_the_start_and_the_rest_at_the_end(world: World) -> None:
    (world.folder / FOLDER).mkdir()
    (world.folder / FOLDER / "left").touch()
    await world.services.imports.open()
    assert files(world) == []
    await world.services.imports.receive(world.owner, pieces())
    await world.services.imports.close()

    assert files(world) == []


async def test_a_file_is_not_kept_for_ever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    current = await world.services.imports.receive(world.owner, pieces())
    await ended(current)
    world.services.imports._expire(world.owner)

    assert world.services.imports.current(world.owner) is None
    assert files(world) == []


async def test_a_file_arrives_over_http(world: World, client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/imports", content=FILE)
    current = world.services.imports.current(world.owner)

    assert current is not None
    assert answer.json() == {"id": current.id}
    assert current.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("announced", [True, False])
async def test_s12_a_file_that_is_too_large_is_refused(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, announced: bool
) -> None:
    monkeypatch.setattr(module, "MAX_FILE", 1000)
    monkeypatch.setattr(routes, "MAX_FILE", 1000)
    body = b"x" * 1001
    answer = await client.post("/api/imports", content=body if announced else pieces(body))

    assert answer.status_code == 413
    assert "at most" in answer.json()["error"]
    assert files(world) == []


async def test_nobody_known_sends_no_file(world: World, client: httpx.AsyncClient) -> None:
    world.services.accounts._local = None

    assert (await client.post("/api/imports", content=FILE)).status_code == 401
    assert files(world) == []


async def test_a_send_goes_between_the_parts_of_an_import(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that waits gets its turn after one transaction, not after the whole import."""
    monkeypatch.setattr(writing, "MESSAGES_AT_ONCE", 1)
    whole, added, sent_after = queries.add, 0, []
    sending: list[asyncio.Task[None]] = []

    async def send() -> None:
        await world.send("Hello")
        sent_after.append(added)

    async def adding(*arguments: object) -> int:
        nonlocal added
        if not sending:
            sending.append(asyncio.create_task(send()))
            await asyncio.sleep(0)
        added += 1
        return await whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(queries, "add", adding)
    nodes = [node(f"n{at}", f"n{at - 1}" if at else "root", "user", "x") for at in range(60)]
    current = await world.services.imports.receive(world.owner, pieces(as_json([chatgpt(*nodes)])))
    await ended(current)
    await ended(world.services.imports.begin(world.owner, current.id))
    await sending[0]

    assert added == 60
    assert sent_after[0] < 10
    await world.services.answers.close(grace=0)  # type: ignore[attr-defined]
