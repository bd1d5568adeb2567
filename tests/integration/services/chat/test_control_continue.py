"""Going on with a cut-off answer, in place, and asking again with another model."""

from __future__ import annotations

import asyncio

import pytest

from tests.integration.services.scripted import DONE, Hold, Scripted, Step, saying
from tests.integration.services.steering import places, shown, talk
from tests.integration.services.world import MODEL, World, answer_id
from webchat.messages import Finish, FinishReason, Message, ReasoningDelta, Role, TextDelta, Usage
from webchat.providers.errors import TruncatedAnswer
from webchat.services.chat.further_answers import GO_ON
from webchat.services.chat.versions import version_of
from webchat.services.errors import NothingToContinue
from webchat.storage.errors import MessageNotFound, StillAnswering
from webchat.storage.types import MessageStatus

HALF = "Grüße, 你好 👋🏽\u2028 \r\n  so f"
REST = "ar\n\n and on\ufeff.  "


async def cut_off(world: World, how: str) -> str:
    """A half answer that ended in an error, by Stop or by a crash; its id."""
    hold = Hold()
    end: Step = TruncatedAnswer("Fake") if how == "error" else hold
    if how == "length":
        end = Finish(FinishReason.LENGTH, "length")
    world.scripts["Fake"] = Scripted(ReasoningDelta("Hm. "), TextDelta(HALF), Usage(10, 5), end)
    message_id = answer_id(await world.send("Question", system_prompt="Be brief.", temperature=0.3))
    if how in ("stopped", "interrupted"):
        await hold.reached.wait()
    if how == "stopped":
        await world.generations.stop(world.owner, message_id)
    if how == "interrupted":
        await world.generations.close(grace=0)
        await world.generations.open()
    message = await world.ended(message_id)
    assert (message.content, message.status) == (HALF, "complete" if how == "length" else how)
    return message_id


@pytest.mark.parametrize("model", [MODEL, "Fake:other"], ids=["same model", "other model"])
@pytest.mark.parametrize("how", ["error", "stopped", "interrupted", "length"])
async def test_the_rest_is_added_to_what_there_is(world: World, how: str, model: str) -> None:
    message_id = await cut_off(world, how)
    script = world.scripts["Fake"] = Scripted(TextDelta(REST[:3]), TextDelta(REST[3:]), Usage(20, 7), DONE)

    resumed = await world.services.further_answers.continue_answer(world.owner, message_id, model)
    message = await world.ended(message_id)

    assert (resumed.message.id, resumed.message.status) == (message_id, MessageStatus.STREAMING)
    assert message.content == HALF + REST
    assert (message.reasoning, message.status, message.model) == ("Hm. ", MessageStatus.COMPLETE, model)
    assert script.requests[0].messages == (
        Message(Role.SYSTEM, "Be brief."),
        Message(Role.USER, "Question"),
        Message(Role.ASSISTANT, HALF),
        Message(Role.USER, GO_ON),
    )
    assert (script.requests[0].model, script.requests[0].temperature) == (model.partition(":")[2], 0.3)
    generation = await world.generation(message_id)
    assert (generation.input_tokens, generation.output_tokens) == (30, 12)
    assert generation.error_code is None
    assert [attempt.number for attempt in await world.attempts(message_id)] == [1, 2]


async def test_a_page_knows_that_an_answer_was_continued(world: World) -> None:
    message_id = await cut_off(world, "stopped")
    first, opened = world.services.message_texts.read_opening, world.services.conversations.open
    talk_id = (await world.message(message_id)).conversation_id
    before = (await first(world.owner, talk_id, "", 1000))[message_id]
    world.scripts["Fake"] = Scripted(TextDelta(REST), DONE)

    await world.services.further_answers.continue_answer(world.owner, message_id, MODEL)
    await world.ended(message_id)
    after = (await first(world.owner, talk_id, "", 1000))[message_id]
    rows = (await opened(world.owner, talk_id, 10)).window.items

    assert (before.text, after.text) == (HALF, HALF + REST)
    assert before.version != after.version == version_of(rows[-1])


async def test_words_repeated_at_the_seam_stand_once(world: World) -> None:
    world.scripts["Fake"] = Scripted(TextDelta("The quick brown"), TruncatedAnswer("Fake"))
    answer = await world.asked("Question")
    world.scripts["Fake"] = Scripted(TextDelta("quick b"), TextDelta("rown"), DONE)
    await world.services.further_answers.continue_answer(world.owner, answer.id, MODEL)
    assert (await world.ended(answer.id)).content == "The quick brown"
    world.scripts["Fake"] = Scripted(
        TextDelta("Once. The quick brown"), Finish(FinishReason.LENGTH, "length")
    )
    answer = await world.asked("Question")
    world.scripts["Fake"] = Scripted(TextDelta("brown"), TextDelta(" fox."), DONE)

    await world.services.further_answers.continue_answer(world.owner, answer.id, MODEL)

    assert (await world.ended(answer.id)).content == "Once. The quick brown fox."


