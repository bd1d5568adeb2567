"""Messages with files: what the model gets of them, and what is said about what it does not get."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests import documents
from tests.integration.services.chat.test_context import small_model
from tests.integration.services.files.test_files import PNG, pieces
from tests.integration.services.scripted import Hold, Scripted, saying
from tests.integration.services.world import World, answer_id
from webchat.messages import Message, PicturePart, Role, TextDelta
from webchat.services.errors import FileRefused, PicturesNotTaken, PromptEmpty
from webchat.storage.ids import new_id

LONG = "\n\n".join(f"Paragraph {number} is about nothing. " + "filler " * 60 for number in range(400))


async def upload(world: World, data: bytes = PNG, name: str = "cat.png") -> str:
    found = await world.services.files.saving.receive(world.owner, name, pieces(data))
    return found.id


def asked(script: Scripted, request: int = -1) -> list[Message]:
    return list(script.requests[request].messages)


def pictures(message: Message) -> list[str]:
    return [part.name for part in message.parts if isinstance(part, PicturePart)]


async def names(world: World, message_ids: Sequence[str]) -> list[list[str]]:
    found = await world.services.message_texts.read(world.owner, list(message_ids))
    return [[each.name for each in found[id].files] for id in message_ids]


async def test_a_picture_and_a_document_are_sent_and_shown(world: World) -> None:
    script = world.scripts["Fake"] = saying("A cat.")
    files = [await upload(world), await upload(world, b"It is a cat.", "notes.txt")]
    sent = await world.send("What is it?", files=files)
    await world.ended(answer_id(sent))

    (question,) = asked(script)
    assert pictures(question) == ["cat.png"]
    assert question.text == '<file name="notes.txt">\nIt is a cat.\n</file>\n\nWhat is it?'
    assert await names(world, [each.message.id for each in sent.messages]) == [["cat.png", "notes.txt"], []]


async def test_a_message_may_have_files_alone(world: World) -> None:
    file = await upload(world)
    sent = await world.send(" \n", files=[file])

    assert (sent.title, sent.messages[0].message.content) == ("cat.png", "")
    with pytest.raises(PromptEmpty):
        await world.send("")


async def test_a_repeat_changes_nothing(world: World) -> None:
    file, id = await upload(world), new_id()
    first = await world.send("one", client_id=id, files=[file])
    again = await world.send("one", client_id=id, files=[file])

    assert again.messages[0].message.id == first.messages[0].message.id
    assert await names(world, [first.messages[0].message.id]) == [["cat.png"]]


async def test_a_new_version_keeps_the_files_unless_it_says_otherwise(world: World) -> None:
    script = world.scripts["Fake"] = saying("Yes.")
    sent = await world.send("one", files=[await upload(world)])
    await world.ended(answer_id(sent))
    question, conversation = sent.messages[0].message.id, sent.conversation_id
    await world.asked("two", conversation_id=conversation, edited_id=question, files=None)
    await world.asked("three", conversation_id=conversation, edited_id=question, files=[])

    assert [pictures(asked(script, number)[-1]) for number in range(3)] == [["cat.png"], ["cat.png"], []]


async def test_files_wait_with_a_queued_message(world: World) -> None:
    hold = Hold()
    script = world.scripts["Fake"] = Scripted(TextDelta("Yes."), hold)
    sent = await world.send("one")
    await hold.reached.wait()
    files = [await upload(world), await upload(world, documents.png(colour=1), "dog.png")]
    await world.services.queued_messages.add(world.owner, sent.conversation_id, "", new_id(), files=files[:1])
    await world.services.queued_messages.add(
        world.owner, sent.conversation_id, "two", new_id(), files=files[1:]
    )
    opened = await world.services.conversations.open(world.owner, sent.conversation_id, 9)
    hold.go.set()
    await world.ended(answer_id(sent))
    queued = await world.services.queued_messages.send(world.owner, sent.conversation_id)

    assert (opened.queued, [each.name for each in opened.queued_files]) == ("two", ["cat.png", "dog.png"])
    assert queued is not None
    await world.ended(answer_id(queued))
    assert pictures(asked(script)[-1]) == ["cat.png", "dog.png"]


async def test_what_cannot_be_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file = await upload(world)
    for files, words in (([file, "none"], "no longer there"), ([str(n) for n in range(11)], "at most 10")):
        with pytest.raises(FileRefused, match=words):
            await world.send(files=files)
    monkeypatch.setattr("webchat.services.files.files.MOST_PICTURES", len(PNG) - 1)
    with pytest.raises(FileRefused, match="together"):
        await world.send(files=[file])
    assert await world.listed() == []


async def test_a_provider_that_takes_no_pictures_is_not_asked(world: World) -> None:
    with pytest.raises(PicturesNotTaken, match="cannot see pictures"):
        await world.send(files=[await upload(world)], model="Guide:guide")


async def test_earlier_pictures_go_to_models_that_see(world: World) -> None:
    script = world.scripts["Fake"] = saying("Yes.")
    answer = await world.asked("one", files=[await upload(world)])
    await world.asked("two", conversation_id=answer.conversation_id)
    await world.asked("three", conversation_id=answer.conversation_id, files=[await upload(world)])

    assert asked(script, 1)[0].text == "[Picture: cat.png]\none"
    assert [pictures(asked(script, number)[0]) for number in (1, 2)] == [[], ["cat.png"]]


async def test_a_long_document_is_fitted_with_the_passages_that_fit_the_question(world: World) -> None:
    await small_model(world, 4_000)
    script = world.scripts["Fake"] = saying("42.")
    text = LONG.replace("Paragraph 333 is about nothing", "The zebra weighs 42 kilograms")
    file = await upload(world, text.encode(), 'zoo".txt')
    answer = await world.asked("How much does the zebra weigh?", files=[file])

    (question,) = asked(script)
    assert "The zebra weighs 42 kilograms" in question.text
    assert "Paragraph 0 is" in question.text
    assert question.text.startswith('<file name="zoo\'.txt" note="Shortened: about ')
    assert "[…]" in question.text
    assert len(question.text) < 3 * 3_000
    assert (await world.generation(answer.id)).files_shortened == 1


async def test_what_its_owner_cut_is_not_sent(world: World) -> None:
    script = world.scripts["Fake"] = saying("Yes.")
    file = await upload(world, b"first " * 10 + b"second", "a.txt")
    await world.services.files.limit(world.owner, file, 4)
    answer = await world.asked("Why?", files=[file])

    assert asked(script)[0].text == '<file name="a.txt">\nfirst first \n</file>\n\nWhy?'
    assert (await world.generation(answer.id)).files_shortened == 0


async def test_a_document_that_could_not_be_read_is_named(world: World) -> None:
    script = world.scripts["Fake"] = saying("Yes.")
    await world.asked("Why?", files=[await upload(world, documents.pdf(""), "scan.pdf")])

    assert asked(script)[0].text.startswith('<file name="scan.pdf" note="Its text could not be read.">')
    assert asked(script)[0].role is Role.USER


async def test_a_picture_that_is_gone_is_named(world: World) -> None:
    script = world.scripts["Fake"] = saying("Yes.")
    file = await upload(world)
    _, path = await world.services.files.content(world.owner, file)
    path.unlink()
    await world.asked("Why?", files=[file])

    assert asked(script)[0].text == "[Picture: cat.png]\nWhy?"
