"""Sending: written down once, told to the provider as it stands, refused in words where it cannot be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.errors import error_text
from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.world import MODEL, World, answer_id
from webchat.messages import Message, Role, TextDelta
from webchat.providers.errors import ServiceError as ProviderFailure
from webchat.services.chat.sending import Draft
from webchat.services.errors import ModelUnknown, ParameterInvalid, PromptEmpty, PromptTooLong, ServiceError
from webchat.services.limits import MAX_PROMPT_BYTES
from webchat.storage.errors import ConversationNotFound, MessageNotFound, NotFound, StillAnswering
from webchat.storage.ids import new_id
from webchat.storage.types import MessageStatus

USER, ASSISTANT, SYSTEM = Role.USER, Role.ASSISTANT, Role.SYSTEM


async def test_the_first_send_begins_a_conversation(world: World) -> None:
    sent = await world.send("  How tall is\nMont Blanc?  ", system_prompt="Be brief.", temperature=0.5)

    question, answer = (shown.message for shown in sent.messages)
    assert sent.title == "How tall is Mont Blanc?"
    assert (question.role, question.content) == (USER, "  How tall is\nMont Blanc?  ")
    assert question.status is MessageStatus.COMPLETE
    assert (answer.role, answer.content, answer.status) == (ASSISTANT, "", MessageStatus.STREAMING)
    assert answer.parent_id == question.id
    message = await world.ended(answer.id)
    opened = await world.services.conversations.open(world.owner, sent.conversation_id, 10)
    assert message.content == "Hello there."
    assert (opened.title, opened.model) == (sent.title, MODEL)
    assert (opened.system_prompt, opened.temperature) == ("Be brief.", 0.5)


async def test_a_long_question_is_cut_between_words_for_the_title(world: World) -> None:
    sent = await world.send(
        "Please explain how the tides come about, and why there are two of them every day"
    )

    assert sent.title == "Please explain how the tides come about, and why there are…"


# Once, however often it is repeated.


async def test_a_repeated_send_is_one_send(world: World) -> None:
    script = world.scripts["Fake"] = saying("Once.")
    client_id = new_id()

    sends = await asyncio.gather(*(world.send("Hello", client_id=client_id) for _ in range(3)))
    message = await world.ended(answer_id(sends[0]))
    late = await world.send("Hello", client_id=client_id)

    assert len({answer_id(sent) for sent in [*sends, late]}) == 1
    assert len({sent.conversation_id for sent in [*sends, late]}) == 1
    assert late.messages[-1].message.content == message.content == "Once."
    assert len(script.requests) == 1
    assert len(await world.listed()) == 1


async def test_two_people_may_make_the_same_id(world: World) -> None:
    client_id = new_id()
    mine = await world.send("Mine", client_id=client_id)

    theirs = await world.send("Theirs", client_id=client_id, owner_id=world.stranger)

    assert mine.conversation_id != theirs.conversation_id


# What is refused.


async def test_nothing_is_nothing_to_send(world: World) -> None:
    for text in ("", " ", "\n\t \u00a0\u2003"):
        with pytest.raises(PromptEmpty):
            await world.send(text)

    assert (await world.listed()) == []


@pytest.mark.parametrize("letter", ["a", "😀"])
async def test_exactly_the_limit_passes_and_a_byte_more_does_not(world: World, letter: str) -> None:
    size = len(letter.encode())
    text = letter * (MAX_PROMPT_BYTES // size) + "x" * (MAX_PROMPT_BYTES % size)
    assert len(text.encode()) == MAX_PROMPT_BYTES == 262_144

    sent = await world.send(text)
    with pytest.raises(PromptTooLong) as refusal:
        await world.send(text + "x")

    assert (await world.message(sent.messages[0].message.id)).content == text
    assert refusal.value.size == MAX_PROMPT_BYTES + 1
    assert "257 KB" in str(refusal.value)
    assert "the limit is 256 KB" in str(refusal.value)
    assert len(await world.listed()) == 1


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
FIELDS = ("text", "client_id", "conversation_id", "model", "system_prompt", "temperature")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wrong=st.dictionaries(st.sampled_from(FIELDS), anything, min_size=1, max_size=3))
async def test_random_input_is_accepted_or_refused_with_a_message(
    world: World, wrong: dict[str, Any]
) -> None:
    right = {"text": "Hello", "client_id": new_id(), "conversation_id": None, "model": MODEL}
    before = len(await world.listed())
    refused = False
    try:
        await world.services.sending.send(world.owner, Draft(**(right | wrong)))
    except (ServiceError, NotFound):
        refused = True

    after = len(await world.listed())
    assert after == before + (0 if refused else 1)


@pytest.mark.parametrize("field", ["conversation_id", "edited_id"])
async def test_an_id_with_half_a_character_is_the_id_of_nothing(world: World, field: str) -> None:
    with pytest.raises(NotFound):
        await world.send(**{field: "\ud800"})


async def test_a_wrong_type_is_a_clear_refusal(world: World) -> None:
    allowed = [("conversation_id", None), ("temperature", None), ("temperature", 1.5)]
    for field in FIELDS:
        for wrong in (None, 7, 1.5, True, {"a": 1}, ["a"], b"Hello"):
            if (field, wrong) not in allowed:
                fields: dict[str, Any] = {"text": "Hello", field: wrong}
                with pytest.raises((ServiceError, NotFound)):
                    await world.send(**fields)

    assert (await world.listed()) == []


async def test_invalid_model_or_temperature_is_refused(world: World) -> None:
    for model in ("", "m", ":m", "Fake:", ":"):
        with pytest.raises(ModelUnknown, match="Choose another one"):
            await world.send(model=model)
    for temperature in (-0.1, 2.1, float("nan"), float("inf")):
        with pytest.raises(ParameterInvalid):
            await world.send(temperature=temperature)


async def test_nothing_is_sent_below_an_answer_that_is_being_written(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("One"), hold, DONE)
    sent = await world.send()

    with pytest.raises(StillAnswering):
        await world.send("And then?", conversation_id=sent.conversation_id)

    hold.go.set()
    await world.ended(answer_id(sent))
    again = await world.send("And then?", conversation_id=sent.conversation_id)
    assert again.conversation_id == sent.conversation_id


async def test_somebody_elses_conversation_is_not_there(world: World) -> None:
    sent = await world.send()
    await world.ended(answer_id(sent))

    with pytest.raises(ConversationNotFound):
        await world.send("Let me in", conversation_id=sent.conversation_id, owner_id=world.stranger)
    with pytest.raises(MessageNotFound):
        await world.services.further_answers.retry(world.stranger, answer_id(sent), MODEL)


# What the provider is told.


async def test_provider_gets_the_conversation_from_its_beginning(world: World) -> None:
    script = world.scripts["Fake"] = saying("Yes.")
    sent = await world.send("First?", system_prompt="Be brief.", temperature=0.3)
    await world.ended(answer_id(sent))
    await world.asked("Second?", conversation_id=sent.conversation_id)

    request = script.requests[-1]
    assert request.messages == (
        Message(SYSTEM, "Be brief."),
        Message(USER, "First?"),
        Message(ASSISTANT, "Yes."),
        Message(USER, "Second?"),
    )
    assert (request.model, request.temperature) == ("m", 0.3)


async def test_a_blank_system_prompt_is_not_told(world: World) -> None:
    script = world.scripts["Fake"] = saying("Yes.")

    await world.asked("Hello", system_prompt=" \n")

    assert script.requests[0].messages == (Message(USER, "Hello"),)


async def test_prompt_omits_empty_failures_and_keeps_partial_answers(world: World) -> None:
    world.scripts["Fake"] = Scripted(ProviderFailure("Fake"))
    sent = await world.send("One")
    await world.ended(answer_id(sent))
    world.scripts["Fake"] = Scripted(TextDelta("Half an"), ProviderFailure("Fake"))
    await world.asked("Two", conversation_id=sent.conversation_id)
    script = world.scripts["Fake"] = saying("Good.")
    await world.asked("Three", conversation_id=sent.conversation_id)

    assert [message.content for message in script.requests[0].messages] == ["One", "Two", "Half an", "Three"]


# Retry.


async def test_retry_asks_again_and_keeps_the_old_answer_beside_it(world: World) -> None:
    world.scripts["Fake"] = Scripted(TextDelta("Half"), ProviderFailure("Fake"))
    sent = await world.send("Question")
    failed = await world.ended(answer_id(sent))
    script = world.scripts["Fake"] = saying("Whole.")

    shown = await world.services.further_answers.retry(world.owner, failed.id, "Fake:other")
    answer = await world.ended(shown.message.id)

    assert (answer.content, answer.parent_id, answer.model) == ("Whole.", failed.parent_id, "Fake:other")
    assert script.requests[0].messages == (Message(USER, "Question"),)
    opened = await world.services.conversations.open(world.owner, sent.conversation_id, 10)
    assert [item.message.id for item in opened.window.items] == [failed.parent_id, answer.id]
    assert (await world.message(failed.id)).content == "Half"


async def test_a_running_answer_is_not_asked_again(world: World) -> None:
    hold = Hold()
    script = world.scripts["Fake"] = Scripted(TextDelta("Half"), ProviderFailure("Fake"))
    failed = await world.asked("Question")
    script.steps = (TextDelta("One"), hold, DONE)
    running = await world.services.further_answers.retry(world.owner, failed.id, MODEL)
    await hold.reached.wait()

    with pytest.raises(StillAnswering):
        await world.services.further_answers.retry(world.owner, running.message.id, MODEL)
    with pytest.raises(StillAnswering):  # a second click, before the page shows the new answer
        await world.services.further_answers.retry(world.owner, failed.id, MODEL)
    hold.go.set()
    await world.ended(running.message.id)
    assert len(script.requests) == 2


async def test_only_an_answer_can_be_asked_again(world: World) -> None:
    sent = await world.send()
    await world.ended(answer_id(sent))
    second = await world.send("More", conversation_id=sent.conversation_id)
    await world.ended(answer_id(second))

    for wrong in (sent.messages[0].message.id, second.messages[0].message.id, "nothing", ""):
        with pytest.raises(MessageNotFound):
            await world.services.further_answers.retry(world.owner, wrong, MODEL)
    with pytest.raises(ModelUnknown):
        await world.services.further_answers.retry(world.owner, answer_id(sent), "no model")


# What cannot be asked any more becomes an error card.


async def test_a_provider_that_is_gone_or_off_is_said_on_the_card(world: World) -> None:
    provider_id = await world.add_provider("Off", ["m"])
    await world.services.providers.set_enabled(world.owner, provider_id, False)

    for model, words in (("Gone:m", "no longer a provider named “Gone”"), ("Off:m", "Off is turned off")):
        message = await world.asked(model=model)
        generation = await world.generation(message.id)
        assert message.status is MessageStatus.ERROR
        assert generation.error_code == "bad_configuration"
        assert words in str(error_text(generation))
        assert "Settings" in str(error_text(generation))
