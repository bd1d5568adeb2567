"""`Auto` as users get it: who answered and what was tried."""

from __future__ import annotations

import pytest

from tests.errors import error_text
from tests.integration.services.answers.several_providers import providers, quota, told
from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.world import World, answer_id, answer_tasks
from webchat.messages import Role, TextDelta
from webchat.providers.errors import ProviderError, ServiceError, TruncatedAnswer
from webchat.providers.health import FAILURES_TO_OPEN
from webchat.services.catalogue.catalogue import AUTO_MODEL
from webchat.services.chat.further_answers import GO_ON
from webchat.storage.queries import providers as queries
from webchat.storage.types import GenerationStatus, MessageStatus


async def test_auto_falls_over_to_the_next_and_says_who_answered(world: World) -> None:
    await providers(
        world, One=quota("One"), Two=Scripted(ServiceError("Two", status=500)), Three=saying("Hi.")
    )

    message = await world.asked(model=AUTO_MODEL)

    assert (message.content, message.status, message.model) == (
        "Hi.",
        MessageStatus.COMPLETE,
        "Three:three-1",
    )
    generation = await world.generation(message.id)
    assert (generation.provider, generation.model, generation.error_code) == ("Three", "three-1", None)
    attempts = await world.attempts(message.id)
    assert told(attempts) == [
        (1, "One", "one-1", "quota_exceeded"),
        (2, "Two", "two-1", "service_error"),
        (3, "Three", "three-1", None),
    ]
    assert [(each.error_arguments or {}).get("service_words") for each in attempts] == [
        "One: 当前地区当日额度已消耗完",
        None,
        None,
    ]
    assert "One's quota is used up" in str(error_text(attempts[0]))
    assert [each.first_text_at is not None for each in attempts] == [False, False, True]
    moments = [moment for each in attempts for moment in (each.started_at, each.ended_at)]
    assert moments == sorted(moments)  # type: ignore[type-var]
    assert generation.first_text_at == attempts[2].first_text_at
    conversation = await world.services.conversations.open(world.owner, message.conversation_id, 1)
    assert conversation.model == AUTO_MODEL, "the next message is asked of Auto again"


async def test_auto_asks_enabled_providers_in_order_without_the_guide(world: World) -> None:
    ids = await providers(world, One=saying("1"), Two=saying("2"), Three=saying("3"))
    settings = world.services.providers

    async def answered() -> str:
        return str((await world.asked(model=AUTO_MODEL)).model)

    assert await answered() == "One:one-1"
    await settings.reorder(world.owner, [ids["Three"], ids["Two"], ids["One"]])
    assert await answered() == "Three:three-1"
    await settings.set_enabled(world.owner, ids["Three"], False)
    assert await answered() == "Two:two-1"
    await settings.set_enabled(world.owner, ids["Two"], False)
    await settings.set_enabled(world.owner, ids["One"], False)
    message = await world.asked(model=AUTO_MODEL)
    generation = await world.generation(message.id)
    assert (message.status, generation.error_code) == (MessageStatus.ERROR, "nobody_to_ask")
    assert await world.attempts(message.id) == []
    assert "Guide" not in [built["kind"] for built in world.built]


async def test_if_nobody_answers_the_card_names_all(world: World) -> None:
    await providers(world, One=quota("One"), Two=Scripted(ServiceError("Two")), Three=quota("Three"))

    message = await world.asked(model=AUTO_MODEL)

    generation = await world.generation(message.id)
    assert (message.content, message.status, message.model) == ("", MessageStatus.ERROR, AUTO_MODEL)
    assert (generation.status, generation.error_code) == (GenerationStatus.ERROR, "none_answered")
    for words in (
        "All 3 available providers",
        "One's quota",
        "Two had a server error",
        "Three's quota",
        "Settings",
    ):
        assert words in str(error_text(generation))
    attempts = await world.attempts(message.id)
    assert told(attempts) == [
        (1, "One", "one-1", "quota_exceeded"),
        (2, "Two", "two-1", "service_error"),
        (3, "Three", "three-1", "quota_exceeded"),
    ], "the last attempt has its own error"
    assert all(each.ended_at for each in attempts)


