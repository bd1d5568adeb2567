"""A model that names its limit when it refuses a conversation: it is asked once more, with what fits."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from tests.errors import error_text
from tests.integration.services.scripted import DONE, Scripted, saying
from tests.integration.services.steering import talk
from tests.integration.services.world import MODEL, World
from webchat.messages import StreamEvent, TextDelta
from webchat.providers.errors import ContextTooLong, ServiceError, TruncatedAnswer
from webchat.providers.request import ChatRequest
from webchat.services.answers.context import estimated_tokens
from webchat.services.chat.further_answers import GO_ON

LONG = [f"{number} " + "x" * 88 for number in range(10)]
"""Questions of about 34 tokens; an answer takes 8."""


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


def contents(script: Scripted) -> list[str]:
    return [turn.text for turn in script.requests[-1].messages]


async def test_model_that_names_its_limit_gets_a_shorter_prompt(world: World) -> None:
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


async def test_conversation_still_too_long_fails_with_the_limit(world: World) -> None:
    id, _ = await talk(world, *LONG)
    script = world.scripts["Fake"] = Small(100, 240)

    answer = await world.asked("the last", conversation_id=id)

    generation = await world.generation(answer.id)
    assert len(script.requests) == 2
    assert generation.error_code == "context_too_long"
    assert "whose limit is 240 tokens" in str(error_text(generation))


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


async def test_continuing_within_a_limit_keeps_question_and_beginning(world: World) -> None:
    id, _ = await talk(world, *LONG)
    half = "half " * 100
    world.scripts["Fake"] = Scripted(TextDelta(half), TruncatedAnswer("Fake"))
    cut = await world.asked("z" * 300, conversation_id=id)
    script = world.scripts["Fake"] = Small(400, 50, TextDelta("and whole."), DONE)

    await world.services.further_answers.continue_answer(world.owner, cut.id, MODEL)
    continued = await world.ended(cut.id)

    assert continued.content == half + "and whole."
    assert contents(script) == ["z" * 300, half, GO_ON]
    assert (await world.generation(cut.id)).left_out == 20


async def test_left_out_count_is_that_of_the_provider_that_answered(world: World) -> None:
    id, _ = await talk(world, *LONG)
    await world.add_provider("Large", ["l"], saying("Yes."))
    world.scripts["Fake"] = Small(240, 240, ServiceError("Fake"))

    answer = await world.asked("the last", conversation_id=id, model="Auto:auto")

    assert answer.model == "Large:l"
    assert (await world.generation(answer.id)).left_out == 0
