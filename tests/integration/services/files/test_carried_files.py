"""Files of assistants behind links to them, in exports and in imports."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.integration.services.files.test_assistant_files import RECIPE, made, names
from tests.integration.services.files.test_exported_files import exported, imported
from tests.integration.services.files.test_files import PNG, contents, pieces, purge
from tests.integration.services.files.test_sending import upload
from tests.integration.services.scripted import saying
from tests.integration.services.world import World
from webchat.http import assistants as routes
from webchat.services.assistants.archive import MAX_FILE, MEMBER
from webchat.services.assistants.values import MAX_FILES
from webchat.services.errors import AssistantInvalid, ShareInvalid
from webchat.services.files.room import Room
from webchat.services.runtime import install
from webchat.services.transfer.export_format import ExportFormat
from webchat.storage.errors import ShareNotFound
from webchat.words.assistants import told


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    install(world.services)
    transport = httpx.ASGITransport(Starlette(routes=routes.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        yield client
    install(None)


async def cook(world: World) -> str:
    """An assistant with a document, of which models get two tokens, and a picture."""
    recipe = await upload(world, RECIPE, "<b>recipe.txt")
    await world.services.files.limit(world.owner, recipe, 2)
    return await made(world, recipe, await upload(world))


async def theirs(world: World, number: int = 0) -> list[tuple[str, int | None]]:
    """The files of an assistant of the stranger."""
    there = await world.services.assistants.all(world.stranger)
    files = await world.services.assistants.files(world.stranger, there[number].id)
    return [(each.name, each.cut) for each in files]


CARRIED = [("<b>recipe.txt", 2), ("cat.png", None)]


async def test_a_link_has_the_files_if_its_owner_chose_it(world: World, client: httpx.AsyncClient) -> None:
    links, id = world.services.assistant_links, await cook(world)
    without = await links.create(world.owner, id, "never", with_prompt=True)
    both = {each.id for each in await world.services.assistants.files(world.owner, id)}
    link = await links.create(world.owner, id, "never", with_prompt=True, with_files=both)
    assert [each.files for each in await links.all(world.owner, id)] == [2, 0]
    page = (await client.get(link.path)).text
    assert "&lt;b&gt;recipe.txt</span> (18 B)" in page
    assert "recipe" not in (await client.get(without.path)).text

    # The copy is of that moment.
    await world.services.assistants.save(world.owner, id, {"name": "Cook", "files": []})
    await purge(world)
    await links.add_to(world.stranger, link.path.rpartition("/")[2])
    await links.add_to(world.stranger, without.path.rpartition("/")[2])
    assert [await theirs(world, number) for number in range(2)] == [CARRIED, []]
    assert len(contents(world)) == 3  # two contents and the text of one

    # They are the reader's own.
    await links.revoke(world.owner, link.id)
    await purge(world)
    assert await theirs(world) == CARRIED
    with pytest.raises(ShareNotFound):
        await links.add_to(world.stranger, link.path.rpartition("/")[2])
    assert await links.files(link.path.rpartition("/")[2]) == []


async def test_each_file_of_a_link_is_chosen(world: World, client: httpx.AsyncClient) -> None:
    links, id = world.services.assistant_links, await cook(world)
    _, picture = await world.services.assistants.files(world.owner, id)
    link = await links.create(world.owner, id, "never", with_prompt=True, with_files={picture.id})
    page = (await client.get(link.path)).text
    assert "cat.png" in page
    assert "recipe" not in page
    await links.add_to(world.stranger, link.path.rpartition("/")[2])
    assert await theirs(world) == CARRIED[1:]

    # A file that it no longer has is not left out in silence, and no file of something else is taken.
    await world.services.assistants.save(world.owner, id, {"name": "Cook", "files": []})
    with pytest.raises(ShareInvalid, match="Nothing was shared"):
        await links.create(world.owner, id, "never", with_prompt=True, with_files={picture.id})
    assert len(await links.all(world.owner, id)) == 1


async def test_a_reader_without_room_gets_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    links, id = world.services.assistant_links, await cook(world)
    files = {each.id for each in await world.services.assistants.files(world.owner, id)}
    link = await links.create(world.owner, id, "never", with_prompt=True, with_files=files)

    async def none(*_: object) -> bool:
        return False

    monkeypatch.setattr(Room, "is_enough", none)
    with pytest.raises(AssistantInvalid, match="no room"):
        await links.add_to(world.stranger, link.path.rpartition("/")[2])
    assert await world.services.assistants.all(world.stranger) == []


async def test_an_export_has_the_files_and_is_imported_with_them(
    world: World, client: httpx.AsyncClient
) -> None:
    await cook(world)
    file = await client.get("/api/assistants/export")
    assert file.headers["content-disposition"].startswith('attachment; filename="assistants.zip"')
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == MEMBER
        assert len(archive.namelist()) == 3

    of = world.services.assistant_transfer
    assert await of.receive(world.stranger, pieces(file.content)) == 1
    (entry,) = of.preview(world.stranger)
    assert (len(entry.files), entry.left_out) == (2, ())
    assert told(present=False, model="", used="", left_out=[], files=2) == "New. It has 2 files."
    assert await of.import_preview(world.stranger) == 1
    assert await theirs(world) == CARRIED
    assert len(contents(world)) == 3  # the archive is gone too
    await of.receive(world.stranger, pieces(file.content))
    assert [each.present for each in of.preview(world.stranger)] == [True]
    of.forget(world.stranger)
    assert len(contents(world)) == 3


async def test_an_export_without_files_is_what_it_was(world: World, client: httpx.AsyncClient) -> None:
    await made(world)
    file = await client.get("/api/assistants/export")
    assert file.headers["content-disposition"].startswith('attachment; filename="assistants.json"')
    assert "files" not in file.json()["assistants"][0]


async def test_an_export_of_everything_has_them_too(world: World) -> None:
    begun = await world.asked(assistant_id=await cook(world))
    _, data = await exported(world, ExportFormat.JSON)
    await world.services.conversations.delete(world.owner, begun.conversation_id)
    report = await imported(world, data, world.stranger)
    assert (report.assistants, report.problems, report.ignored_files) == (1, [], 0)
    assert await theirs(world) == CARRIED


@pytest.mark.parametrize("chosen", [True, False], ids=["one", "all"])
async def test_a_conversation_is_exported_with_the_files_it_was_begun_with(
    world: World, chosen: bool
) -> None:
    of, script = world.services, saying("Yes.")
    world.scripts["Fake"] = script
    id = await cook(world)
    talk = (await world.asked("one", assistant_id=id)).conversation_id
    await of.assistants.delete(world.owner, id)
    download = await of.exports.export(world.owner, ExportFormat.JSON, [talk] if chosen else None)
    data = b"".join([piece async for piece in download.pieces])
    for outcome in ("imported", "present"):
        report = await imported(world, data, world.stranger)
        assert [each.outcome for each in report.entries] == [outcome]
        opened = await of.conversations.open(world.stranger, report.entries[0].conversation_id, 9)
        assert [(each.name, each.cut) for each in opened.files] == CARRIED
        assert report.ignored_files == (0 if outcome == "imported" else 2)


def packed(assistants: Any, files: dict[str, bytes], member: str = MEMBER) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, assistants if isinstance(assistants, bytes) else json.dumps(assistants))
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def entry(*files: Any) -> dict[str, Any]:
    return {"name": "Cook", "files": list(files)}


def named(name: str) -> dict[str, Any]:
    return {"name": name, "content": f"files/{name}"}


PROGRAM = b"\x7fELF\0\0"
HALF = packed([entry()], {"files/a": PNG})[:-40]


@pytest.mark.parametrize(
    ("files", "content", "kept"),
    [
        ([named("missing")], {}, []),
        ([named("program"), named("cat")], {"files/program": PROGRAM, "files/cat": PNG}, ["cat"]),
        ([{"name": 1, "content": []}, "x", None, {}], {}, []),
        ([{"name": "../../up", "content": "files/cat", "kept_tokens": -1}], {"files/cat": PNG}, ["up"]),
        ([named("cat")] * (MAX_FILES + 5), {"files/cat": PNG}, ["cat"] * MAX_FILES),
    ],
    ids=["missing", "program", "nonsense", "path", "many"],
)
async def test_files_of_a_hostile_import(
    world: World, files: list[Any], content: dict[str, bytes], kept: list[str]
) -> None:
    of = world.services.assistant_transfer
    await of.receive(world.owner, pieces(packed([entry(*files)], content)))
    assert await of.import_preview(world.owner) == 1
    (there,) = await world.services.assistants.all(world.owner)
    assert await names(world, there.id) == kept


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04nonsense", "file"),
        (HALF, "file"),
        (packed([entry()], {}, "other.json"), "file"),
        (packed(b"{", {}), "file"),
        (packed(b" " * (MAX_FILE + 1), {}), "file_too_large"),
    ],
    ids=["no archive", "half", "no assistants", "no JSON", "bomb"],
)
async def test_an_archive_that_is_none(world: World, data: bytes, reason: str) -> None:
    with pytest.raises(AssistantInvalid) as refused:
        await world.services.assistant_transfer.receive(world.owner, pieces(data))
    assert refused.value.reason == reason
    assert contents(world) == []


async def test_files_too_large_together_are_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webchat.services.assistants.carried.MAX_FILES_SIZE", len(PNG))
    of = world.services.assistant_transfer
    data = packed([entry(named("cat"), named("note"))], {"files/cat": PNG, "files/note": b"note"})
    await of.receive(world.owner, pieces(data))
    await of.import_preview(world.owner)
    (there,) = await world.services.assistants.all(world.owner)
    assert await names(world, there.id) == ["cat"]
    assert len(contents(world)) == 1


async def test_json_that_names_files_says_that_they_are_left_out(world: World) -> None:
    of = world.services.assistant_transfer
    body = json.dumps({"assistants": [entry(named("cat"))]}).encode()
    assert await of.receive(world.owner, pieces(body)) == 1
    assert [(each.files, each.left_out) for each in of.preview(world.owner)] == [((), ("files",))]
    assert contents(world) == []
    assert await of.import_preview(world.owner) == 1
