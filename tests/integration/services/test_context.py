"""A long conversation over the services: what does not fit is left out, counted, and said."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from tests.integration.services.scripted import DONE, Scripted, saying
from tests.integration.services.steering import talk
from tests.integration.services.world import MODEL, World
from webchat.messages import Message, Role, StreamEvent, TextDelta
from webchat.providers.base import ChatRequest
from webchat.providers.errors import ContextTooLong, ServiceError, TruncatedAnswer
from webchat.services.context import estimated_tokens
from webchat.services.provider_details import Details
from webchat.services.sending import GO_ON
from webchat.storage.queries import providers


class Small(Scripted):
    """Refuses more than `holds` tokens by the estimate, and names `limit` as what it holds."""

    def __init__(self, holds: int, limit: int | None, *steps: StreamEvent | Exception) -> None:
        super().__init__(*(steps or (TextDelta("Yes."), DONE)))
        self.holds = holds
        self.limit = limit

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        if sum(map(estimated_tokens, request.messages)) > self.holds:
            self.requests.append(request)
            raise ContextTooLong(self.name, status=400, limit=self.limit)
        async for event in super().generate(request):
            yield event


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


LONG = [f"{number} " + "x" * 88 for number in range(10)]
"""Questions of about 34 tokens; an answer takes 8."""


async def test_a_model_that_names_its_limit_is_asked_again_with_what_fits(world: World) -> None:
    id, _ = await talk(world, *LONG)
    script = world.scripts["Fake"] = Small(240, 240)

    answer = await world.asked("the last", conversation_id=id)

    assert answer.content == "Yes."
    assert [len(request.messages) for request in script.requests] == [21, 9]
    assert contents(script)[-1] == "the last"
    assert (await world.generation(answer.id)).left_out == 12
    (attempt,) = await world.attempts(answer.id)
    assert attempt.error_code is None


async def test_the_next_question_does_not_fail_first(world: World) -> None:
    id, _ = await talk(world, *LONG)
    script = world.scripts["Fake"] = Small(240, 240)
    await world.asked("first", conversation_id=id)

    answer = await world.asked("second", conversation_id=id)

    assert len(script.requests) == 3
    assert contents(script)[-1] == "second"
    assert (await world.generation(answer.id)).left_out == 23 - len(script.requests[-1].messages)


async def test_another_model_of_the_provider_is_told_all(world: World) -> None:
    id, _ = await talk(world, *LONG)
    script = world.scripts["Fake"] = Small(240, 240)
    await world.asked("first", conversation_id=id)
    script.holds = 1000

    answer = await world.asked("second", conversation_id=id, model="Fake:other")

    assert len(contents(script)) == 23
    assert (await world.generation(answer.id)).left_out == 0


async def test_an_estimate_that_is_too_low_is_mended(world: World) -> None:
    """What was refused should have fitted by the estimate: less of it is told, not the same again."""
    id, _ = await talk(world, *LONG)
    script = world.scripts["Fake"] = Small(330, 100_000)

    answer = await world.asked("the last", conversation_id=id)

    assert answer.content == "Yes."
    assert len(contents(script)) < 21


async def test_a_conversation_that_is_still_too_long_fails_with_the_limit(world: World) -> None:
    id, _ = await talk(world, *LONG)
    script = world.scripts["Fake"] = Small(100, 240)

    answer = await world.asked("the last", conversation_id=id)

    generation = await world.generation(answer.id)
    assert len(script.requests) == 2
    assert generation.error_code == "context_too_long"
    assert "which holds 240 tokens" in str(generation.error_message)


async def test_one_long_question_is_not_sent_twice(world: World) -> None:
    script = world.scripts["Fake"] = Small(240, 240)

    answer = await world.asked("y" * 5000)

    assert len(script.requests) == 1
    assert (await world.generation(answer.id)).error_code == "context_too_long"


async def test_without_a_limit_nothing_is_left_out(world: World) -> None:
    id, _ = await talk(world, *LONG)
    script = world.scripts["Fake"] = Small(240, None)

    answer = await world.asked("the last", conversation_id=id)

    assert len(script.requests) == 1
    assert (await world.generation(answer.id)).left_out == 0


async def test_to_go_on_within_a_limit_the_question_and_the_beginning_stay(world: World) -> None:
    id, _ = await talk(world, *LONG)
    half = "half " * 100
    world.scripts["Fake"] = Scripted(TextDelta(half), TruncatedAnswer("Fake"))
    cut = await world.asked("z" * 300, conversation_id=id)
    script = world.scripts["Fake"] = Small(400, 50, TextDelta("and whole."), DONE)

    await world.services.sending.continue_answer(world.owner, cut.id, MODEL)
    continued = await world.ended(cut.id)

    assert continued.content == half + "and whole."
    assert contents(script) == ["z" * 300, half, GO_ON]
    assert (await world.generation(cut.id)).left_out == 20


async def test_what_one_provider_was_not_told_says_nothing_of_the_one_that_answered(world: World) -> None:
    id, _ = await talk(world, *LONG)
    await world.add_provider("Large", ["l"], saying("Yes."))
    world.scripts["Fake"] = Small(240, 240, ServiceError("Fake"))

    answer = await world.asked("the last", conversation_id=id, model="Auto:auto")

    assert answer.model == "Large:l"
    assert (await world.generation(answer.id)).left_out == 0
