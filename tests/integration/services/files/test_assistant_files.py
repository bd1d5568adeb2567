"""Files of assistants: what conversations begun with one give the model, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.integration.services.chat.test_context import small_model
from tests.integration.services.files.test_files import PNG, contents, pieces, purge
from tests.integration.services.files.test_sending import LONG, asked, pictures, upload
from tests.integration.services.scripted import saying
from tests.integration.services.world import World
from webchat.messages import Role
from webchat.services.assistants.values import MAX_FILES
from webchat.services.catalogue.catalogue import abilities_of
from webchat.services.catalogue.usable import Usable
from webchat.services.chat import answer_start
from webchat.services.errors import AssistantInvalid, FileRefused
from webchat.services.files.reading import Reading
from webchat.storage.ids import new_id
from webchat.storage.queries import users
from webchat.storage.types import UserRole, utc_now

RECIPE = b"Bread needs flour."
AS_TEXT = '<file name="recipe.txt">\nBread needs flour.\n</file>\n\n'


async def made(world: World, *files: str, **more: object) -> str:
    """An assistant with these files."""
    entered = {"name": "Cook", "system_prompt": "You cook.", "files": list(files)} | more
    return await world.services.assistants.save(world.owner, "", entered)


async def names(world: World, assistant: str) -> list[str]:
    return [each.name for each in await world.services.assistants.files(world.owner, assistant)]


async def names_in(world: World, conversation: str) -> list[str]:
    opened = await world.services.conversations.open(world.owner, conversation, 9)
    return [each.name for each in opened.files]


def models_that_see(monkeypatch: pytest.MonkeyPatch) -> None:
    before = abilities_of

    def sees(found: Usable, *of: str) -> object:
        return replace(before(found, *of), sees=True)

    monkeypatch.setattr(answer_start, "abilities_of", sees)


async def test_they_come_before_the_first_message_of_each_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = world.scripts["Fake"] = saying("Flour.")
    cook = await made(world, await upload(world, RECIPE, "recipe.txt"), await upload(world))
    first = await world.asked("What is in it?", assistant_id=cook, system_prompt="You cook.")
    models_that_see(monkeypatch)
    await world.asked("And then?", conversation_id=first.conversation_id)

    system, given, question = asked(script, 0)
    assert (system.text, question.text) == ("You cook.", "What is in it?")
    assert (given.role, given.text) == (Role.USER, f"{AS_TEXT}[Picture: cat.png]\n")
    assert [each.text for each in asked(script, 1)][1:] == [AS_TEXT, "What is in it?", "Flour.", "And then?"]
    assert pictures(asked(script, 1)[1]) == ["cat.png"]
    assert await names_in(world, first.conversation_id) == ["recipe.txt", "cat.png"]


async def test_a_conversation_keeps_its_files_whatever_happens_to_the_assistant(world: World) -> None:
    of, script = world.services, saying("Yes.")
    world.scripts["Fake"] = script
    recipe = await upload(world, RECIPE, "recipe.txt")
    cook = await made(world, recipe)
    talk = (await world.asked("one", assistant_id=cook)).conversation_id

    await of.files.limit(world.owner, recipe, 1)
    await of.assistants.save(world.owner, cook, {"name": "Cook", "files": []})
    await world.asked("two", conversation_id=talk)
    await of.assistants.delete(world.owner, cook)
    await purge(world)
    await world.asked("three", conversation_id=talk)

    assert [asked(script, number)[0].text for number in range(3)] == [AS_TEXT] * 3
    assert await names_in(world, talk) == ["recipe.txt"]
    (kept,) = (await of.conversations.open(world.owner, talk, 9)).files
    with pytest.raises(FileRefused, match="was sent"):
        await of.files.remove(world.owner, kept.id)
    await of.conversations.delete(world.owner, talk)
    await purge(world)
    assert contents(world) == []


async def test_a_long_one_is_fitted_and_stays_when_the_conversation_gets_long(world: World) -> None:
    await small_model(world, 4_000)
    script = world.scripts["Fake"] = saying("x" * 2_000)
    text = LONG.replace("Paragraph 333 is about nothing", "The zebra weighs 42 kilograms")
    cook = await made(world, await upload(world, text.encode(), "zoo.txt"))
    answer = await world.asked("How much does the zebra weigh?", assistant_id=cook)
    generation = await world.generation(answer.id)
    assert generation.files_shortened == 1
    for _ in range(4):
        answer = await world.asked("And the zebra " + "y" * 1_000, conversation_id=answer.conversation_id)

    for number in range(5):
        given = asked(script, number)[0].text
        assert given.startswith('<file name="zoo.txt" note="Shortened: about 2,000 of ')
        assert "The zebra weighs 42 kilograms" in given
    assert (await world.generation(answer.id)).left_out > 0


async def test_the_assistant_keeps_those_that_a_form_does_not_name(world: World) -> None:
    recipe, cat = await upload(world, RECIPE, "recipe.txt"), await upload(world)
    cook = await made(world, recipe, recipe, cat)
    assistants = world.services.assistants
    await assistants.save(world.owner, cook, {"name": "Baker"})
    assert await names(world, cook) == ["recipe.txt", "cat.png"]
    beginning = await assistants.beginning(world.owner, cook)
    assert [each.name for each in beginning.files] == ["recipe.txt", "cat.png"]
    await assistants.save(world.owner, cook, {"name": "Baker", "files": [cat, recipe]})
    assert await names(world, cook) == ["cat.png", "recipe.txt"]

    await assistants.duplicate(world.owner, cook)
    copy = (await assistants.all(world.owner))[1].id
    await assistants.save(world.owner, cook, {"name": "Baker", "files": [cat]})
    assert await names(world, copy) == ["cat.png", "recipe.txt"]
    await purge(world)
    assert (await names(world, copy), len(contents(world))) == (["cat.png", "recipe.txt"], 3)


async def test_documents_are_cut_with_what_else_is_saved(world: World) -> None:
    recipe, notes = [await upload(world, RECIPE, name) for name in ("recipe.txt", "notes.txt")]
    theirs = (await world.services.files.saving.receive(world.stranger, "a.txt", pieces(RECIPE))).id
    cook = await made(world, recipe, notes, cuts={recipe: 2, theirs: 1})
    assistants = world.services.assistants

    async def cuts() -> list[int | None]:
        return [each.cut for each in await assistants.files(world.owner, cook)]

    assert await cuts() == [2, None]
    assert (await world.services.files.look(world.stranger, theirs)).cut is None
    both: dict[str, Any] = {"name": "Cook", "files": [recipe, notes]}
    wrong: list[dict[str, Any]] = [{"cuts": {notes: 0}}, {"cuts": {notes: 3}, "name": ""}]
    for refused in wrong:
        with pytest.raises((FileRefused, AssistantInvalid)):
            await assistants.save(world.owner, cook, both | refused)
        assert await cuts() == [2, None]
    await assistants.save(world.owner, cook, both)
    assert await cuts() == [2, None]
    await assistants.save(world.owner, cook, both | {"cuts": {recipe: None, notes: 3}})
    assert await cuts() == [None, 3]


async def test_files_that_an_assistant_cannot_have(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = await upload(world, RECIPE, "recipe.txt")
    theirs = (await world.services.files.saving.receive(world.stranger, "a.png", pieces(PNG))).id
    cook = await made(world, recipe)
    for files, reason in (
        ([recipe, theirs], "files_gone"),
        ([recipe, new_id()], "files_gone"),
        (recipe, "files_gone"),
        ([1], "files_gone"),
        ([str(number) for number in range(MAX_FILES + 1)], "files_too_many"),
    ):
        with pytest.raises(AssistantInvalid) as refused:
            await world.services.assistants.save(world.owner, cook, {"name": "Other", "files": files})
        assert refused.value.reason == reason
    monkeypatch.setattr("webchat.services.assistants.files.MAX_FILES_SIZE", len(PNG))
    with pytest.raises(AssistantInvalid, match="together"):
        await made(world, recipe, await upload(world))

    assert [each.name for each in await world.services.assistants.all(world.owner)] == ["Cook"]
    assert await names(world, cook) == ["recipe.txt"]


async def test_a_document_that_is_still_being_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = await upload(world, RECIPE, "recipe.txt")
    cook = await made(world, recipe)

    async def never(reading: Reading, hashes: list[str], seconds: float) -> bool:
        return not hashes

    monkeypatch.setattr(Reading, "wait", never)
    with pytest.raises(AssistantInvalid, match="still being read"):
        await made(world, recipe)
    with pytest.raises(FileRefused, match="still being read"):
        await world.send("one", assistant_id=cook)
    assert await world.listed() == []


async def test_a_repetition_has_the_files_too(world: World) -> None:
    script = world.scripts["Fake"] = saying("Yes.")
    cook = await made(world, await upload(world, RECIPE, "recipe.txt"))
    talk = (await world.asked("one", assistant_id=cook)).conversation_id
    again = await world.services.repeats.begin(world.owner, talk, "Fake:m")
    opened = await world.services.conversations.open(world.owner, again, 9)
    await world.ended(opened.window.items[-1].message.id)
    await world.services.conversations.delete(world.owner, talk)
    await purge(world)

    assert asked(script)[0].text == AS_TEXT
    assert await names_in(world, again) == ["recipe.txt"]


async def test_they_go_with_the_account(world: World) -> None:
    world.scripts["Fake"] = saying("Yes.")
    cook = await made(world, await upload(world, RECIPE, "recipe.txt"))
    await world.asked("one", assistant_id=cook)
    async with world.database.write() as session:
        await users.add(session, "ann", UserRole.MEMBER, None, adopted=world.owner)
        await users.delete_account(session, world.owner, utc_now())
    await purge(world)
    await purge(world)
    assert contents(world) == []
