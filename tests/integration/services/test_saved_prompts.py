"""Saved prompts: limits, names, files."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.services.world import World
from webchat.services import saved_prompts
from webchat.services.errors import SavedPromptInvalid
from webchat.services.saved_prompts import MAX_FILE, MAX_NAME, MAX_PROMPTS, MAX_TEXT, MAX_TOTAL, SavedPrompts
from webchat.storage.errors import SavedPromptNameTaken, SavedPromptNotFound


@pytest.fixture
def owner(world: World) -> str:
    return world.owner


@pytest.fixture
def prompts(world: World) -> SavedPrompts:
    return world.services.saved_prompts


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def imported(prompts: SavedPrompts, owner: str, content: Any) -> int:
    return await prompts.import_file(owner, pieces(json.dumps(content).encode()))


async def all_of(prompts: SavedPrompts, owner: str) -> list[tuple[str, str]]:
    return [(each.name, each.text) for each in await prompts.all(owner)]


async def test_a_prompt_is_added_changed_and_deleted(prompts: SavedPrompts, owner: str) -> None:
    await prompts.save(owner, "", "  Translate \n this ", "Into {{language}}:\n")
    (there,) = await prompts.all(owner)
    assert (there.name, there.text) == ("Translate this", "Into {{language}}:\n")
    assert await prompts.get(owner, there.id) == there

    await prompts.save(owner, there.id, "translate THIS", "Shorter")
    assert await all_of(prompts, owner) == [("translate THIS", "Shorter")]
    await prompts.delete(owner, there.id)
    assert await prompts.all(owner) == []
    with pytest.raises(SavedPromptNotFound):
        await prompts.delete(owner, there.id)
    with pytest.raises(SavedPromptNotFound):
        await prompts.save(owner, there.id, "Back", "again")


async def test_a_name_is_given_once(prompts: SavedPrompts, owner: str) -> None:
    await prompts.save(owner, "", "Straße", "one")
    await prompts.save(owner, "", "Other", "two")
    with pytest.raises(SavedPromptNameTaken):
        await prompts.save(owner, "", "STRASSE", "three")
    other = next(each for each in await prompts.all(owner) if each.name == "Other")
    with pytest.raises(SavedPromptNameTaken):
        await prompts.save(owner, other.id, "straße", "two")
    assert await all_of(prompts, owner) == [("Other", "two"), ("Straße", "one")]


@pytest.mark.parametrize(
    ("name", "text"),
    [("", "x"), (" \n", "x"), ("n" * (MAX_NAME + 1), "x"), (7, "x"), ("n", ""), ("n", " "), ("n", None),
     ("n", "x" * (MAX_TEXT + 1))],
)  # fmt: skip
async def test_what_cannot_be_saved_changes_nothing(
    prompts: SavedPrompts, owner: str, name: object, text: object
) -> None:
    with pytest.raises(SavedPromptInvalid):
        await prompts.save(owner, "", name, text)
    assert await prompts.all(owner) == []


async def test_number_and_size_of_all_are_limited(prompts: SavedPrompts, owner: str) -> None:
    full = [{"name": f"P {number}", "text": f"text {number}"} for number in range(MAX_PROMPTS)]
    assert await imported(prompts, owner, full) == MAX_PROMPTS
    with pytest.raises(SavedPromptInvalid, match=f"{MAX_PROMPTS} saved prompts"):
        await prompts.save(owner, "", "One more", "x")
    with pytest.raises(SavedPromptInvalid, match=f"{MAX_PROMPTS} saved prompts"):
        await imported(prompts, owner, [{"name": "One more", "text": "x"}])
    assert len(await prompts.all(owner)) == MAX_PROMPTS

    for each in await prompts.all(owner):
        await prompts.delete(owner, each.id)
    size = MAX_TOTAL // MAX_TEXT
    large = [{"name": f"P {number}", "text": f"{number:0{MAX_TEXT}}"} for number in range(size)]
    assert await imported(prompts, owner, large) == size
    with pytest.raises(SavedPromptInvalid, match="together"):
        await prompts.save(owner, "", "One more", "x")


async def test_an_export_is_imported_once(prompts: SavedPrompts, owner: str) -> None:
    await prompts.save(owner, "", "Привет", "Ответь на {{язык}}")
    await prompts.save(owner, "", "Short", "Answer briefly.")
    exported = (await prompts.export(owner)).encode()
    before = await all_of(prompts, owner)

    assert await prompts.import_file(owner, pieces(exported[:20], exported[20:])) == 0
    assert await all_of(prompts, owner) == before
    for each in await prompts.all(owner):
        await prompts.delete(owner, each.id)
    assert await prompts.import_file(owner, pieces(exported)) == 2
    assert await all_of(prompts, owner) == before


async def test_files_of_other_apps_and_taken_names(prompts: SavedPrompts, owner: str) -> None:
    await prompts.save(owner, "", "Help", "mine")
    listed = [
        {"command": "/help", "title": "Help", "content": "theirs"},
        {"name": "help", "prompt": "another"},
        {"name": "N" * MAX_NAME, "text": "long"},
        {"name": "N" * MAX_NAME, "text": "long too"},
    ]
    assert await imported(prompts, owner, listed) == 4
    assert await all_of(prompts, owner) == [
        ("Help", "mine"),
        ("Help 2", "theirs"),
        ("help 3", "another"),
        ("N" * (MAX_NAME - 2) + " 2", "long too"),
        ("N" * MAX_NAME, "long"),
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b"7", b'["x"]', b'[{"name": "x"}]', b"[" * 90_000, b"\xff\xfe",
     b'[{"text": "x"}]', b"[" + b"[]," * 300_000 + b"[]]"],
)  # fmt: skip
async def test_a_file_that_is_none_is_refused(prompts: SavedPrompts, owner: str, body: bytes) -> None:
    with pytest.raises(SavedPromptInvalid):
        await prompts.import_file(owner, pieces(body))
    assert await prompts.all(owner) == []


async def test_a_file_is_refused_before_it_is_read_whole(prompts: SavedPrompts, owner: str) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 65_536

    with pytest.raises(SavedPromptInvalid, match="2 MB"):
        await prompts.import_file(owner, endless())
    assert read == MAX_FILE // 65_536 + 1


async def test_names_that_are_all_taken_are_numbered_quickly() -> None:
    found = [("Same", f"text {number}") for number in range(MAX_PROMPTS)]
    added = saved_prompts._new_prompts({"same"}, set(), found)
    assert [name for name, _ in added][::499] == ["Same 2", f"Same {MAX_PROMPTS + 1}"]
