"""What an export has in it: whole trees, current branches, and nobody else's."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from tests.integration.services.world import World
from webchat.messages import Role
from webchat.services.transfer import reading
from webchat.services.transfer.export_format import ExportFormat
from webchat.services.transfer.exports import Download
from webchat.services.transfer.file_names import file_name
from webchat.storage.errors import ConversationNotFound
from webchat.storage.queries import conversations, messages
from webchat.storage.tables import Message


async def written(download: Download) -> bytes:
    return b"".join([piece async for piece in download.pieces])


async def exported(world: World, format: ExportFormat = ExportFormat.JSON, *ids: str) -> bytes:
    return await written(await world.services.exports.export(world.owner, format, ids or None))


async def as_json(world: World, *ids: str) -> dict[str, Any]:
    found = json.loads(await exported(world, ExportFormat.JSON, *ids))
    assert isinstance(found, dict)
    return found


@pytest.fixture
async def answer(world: World) -> Message:
    return await world.asked("Why is the **sky** blue?")


async def test_nothing_is_an_empty_file(world: World) -> None:
    found = await as_json(world)

    assert (found["format"], found["version"], found["conversations"]) == ("webchat-export", 1, [])


async def test_json_has_the_whole_tree_with_its_generations(world: World, answer: Message) -> None:
    again = await world.services.further_answers.retry(world.owner, answer.id, "Fake:other")
    await world.ended(again.message.id)
    (one,) = (await as_json(world))["conversations"]
    first, *answers = one["messages"]

    assert (first["role"], first["content"]) == ("user", "Why is the **sky** blue?")
    assert "parent_id" not in first
    assert {each["parent_id"] for each in answers} == {first["id"]}
    assert len(answers) == 2
    assert one["current_message_id"] in {each["id"] for each in answers}
    generation = answers[0]["generation"]
    assert (generation["provider"], generation["model"], generation["status"]) == ("Fake", "m", "complete")
    assert [attempt["number"] for attempt in generation["attempts"]] == [1]


async def test_a_deleted_message_keeps_its_place_and_loses_its_text(world: World, answer: Message) -> None:
    await world.services.branches.delete_pair(world.owner, answer.id)
    (one,) = (await as_json(world))["conversations"]

    assert [each["content"] for each in one["messages"]] == ["", ""]
    assert all("deleted_at" in each and "generation" not in each for each in one["messages"])


@pytest.mark.parametrize("limit", [1, 3])
async def test_long_conversations_are_read_in_parts(
    world: World, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    async with world.database.write() as session:
        for number in range(4):
            row = await conversations.create(session, world.owner, title=f"Talk {number}")
            parent = None
            for words in range(number * 2):
                parent = await messages.add(
                    session,
                    world.owner,
                    row.id,
                    parent_id=parent.id if parent else None,
                    role=Role.ASSISTANT if words % 2 else Role.USER,
                    content=f"{number}.{words}",
                )
            row.current_leaf_id = parent.id if parent else None
    whole = await as_json(world), await exported(world, ExportFormat.HTML)
    monkeypatch.setattr(reading, "MESSAGES_AT_ONCE", limit)
    monkeypatch.setattr(reading, "CONVERSATIONS_AT_ONCE", 2)
    parts = await as_json(world), await exported(world, ExportFormat.HTML)

    assert parts[0]["conversations"] == whole[0]["conversations"]
    assert parts[1] == whole[1]
    assert [len(each["messages"]) for each in parts[0]["conversations"]] == [0, 2, 4, 6]


async def test_markdown_of_one_is_a_file_and_of_all_an_archive(world: World, answer: Message) -> None:
    await world.asked("And *this*?")
    one = await world.services.exports.export(world.owner, ExportFormat.MARKDOWN, [answer.conversation_id])
    every = await exported(world, ExportFormat.MARKDOWN)

    text = (await written(one)).decode()
    assert one.name == "Why is the sky blue.md"
    assert text.startswith("# Why is the \\*\\*sky\\*\\* blue?\n\nExported on ")
    assert "\n**Question**\n\nWhy is the **sky** blue?\n\n**Answer** (m)\n\nHello there.\n" in text
    with zipfile.ZipFile(io.BytesIO(every)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 2
        assert text in [archive.read(name).decode() for name in archive.namelist()]


async def test_html_runs_no_script_and_shows_the_current_branch(world: World, answer: Message) -> None:
    download = await world.services.exports.export(world.owner, ExportFormat.HTML, [answer.conversation_id])
    page = (await written(download)).decode()

    assert "Content-Security-Policy" in page
    assert "default-src &#x27;none&#x27;" in page
    assert "<script" not in page
    assert page.count("<article") == 2
    assert "<details" not in page
    assert page.endswith("</html>\n")


async def test_html_of_all_folds_each_conversation(world: World, answer: Message) -> None:
    await world.asked("<script>alert(1)</script>")
    page = (await exported(world, ExportFormat.HTML)).decode()

    assert page.count("<details>") == page.count("</details>") == 2
    assert "<script" not in page


async def test_what_cannot_be_shown_is_in_every_export(world: World, answer: Message) -> None:
    async with world.database.write() as session:
        row = await messages.require(session, world.owner, answer.conversation_id, answer.id)
        row.raw = [{"odd": "```"}]
    (one,) = (await as_json(world))["conversations"]
    text = (await exported(world, ExportFormat.MARKDOWN, answer.conversation_id)).decode()

    assert one["messages"][1]["raw"] == [{"odd": "```"}]
    assert "This part cannot be shown here:\n\n````json\n" in text


async def test_only_the_owner_s_conversations_are_exported(world: World, answer: Message) -> None:
    stranger = world.stranger
    download = await world.services.exports.export(stranger, ExportFormat.JSON)
    assert json.loads(await written(download))["conversations"] == []
    with pytest.raises(ConversationNotFound):
        await world.services.exports.export(stranger, ExportFormat.JSON, [answer.conversation_id])


async def test_a_deleted_conversation_is_not_exported(world: World, answer: Message) -> None:
    await world.services.conversations.delete(world.owner, answer.conversation_id)

    assert (await as_json(world))["conversations"] == []
    with pytest.raises(ConversationNotFound):
        await world.services.exports.export(world.owner, ExportFormat.JSON, [answer.conversation_id])


async def test_an_export_of_everything_leaves_out_temporary_chats(world: World, answer: Message) -> None:
    async with world.database.write() as session:
        temporary = await conversations.create(session, world.owner, temporary=True)

    found = (await as_json(world))["conversations"]
    assert [each["id"] for each in found] == [answer.conversation_id]
    assert [each["id"] for each in (await as_json(world, temporary.id))["conversations"]] == [temporary.id]


async def test_an_archive_that_breaks_off_leaves_nothing_behind(world: World, answer: Message) -> None:
    download = await world.services.exports.export(world.owner, ExportFormat.MARKDOWN)
    await anext(download.pieces)
    await download.pieces.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc passwd.md"),
        ("C:\\x\0\r\n", "C x.md"),
        ("Привет, 世界!", "Привет 世界.md"),
        ("...", "conversation.md"),
        ("a" * 500, "a" * 80 + ".md"),
    ],
)
def test_a_file_name_is_safe(title: str, name: str) -> None:
    assert file_name(title, "md") == name