async def test_an_answer_that_broke_off_is_never_spliced(world: World) -> None:
    error = TruncatedAnswer("One", partial_text="The beginning of")
    two = saying("something else.")
    await providers(world, One=Scripted(TextDelta("The beginning of"), error), Two=two)

    message = await world.asked(model=AUTO_MODEL)

    assert (message.content, message.status, message.model) == (
        "The beginning of",
        MessageStatus.ERROR,
        "One:one-1",
    )
    assert two.requests == []
    assert told(await world.attempts(message.id)) == [(1, "One", "one-1", "truncated_answer")]

    await world.services.further_answers.continue_answer(world.owner, message.id, "Two:two-2")
    continued = await world.ended(message.id)
    assert (continued.content, continued.status, continued.model) == (
        "The beginning ofsomething else.",
        MessageStatus.COMPLETE,
        "Two:two-2",
    )
    (request,) = two.requests
    assert [turn.content for turn in request.messages] == ["Hello", "The beginning of", GO_ON]
    assert [turn.role for turn in request.messages] == [Role.USER, Role.ASSISTANT, Role.USER]
    assert told(await world.attempts(message.id)) == [
        (1, "One", "one-1", "truncated_answer"),
        (2, "Two", "two-2", None),
    ]


async def test_a_broken_answer_can_be_continued_by_auto(world: World) -> None:
    error = TruncatedAnswer("One", partial_text="A")
    await providers(world, One=Scripted(TextDelta("A"), error), Two=saying("B"))
    message = await world.asked(model="One:one-1")
    world.scripts["One"] = quota("One")

    await world.services.further_answers.continue_answer(world.owner, message.id, AUTO_MODEL)

    continued = await world.ended(message.id)
    assert (continued.content, continued.model) == ("AB", "Two:two-1")
    assert [each.provider for each in await world.attempts(message.id)] == ["One", "One", "Two"]


async def test_paused_provider_is_skipped_by_auto_unless_chosen(world: World) -> None:
    one = quota("One")
    await providers(world, One=one, Two=saying("Two."))
    for _ in range(FAILURES_TO_OPEN + 2):
        assert (await world.asked(model=AUTO_MODEL)).content == "Two."
    assert len(one.requests) == FAILURES_TO_OPEN

    world.scripts["One"] = saying("Back.")
    assert (await world.asked(model=AUTO_MODEL)).model == "Two:two-1"
    assert (await world.asked(model="One:one-2")).content == "Back."
    assert (await world.asked(model=AUTO_MODEL)).model == "One:one-1"


async def test_one_whose_key_cannot_be_read_is_passed_over(world: World) -> None:
    ids = await providers(world, One=saying("1"), Two=saying("2"))
    async with world.database.write() as session:
        await queries.update(session, world.owner, ids["One"], secret="not encrypted here")

    assert (await world.asked(model=AUTO_MODEL)).model == "Two:two-1"


async def test_while_it_falls_over_the_page_says_so(world: World) -> None:
    hold = Hold()
    await providers(world, One=quota("One"), Two=Scripted(hold, TextDelta("Hi."), DONE))
    message_id = answer_id(await world.send(model=AUTO_MODEL))
    await hold.reached.wait()
    live = await world.generations.find(world.owner, message_id)
    assert live is not None

    notes = []
    async for piece in live.follow(live.position, interval=lambda: 0):
        notes.append(piece.note)
        hold.go.set()

    assert [note for note in notes if note is not None] == ["One did not answer. Trying Two…", ""]


@pytest.mark.parametrize("said", ["", "So far"], ids=["before the first text", "in mid-answer"])
async def test_stop_under_auto_asks_nobody_else(world: World, said: str) -> None:
    hold, two = Hold(), saying("2")
    steps = [TextDelta(said)] if said else []
    await providers(world, One=Scripted(*steps, hold), Two=two)
    message_id = answer_id(await world.send(model=AUTO_MODEL))
    await hold.reached.wait()

    await world.generations.stop(world.owner, message_id)

    message = await world.message(message_id)
    assert (message.content, message.status) == (said, MessageStatus.STOPPED)
    assert message.model == ("One:one-1" if said else AUTO_MODEL)
    assert told(await world.attempts(message_id)) == [(1, "One", "one-1", None)]
    assert two.requests == []
    assert answer_tasks() == []


async def test_a_provider_with_a_mistake_in_it_is_passed_over(world: World) -> None:
    await providers(world, One=Scripted(KeyError("choices")), Two=saying("2"))

    message = await world.asked(model=AUTO_MODEL)

    assert message.content == "2"
    assert told(await world.attempts(message.id))[0] == (1, "One", "one-1", ProviderError.code)
