"""Imported conversations have the assistants that their file names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.integration.services.world import World
from tests.unit.services.transfer.exports_of_others import as_json, open_webui, webui_message
from webchat.services.assistants.values import MAX_NAME
from webchat.services.transfer.export_format import ExportFormat
from webchat.services.transfer.importer import Progress, run

COOK = {"name": "Cook", "system_prompt": "You cook."}


async def saved(world: World, owner: str, **more: Any) -> str:
    return await world.services.assistants.save(owner, "", COOK | more)


async def exported(world: World, file: Path, *, chosen: bool = False) -> Path:
    """The export of a chat that was begun with an assistant, of everything or of this chat alone."""
    cook = await saved(world, world.owner)
    begun = await world.asked("What shall I cook?", assistant_id=cook)
    ids = [begun.conversation_id] if chosen else None
    download = await world.services.exports.export(world.owner, ExportFormat.JSON, ids)
    pieces = [piece async for piece in download.pieces]
    await asyncio.to_thread(file.write_bytes, b"".join(pieces))
    return file


async def imported(world: World, file: Path, *, write: bool = True) -> Progress:
    progress = Progress()
    await run(world.database, world.stranger, file, progress, world.services.files, write=write)
    assert progress.report.problems == []
    return progress


async def assistant_of(world: World, progress: Progress) -> str:
    """The name of the assistant of the imported conversation; empty if it has none."""
    (entry,) = progress.report.entries
    opened = await world.services.conversations.open(world.stranger, entry.conversation_id or "", 10)
    names = {each.id: each.name for each in await world.services.assistants.all(world.stranger)}
    return names[opened.assistant_id] if opened.assistant_id else ""


async def test_a_chat_has_the_assistant_of_the_same_file(world: World, tmp_path: Path) -> None:
    file = await exported(world, tmp_path / "all.json")

    progress = await imported(world, file)

    assert await assistant_of(world, progress) == "Cook"


async def test_a_chat_has_the_assistant_of_its_file_where_another_has_the_name(
    world: World, tmp_path: Path
) -> None:
    await saved(world, world.stranger, system_prompt="Another one.")
    file = await exported(world, tmp_path / "all.json")

    assert await assistant_of(world, await imported(world, file)) == "Cook 2"


async def test_a_chat_alone_has_the_assistant_that_is_there(world: World, tmp_path: Path) -> None:
    file = await exported(world, tmp_path / "one.json", chosen=True)
    assert await assistant_of(world, await imported(world, file)) == ""
    await saved(world, world.stranger)

    again = await imported(world, file)

    assert again.report.assistants == 0
    assert await assistant_of(world, again) == "Cook"


async def test_an_assistant_that_a_chat_has_stays(world: World, tmp_path: Path) -> None:
    file = await exported(world, tmp_path / "one.json", chosen=True)
    await saved(world, world.stranger)
    first = await imported(world, file)
    assert await assistant_of(world, first) == "Cook"
    (cook,) = await world.services.assistants.all(world.stranger)
    await world.services.assistants.save(world.stranger, cook.id, COOK | {"name": "Chef"})
    await saved(world, world.stranger)

    assert await assistant_of(world, await imported(world, file)) == "Chef"


async def test_a_preview_ties_nothing(world: World, tmp_path: Path) -> None:
    file = await exported(world, tmp_path / "one.json", chosen=True)
    await imported(world, file)
    await saved(world, world.stranger)

    assert await assistant_of(world, await imported(world, file, write=False)) == ""


@pytest.mark.parametrize(
    ("model", "said", "expected"),
    [
        ("m", "Cook", "Cook"),
        ("m", "Baker", ""),
        ("other", "Cook", ""),
        ("m", ["Cook"], ""),
        ("m", "C" * (MAX_NAME + 1), ""),
    ],
    ids=["imported", "unknown", "another-model", "no-name", "too-long"],
)
async def test_a_chat_of_open_webui_has_the_assistant_that_its_model_is(
    world: World, tmp_path: Path, model: str, said: Any, expected: str
) -> None:
    await saved(world, world.stranger)
    question = webui_message("q", None, "user", "What shall I cook?")
    answer = webui_message("a", "q", "assistant", "Soup.", model=model, modelName=said)
    file = tmp_path / "chats.json"
    file.write_bytes(as_json([open_webui(question, answer)]))

    assert await assistant_of(world, await imported(world, file)) == expected


async def test_a_chat_of_open_webui_with_several_models_has_no_assistant(
    world: World, tmp_path: Path
) -> None:
    await saved(world, world.stranger)
    answer = webui_message("a", None, "assistant", "Soup.", model="m", modelName="Cook")
    chat = open_webui(answer)
    chat["chat"]["models"] = ["m", "n"]
    file = tmp_path / "chats.json"
    file.write_bytes(as_json([chat]))

    assert await assistant_of(world, await imported(world, file)) == ""
