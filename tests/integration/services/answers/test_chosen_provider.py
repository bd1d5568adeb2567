"""A provider that the user chose: retries, waits for a loading model, and every attempt kept."""

from __future__ import annotations

from pathlib import Path

from tests.errors import error_text
from tests.integration.services.answers.several_providers import providers, told
from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.world import World, answer_id
from webchat.messages import ReasoningDelta, TextDelta, Usage
from webchat.providers.errors import BadRequest, ModelLoading, RateLimitError, ServiceError, ToolCallWanted
from webchat.storage.types import MessageStatus


async def test_a_chosen_provider_is_retried_and_every_try_is_kept(world: World) -> None:
    one = Scripted(RateLimitError("One", status=429, retry_after=3, service_words="Slow down"))
    two = saying("Two.")
    await providers(world, One=one, Two=two)

    message = await world.asked(model="One:one-2")

    assert world.waits == [3, 3]
    assert [request.model for request in one.requests] == ["one-2"] * 3
    assert two.requests == [], "a person's choice is not overruled"
    attempts = await world.attempts(message.id)
    assert told(attempts) == [(number, "One", "one-2", "rate_limited") for number in (1, 2, 3)]
    assert [(each.error_arguments or {}).get("service_words") for each in attempts] == ["Slow down"] * 3
    assert (message.status, message.model) == (MessageStatus.ERROR, "One:one-2")


async def test_while_a_model_is_loading_the_page_says_so(world: World) -> None:
    one = Scripted(ModelLoading("One", status=503, service_words="Loading model"))
    await providers(world, One=one)
    hold = Hold()
    message_id = answer_id(await world.send(model="One:one-1"))
    live = await world.generations.find(world.owner, message_id)
    assert live is not None

    notes = []
    async for piece in live.follow(live.position, interval=lambda: 0):
        notes.append(piece.note)
        one.steps = (hold, TextDelta("Here."), DONE)
        hold.go.set()

    assert [note for note in notes if note is not None] == ["One is loading the model…", ""]
    message = await world.message(message_id)
    assert (message.content, message.status) == ("Here.", MessageStatus.COMPLETE)
    assert told(await world.attempts(message_id)) == [(1, "One", "one-1", None)]


async def test_a_tool_call_is_paid_for_once(world: World) -> None:
    one = Scripted(ToolCallWanted("One"))
    await providers(world, One=one)

    message = await world.asked(model="One:one-1")

    assert len(one.requests) == 1
    generation = await world.generation(message.id)
    assert generation.error_code == "tool_call_wanted"
    assert "wanted to call a tool" in str(error_text(generation))


async def test_reasoning_without_an_answer_does_not_look_complete(world: World) -> None:
    await providers(world, One=Scripted(ReasoningDelta("Hm."), DONE))

    message = await world.asked(model="One:one-1")

    assert (message.status, message.reasoning) == (MessageStatus.ERROR, "Hm.")
    assert (await world.generation(message.id)).error_code == "only_reasoning"
    world.scripts["One"] = saying("42")
    await world.services.further_answers.continue_answer(world.owner, message.id, "One:one-1")
    continued = await world.ended(message.id)
    assert (continued.content, continued.status) == ("42", MessageStatus.COMPLETE)


async def test_reasoning_in_tags_is_not_stored_as_text_or_sent_back(world: World) -> None:
    one = Scripted(TextDelta("<think>Hm.</th"), TextDelta("ink>\n42"), DONE)
    await providers(world, One=one)

    message = await world.asked(model="One:one-1")
    await world.asked("Why?", conversation_id=message.conversation_id, model="One:one-1")

    assert (message.content, message.reasoning) == ("42", "Hm.")
    assert [turn.content for turn in one.requests[-1].messages] == ["Hello", "42", "Why?"]


async def test_token_count_too_large_to_store_keeps_the_answer(world: World) -> None:
    await providers(world, One=Scripted(TextDelta("42"), Usage(7, 2**64 - 1), DONE))

    message = await world.asked(model="One:one-1")

    generation = await world.generation(message.id)
    assert (message.content, message.status) == ("42", MessageStatus.COMPLETE)
    assert (generation.input_tokens, generation.output_tokens) == (7, None)


async def test_a_refused_request_is_not_retried(world: World) -> None:
    await providers(world, One=Scripted(BadRequest("One", status=400)), Two=saying("2"))

    message = await world.asked(model="One:one-1")

    assert world.waits == []
    assert len(await world.attempts(message.id)) == 1


class Patient(World):
    """Waits for a retry until it is told to go on."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.retry = Hold()

    async def _wait(self, seconds: float) -> None:
        await self.retry.pass_by()


async def test_stop_before_a_retry_keeps_the_error_of_the_attempt(folder: Path) -> None:
    world = Patient(folder)
    await world.open()
    world.scripts["Fake"] = Scripted(ServiceError("Fake", status=503))
    message_id = answer_id(await world.send())
    await world.retry.reached.wait()

    await world.generations.stop(world.owner, message_id)

    assert (await world.message(message_id)).status is MessageStatus.STOPPED
    assert told(await world.attempts(message_id)) == [(1, "Fake", "m", "service_error")]
    await world.close()