async def test_continuation_without_token_count_keeps_the_first_count(world: World) -> None:
    message_id = await cut_off(world, "error")
    world.scripts["Fake"] = saying(REST)

    await world.services.further_answers.continue_answer(world.owner, message_id, MODEL)
    await world.ended(message_id)

    generation = await world.generation(message_id)
    assert (generation.input_tokens, generation.output_tokens) == (10, 5)


async def test_repeated_clicks_ask_once(world: World) -> None:
    message_id = await cut_off(world, "error")
    hold = Hold()
    script = world.scripts["Fake"] = Scripted(hold, TextDelta(REST), DONE)
    go_on = world.services.further_answers.continue_answer

    clicks = await asyncio.gather(
        *(go_on(world.owner, message_id, MODEL) for _ in range(5)), return_exceptions=True
    )
    hold.go.set()
    message = await world.ended(message_id)
    with pytest.raises(NothingToContinue):  # a click on a page that has not heard of the end yet
        await go_on(world.owner, message_id, MODEL)

    assert [type(click) for click in clicks if isinstance(click, Exception)] == [StillAnswering] * 4
    assert len(script.requests) == 1
    assert message.content == HALF + REST


async def test_a_rest_that_breaks_off_too_is_gone_on_with_again(world: World) -> None:
    message_id = await cut_off(world, "interrupted")
    words = HALF
    for piece in ("one ", "two ", "three"):
        script = world.scripts["Fake"] = Scripted(TextDelta(piece), TruncatedAnswer("Fake"))
        await world.services.further_answers.continue_answer(world.owner, message_id, MODEL)
        message = await world.ended(message_id)
        assert script.requests[0].messages[-2] == Message(Role.ASSISTANT, words)
        words += piece
        assert (message.content, message.status) == (words, MessageStatus.ERROR)
    assert len(await world.attempts(message_id)) == 4


async def test_continuing_an_empty_answer_sends_the_original_prompt(world: World) -> None:
    world.scripts["Fake"] = Scripted(TruncatedAnswer("Fake"))
    failed = await world.asked("Question")
    script = world.scripts["Fake"] = saying("Whole.")

    await world.services.further_answers.continue_answer(world.owner, failed.id, MODEL)

    assert (await world.ended(failed.id)).content == "Whole."
    assert script.requests[0].messages == (Message(Role.USER, "Question"),)


async def test_only_a_cut_off_answer_of_ones_own_can_be_continued(world: World) -> None:
    _, (question, answer) = await talk(world, "one")
    go_on = world.services.further_answers.continue_answer

    with pytest.raises(NothingToContinue):
        await go_on(world.owner, answer, MODEL)
    for owner, wrong in ((world.owner, question), (world.owner, "nothing"), (world.stranger, answer)):
        with pytest.raises(MessageNotFound):
            await go_on(owner, wrong, MODEL)
    assert (await world.message(answer)).status is MessageStatus.COMPLETE


# Another answer.


async def test_every_answer_to_a_question_is_kept_with_its_model(world: World) -> None:
    id, ids = await talk(world, "one", "two")
    for number, model in enumerate(("Fake:other", MODEL), start=2):
        world.scripts["Fake"] = saying(f"Answer {number}.")
        found = await world.services.further_answers.retry(world.owner, ids[3], model)
        assert (await world.ended(found.message.id)).model == model

    assert await shown(world, id) == ["one", "Hello there.", "two", "Answer 3."]
    assert await places(world, id) == {"Answer 3.": (3, 3)}
    await world.services.branches.switch_branch(world.owner, ids[3])
    assert await shown(world, id) == ["one", "Hello there.", "two", "Hello there."]
    # What was answered once is what the next question stands below.
    script = world.scripts["Fake"] = saying("Yes.")
    await world.asked("three", conversation_id=id)
    assert [turn.content for turn in script.requests[0].messages][-2:] == ["Hello there.", "three"]


async def test_regenerating_an_earlier_answer_keeps_the_old_branch(world: World) -> None:
    id, ids = await talk(world, "one", "two")
    world.scripts["Fake"] = saying("Another.")

    found = await world.services.further_answers.retry(world.owner, ids[1], MODEL)
    await world.ended(found.message.id)

    assert await shown(world, id) == ["one", "Another."]
    await world.services.branches.switch_branch(world.owner, ids[1])
    assert await shown(world, id) == ["one", "Hello there.", "two", "Hello there."]
