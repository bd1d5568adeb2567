"""Conversations as a person uses them: listed, opened, named, deleted, and never somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.services.scripted import DONE, Hold, Scripted
from tests.integration.services.world import MODEL, World, answer_id
from webchat.messages import ReasoningDelta, Role, TextDelta
from webchat.services.chat.message_texts import MessageText
from webchat.services.chat.window import OPENING
from webchat.services.errors import ModelUnknown, ParameterInvalid, PromptTooLong, TitleInvalid
from webchat.services.limits import MAX_PROMPT_BYTES
from webchat.storage.errors import ConversationNotFound, MessageNotFound
from webchat.storage.types import MessageStatus


async def conversation(world: World, text: str, *more: str, model: str = MODEL) -> str:
    sent = await world.send(text, model=model)
    await world.ended(answer_id(sent))
    for question in more:
        await world.asked(question, conversation_id=sent.conversation_id, model=model)
    return sent.conversation_id


async def test_the_one_used_last_comes_first(world: World) -> None:
    first = await conversation(world, "First")
    second = await conversation(world, "Second")
    await world.asked("Again", conversation_id=first)

    recent = await world.listed()

    assert [item.id for item in recent] == [first, second]
    assert [item.title for item in recent] == ["First", "Second"]
    assert [item.id for item in (await world.services.conversations.page(world.owner, "", "", 1)).items] == [
        first
    ]


async def test_the_history_comes_in_pages_that_can_be_filtered(world: World) -> None:
    ids = [await conversation(world, f"Number {number}") for number in range(5)]
    other = await conversation(world, "Übung macht den Meister", model="Fake:other")
    history = world.services.conversations

    seen, cursor = [], ""
    while True:
        page = await history.page(world.owner, "", cursor, 2)
        seen += [item.id for item in page.items]
        cursor = page.cursor
        if not cursor:
            break

    assert seen == [other, *reversed(ids)]
    assert [item.id for item in (await history.page(world.owner, "Fake:other", "", 9)).items] == [other]
    assert await history.models_used(world.owner) == [MODEL, "Fake:other"]
    assert (await history.page(world.stranger, "", "", 9)).items == []


async def test_a_long_one_is_opened_at_its_end_and_read_upwards(world: World) -> None:
    id = await conversation(world, "q0", "q1", "q2", "q3")
    service = world.services.conversations

    opened = await service.open(world.owner, id, 3)
    older = await service.older(world.owner, id, opened.window.items[0].message.id, 3)
    oldest = await service.older(world.owner, id, older.items[0].message.id, 3)

    contents = [item.message.content for part in (oldest, older, opened.window) for item in part.items]
    assert contents == [text for n in range(4) for text in (f"q{n}", "Hello there.")]
    assert [opened.window.has_older, older.has_older, oldest.has_older] == [True, True, False]
    assert [item.generation is None for item in oldest.items] == [True, False]


async def test_the_words_of_a_running_answer_are_those_so_far(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(ReasoningDelta("Hm."), TextDelta("So far"), hold, DONE)
    sent = await world.send("Question")
    await hold.reached.wait()
    question, answer = (shown.message.id for shown in sent.messages)
    words = world.services.message_texts.read

    assert await words(world.owner, [answer, question, "nothing"]) == {
        answer: MessageText(Role.ASSISTANT, "So far", "Hm.", is_streaming=True),
        question: MessageText(Role.USER, "Question", ""),
    }
    assert await words(world.stranger, [answer, question]) == {}
    hold.go.set()
    await world.ended(answer)


async def test_words_beyond_what_is_wanted_are_left_for_the_next_time(world: World) -> None:
    sent = await world.send("x" * 60)
    await world.ended(answer_id(sent))
    first, answer = (shown.message.id for shown in sent.messages)
    hold = Hold()
    world.scripts["Fake"] = Scripted(ReasoningDelta("r" * 30), TextDelta("y" * 30), hold, DONE)
    again = await world.send("Again", conversation_id=sent.conversation_id)
    await hold.reached.wait()
    running = answer_id(again)
    ids, words = [first, "nothing", running, answer], world.services.message_texts.read

    async def within(most: int | None) -> list[str]:
        return list(await words(world.owner, ids, most))

    assert sorted(await within(None)) == sorted([first, running, answer])
    assert await within(1) == [first]
    # A running answer counts with what it has by now, its reasoning too.
    assert await within(119) == [first]
    assert sorted(await within(120)) == sorted([first, running])
    assert sorted(await within(120 + len("Hello there."))) == sorted([first, running, answer])
    assert list(await words(world.owner, ids[2:], 1)) == [running]
    hold.go.set()
    await world.ended(running)


async def test_the_first_words_of_a_conversation_are_those_it_opens_with(world: World) -> None:
    id = await conversation(world, *(f"q{number}" for number in range(OPENING)))
    service, texts = world.services.conversations, world.services.message_texts
    opened = [item.message for item in (await service.open(world.owner, id, OPENING)).window.items]
    middle = (await service.older(world.owner, id, opened[0].id, 1)).items[0].message

    found = await texts.read_opening(world.owner, id, "", 10_000)
    around = await texts.read_opening(world.owner, id, middle.id, 10_000)

    assert {key: words.text for key, words in found.items()} == {each.id: each.content for each in opened}
    assert next(iter(found)) == opened[-1].id
    assert len(around) == OPENING
    assert middle.id in around
    assert len(await texts.read_opening(world.owner, id, "", 1)) == 1
    assert await texts.read_opening(world.stranger, id, "", 10_000) == {}
    assert await texts.read_opening(world.owner, "nothing", "", 10_000) == {}


async def test_a_running_answer_is_not_among_the_first_words(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("So far"), hold, DONE)
    sent = await world.send("Question")
    await hold.reached.wait()
    words = world.services.message_texts.read_opening

    assert list(await words(world.owner, sent.conversation_id, "", 100)) == [sent.messages[0].message.id]
    hold.go.set()
    await world.ended(answer_id(sent))


async def test_renaming_keeps_one_line(world: World) -> None:
    id = await conversation(world, "First")
    rename = world.services.conversations.rename

    assert await rename(world.owner, id, " A new\nname ") == "A new name"
    assert (await world.services.conversations.open(world.owner, id, 1)).title == "A new name"
    for wrong in ("", "x" * 201, None):
        with pytest.raises(TitleInvalid):
            await rename(world.owner, id, wrong)  # type: ignore[arg-type]


async def test_deleting_can_be_undone(world: World) -> None:
    id = await conversation(world, "First")
    service = world.services.conversations

    assert await service.delete(world.owner, id) == "First"
    assert (await service.page(world.owner, "", "", 10)).items == []
    with pytest.raises(ConversationNotFound):
        await service.open(world.owner, id, 10)
    with pytest.raises(ConversationNotFound):
        await world.send("More", conversation_id=id)
    await service.restore(world.owner, id)
    assert len((await service.open(world.owner, id, 10)).window.items) == 2
    with pytest.raises(ConversationNotFound):
        await service.restore(world.owner, id)


async def test_one_deleted_in_mid_answer_comes_back_with_what_had_come(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("One "), hold, TextDelta("two."), DONE)
    sent = await world.send()
    await hold.reached.wait()
    await world.services.conversations.delete(world.owner, sent.conversation_id)
    hold.go.set()
    await world.ended(answer_id(sent))
    await world.services.conversations.restore(world.owner, sent.conversation_id)

    opened = await world.services.conversations.open(world.owner, sent.conversation_id, 10)
    message = opened.window.items[-1].message
    assert (message.content, message.status) == ("One ", MessageStatus.STOPPED)


async def test_parameters_hold_from_the_next_message_on(world: World) -> None:
    id = await conversation(world, "First")
    service, settings = world.services.conversations, world.services.conversation_settings

    assert await settings.choose_model(world.owner, id, "Fake:other") == "Fake:other"
    assert await settings.change_system_prompt(world.owner, id, "Be brief.") == "Be brief."
    assert await settings.change_temperature(world.owner, id, 1) == 1.0

    opened = await service.open(world.owner, id, 1)
    assert (opened.model, opened.system_prompt, opened.temperature) == ("Fake:other", "Be brief.", 1.0)
    await settings.change_temperature(world.owner, id, None)
    assert (await service.open(world.owner, id, 1)).temperature is None


async def test_wrong_parameters_change_nothing(world: World) -> None:
    id = await conversation(world, "First")
    service, settings = world.services.conversations, world.services.conversation_settings
    wrong_calls: list[tuple[Any, Any, type[Exception]]] = [
        (settings.choose_model, "no model", ModelUnknown),
        (settings.choose_model, {"a": 1}, ModelUnknown),
        (settings.choose_model, "Fake:" + "x" * 10_000, ModelUnknown),
        (settings.change_system_prompt, "x" * (MAX_PROMPT_BYTES + 1), PromptTooLong),
        (settings.change_system_prompt, 7, ParameterInvalid),
        (settings.change_temperature, 2.5, ParameterInvalid),
        (settings.change_temperature, "1", ParameterInvalid),
    ]
    for call, value, error in wrong_calls:
        for where in (id, None):
            with pytest.raises(error):
                await call(world.owner, where, value)

    opened = await service.open(world.owner, id, 1)
    assert (opened.model, opened.system_prompt, opened.temperature) == (MODEL, "", None)


async def test_somebody_elses_is_not_there(world: World) -> None:
    id = await conversation(world, "Mine")
    service, stranger = world.services.conversations, world.stranger
    settings = world.services.conversation_settings
    answer = (await service.open(world.owner, id, 1)).window.items[0].message.id

    calls = [
        service.open(stranger, id, 10),
        service.older(stranger, id, answer, 10),
        service.rename(stranger, id, "Stolen"),
        service.delete(stranger, id),
        service.restore(stranger, id),
        settings.choose_model(stranger, id, MODEL),
        settings.change_system_prompt(stranger, id, "Be rude."),
        settings.change_temperature(stranger, id, 1.0),
    ]
    for call in calls:
        with pytest.raises(ConversationNotFound):
            await call
    with pytest.raises(MessageNotFound):
        await service.message(stranger, answer)
    assert (await service.open(world.owner, id, 1)).title == "Mine"
