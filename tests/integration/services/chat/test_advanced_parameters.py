"""Advanced parameters of conversations and providers: kept, encrypted where secret, and sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.services.scripted import Scripted, saying
from tests.integration.services.world import MODEL, World
from webchat.messages import Finish, FinishReason, TextDelta
from webchat.providers.parameters import ALL_PARAMETERS, NO_PARAMETERS, Parameters
from webchat.services.catalogue.catalogue import abilities_of
from webchat.services.catalogue.details import Details
from webchat.services.catalogue.providers import BuiltIn
from webchat.services.errors import AdvancedInvalid
from webchat.services.parameters import KEPT
from webchat.storage.errors import ConversationNotFound
from webchat.storage.types import MessageStatus

SECRET = "sk-secret-of-the-header"
ENTERED = {"max_tokens": "9", "headers": f"X-Key: {SECRET}", "body": '{"top_k": 4}'}
SENT = Parameters(max_tokens=9, headers={"X-Key": SECRET}, body={"top_k": 4})


async def change(world: World, conversation_id: str | None, **entered: str) -> dict[str, Any]:
    return await world.services.conversation_settings.change_parameters(
        world.owner, conversation_id, entered, {}
    )


def everything_stored(world: World) -> str:
    return "\n".join(path.read_bytes().decode("latin-1") for path in world.folder.glob("webchat.db*"))


async def test_parameters_of_a_conversation_are_sent_and_encrypted(world: World) -> None:
    script = world.scripts["Fake"] = saying("Hi")
    answer = await world.asked("One")
    assert script.requests[-1].parameters == NO_PARAMETERS
    await change(world, answer.conversation_id, **ENTERED)

    await world.asked("Two", conversation_id=answer.conversation_id)

    assert script.requests[-1].parameters == SENT
    assert SECRET not in everything_stored(world)
    opened = await world.services.conversations.open(world.owner, answer.conversation_id, 1)
    assert SECRET not in str(opened)


async def test_parameters_chosen_before_the_first_message_are_kept(world: World) -> None:
    script = world.scripts["Fake"] = saying("Hi")
    stored = await change(world, None, **ENTERED)

    answer = await world.asked("One", parameters=stored)

    assert script.requests[-1].parameters == SENT
    opened = await world.services.conversations.open(world.owner, answer.conversation_id, 1)
    assert opened.parameters == stored


async def test_a_refused_value_changes_nothing(world: World) -> None:
    answer = await world.asked("One")
    before = await change(world, answer.conversation_id, **ENTERED)

    with pytest.raises(AdvancedInvalid):
        await change(world, answer.conversation_id, seed="x", max_tokens="5")

    opened = await world.services.conversations.open(world.owner, answer.conversation_id, 1)
    assert opened.parameters == before
    # A field that the form does not have keeps its value.
    assert await change(world, answer.conversation_id, max_tokens="") == {
        name: before[name] for name in ("headers", "body")
    }


async def test_a_stranger_cannot_change_parameters(world: World) -> None:
    answer = await world.asked("One")

    with pytest.raises(ConversationNotFound):
        await world.services.conversation_settings.change_parameters(
            world.stranger, answer.conversation_id, ENTERED, {}
        )


async def test_a_cut_off_answer_is_continued_with_a_new_limit(world: World) -> None:
    world.scripts["Fake"] = Scripted(TextDelta("Half"), Finish(FinishReason.LENGTH, "length"))
    stored = await change(world, None, max_tokens="1")
    answer = await world.asked("One", parameters=stored)
    script = world.scripts["Fake"] = saying(" and half.")
    await change(world, answer.conversation_id, max_tokens="100")

    await world.services.further_answers.continue_answer(world.owner, answer.id, MODEL)

    assert (await world.ended(answer.id)).content == "Half and half."
    assert script.requests[0].parameters == Parameters(max_tokens=100)


async def test_headers_that_cannot_be_read_end_the_answer_with_the_reason(world: World) -> None:
    answer = await world.asked("One", parameters={"headers": {"X-Key": "of another key file"}})

    assert answer.status is MessageStatus.ERROR
    generation = await world.generation(answer.id)
    assert "headers" in str(generation.error_arguments)


async def test_parameters_of_a_provider_are_given_to_it(world: World) -> None:
    id = await world.services.providers.save(
        world.owner, None, Details("Mine", "http://127.0.0.1:9/v1", parameters=ENTERED)
    )
    await world.asked("One", model="Mine:m")

    assert world.built[-1]["parameters"] == SENT
    assert SECRET not in everything_stored(world)
    (shown,) = [each for each in await world.services.providers.all(world.owner) if each.id == id]
    assert (shown.parameters["headers"], shown.parameters["max_tokens"]) == (f"X-Key: {KEPT}", "9")


async def test_stored_headers_are_not_sent_to_a_new_address(world: World) -> None:
    save, first = world.services.providers.save, "http://127.0.0.1:9/v1"
    id = await save(world.owner, None, Details("Mine", first, parameters=ENTERED))
    again = {"headers": f"X-Key: {KEPT}"}

    with pytest.raises(AdvancedInvalid) as refused:
        await save(world.owner, id, Details("Mine", "https://elsewhere.example/v1", parameters=again))
    assert refused.value.field == "headers"
    await save(world.owner, id, Details("Mine", f"{first}/", parameters=again))
    await save(
        world.owner, id, Details("Mine", "https://elsewhere.example/v1", parameters={"headers": "X-Key: new"})
    )

    await world.asked("One", model="Mine:m")
    assert world.built[-1]["parameters"].headers == {"X-Key": "new"}


async def offered(world: World, model_id: str) -> frozenset[str]:
    provider, _, model = model_id.partition(":")
    return abilities_of(await world.services.catalogue.usable(world.owner), provider, model).parameters


async def test_only_what_a_provider_sends_is_offered(world: World) -> None:
    await world.services.providers.open(world.owner)
    assert await offered(world, "Fake:m") == await offered(world, "Auto:auto") == ALL_PARAMETERS
    assert await offered(world, "Guide:guide") == frozenset()


@pytest.mark.parametrize(("kind", "sent"), [("FlowGpt", {"temperature"}), ("FreeGpt", set())])
async def test_a_free_service_offers_what_it_sends(world: World, kind: str, sent: set[str]) -> None:
    world.services.providers._built_in = {kind: BuiltIn(kind, ["m"], "https://service.example")}
    await world.services.providers.open(world.owner)

    assert await offered(world, f"{kind}:m") == sent
