"""A long conversation over the services: what does not fit is left out, counted, and said."""

from __future__ import annotations

from tests.integration.services.scripted import Scripted, saying
from tests.integration.services.steering import talk
from tests.integration.services.world import MODEL, World
from webchat.messages import Message, Role, TextDelta
from webchat.providers.errors import TruncatedAnswer
from webchat.services.provider_details import Details
from webchat.services.sending import GO_ON
from webchat.storage.queries import providers


async def small_model(world: World, tokens: int) -> None:
    """Let the provider's models hold this many tokens."""
    async with world.database.write() as session:
        row = await providers.get_by_name(session, world.owner, "Fake")
        assert row is not None
        await providers.update(session, world.owner, row.id, options={**row.options, "context": tokens})


def contents(script: Scripted) -> list[str]:
    return [turn.content for turn in script.requests[-1].messages]


async def test_the_oldest_are_left_out_and_counted(world: World) -> None:
    id, _ = await talk(world, *(f"{number} " + "x" * 88 for number in range(10)))
    await world.services.conversations.change_system_prompt(world.owner, id, "Be brief.")
    await small_model(world, 240)  # 180 for what is told; a question takes 34, an answer 8
    script = world.scripts["Fake"] = saying("Yes.")

    answer = await world.asked("the last", conversation_id=id)

    told = script.requests[0].messages
    assert told[0] == Message(Role.SYSTEM, "Be brief.")
    assert told[-1] == Message(Role.USER, "the last")
    assert [turn.content[0] for turn in told[1:-1:2]] == ["7", "8", "9"]
    assert told[1].role is Role.USER
    generation = await world.generation(answer.id)
    assert generation.left_out == 20 + 1 + 1 - len(told)


async def test_a_short_conversation_is_told_whole(world: World) -> None:
    id, _ = await talk(world, "one", "two")
    answer = await world.asked("three", conversation_id=id)

    assert (await world.generation(answer.id)).left_out == 0


async def test_a_question_larger_than_the_model_is_asked_all_the_same(world: World) -> None:
    await small_model(world, 10)
    id, _ = await talk(world, "one")
    script = world.scripts["Fake"] = saying("Too long.")

    answer = await world.asked("y" * 1000, conversation_id=id, system_prompt="Not for this one.")

    assert contents(script) == ["y" * 1000]
    assert (await world.generation(answer.id)).left_out == 2


async def test_another_answer_is_counted_for_itself(world: World) -> None:
    _, ids = await talk(world, "one " + "x" * 300, "two")
    await small_model(world, 100)

    again = await world.services.sending.retry(world.owner, ids[3], MODEL)
    await world.ended(again.message.id)

    assert (await world.generation(ids[3])).left_out == 0
    assert (await world.generation(again.message.id)).left_out == 2


async def test_to_go_on_the_question_and_the_beginning_always_stay(world: World) -> None:
    id, _ = await talk(world, "before")
    half = "half " * 100
    world.scripts["Fake"] = Scripted(TextDelta(half), TruncatedAnswer("Fake"))
    cut = await world.asked("z" * 300, conversation_id=id)
    await small_model(world, 50)
    script = world.scripts["Fake"] = saying("and whole.")

    await world.services.sending.continue_answer(world.owner, cut.id, MODEL)
    await world.ended(cut.id)

    assert contents(script) == ["z" * 300, half, GO_ON]
    assert (await world.generation(cut.id)).left_out == 2


async def test_the_first_of_many_providers_to_answer_may_be_the_smallest(world: World) -> None:
    id, _ = await talk(world, "one " + "x" * 300, "two")
    await world.services.providers.save(world.owner, None, Details("Small", "http://127.0.0.1:9/v1"))
    async with world.database.write() as session:
        row = await providers.get_by_name(session, world.owner, "Small")
        assert row is not None
        await providers.update(session, world.owner, row.id, models=["tiny"], options={"context": 100})

    answer = await world.asked("three", conversation_id=id, model="Auto:auto")

    assert (await world.generation(answer.id)).left_out == 2
