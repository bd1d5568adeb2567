"""`Auto` and retries as a person gets them: who answered, what was tried, and what settings do to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.errors import error_text
from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.world import World, answer_id, answer_tasks
from webchat.messages import ReasoningDelta, Role, TextDelta, Usage
from webchat.providers.errors import (
    BadRequest,
    ModelLoading,
    ProviderError,
    QuotaExceeded,
    RateLimitError,
    ServiceError,
    ToolCallWanted,
    TruncatedAnswer,
)
from webchat.providers.health import FAILURES_TO_OPEN
from webchat.providers.wire.deadlines import Deadlines
from webchat.services.catalogue.catalogue import AUTO_MODEL
from webchat.services.catalogue.details import Details
from webchat.services.chat.further_answers import GO_ON
from webchat.storage.queries import providers as queries
from webchat.storage.tables import Attempt
from webchat.storage.types import GenerationStatus, MessageStatus, utc_now

URL = "http://127.0.0.1:9/v1"


def quota(name: str) -> Scripted:
    return Scripted(QuotaExceeded(name, service_words=f"{name}: 当前地区当日额度已消耗完"))


async def providers(world: World, **scripts: Scripted) -> dict[str, str]:
    """These providers and no other, in this order; returns their ids."""
    for row in await world.services.providers.all(world.owner):
        if row.name == "Fake":
            await world.services.providers.remove(world.owner, row.id)
    return {
        name: await world.add_provider(name, [f"{name.lower()}-1", f"{name.lower()}-2"], script)
        for name, script in scripts.items()
    }


async def add_service(world: World, name: str, kind: str = "FreeGpt") -> str:
    """One of the free services, which has cookies instead of a key."""
    async with world.database.write() as session:
        row = await queries.add(session, world.owner, kind=kind, name=name)
        await queries.set_models(session, world.owner, row.id, ["s"], utc_now())
        return row.id


def told(attempts: Sequence[Attempt]) -> list[tuple[int, str, str, str | None]]:
    return [(each.number, each.provider, each.model, each.error_code) for each in attempts]


# Auto.


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


# One that was chosen.


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


# Settings apply to the next message.


async def test_changed_provider_settings_apply_to_the_next_message(world: World) -> None:
    ids = await providers(world, One=saying("1"))
    await world.asked(model="One:one-1")
    before = world.built[-1]
    details = Details(
        "One",
        "http://127.0.0.1:10/v1",
        "sk-new",
        proxy="socks5://me:word@127.0.0.1:1080",
        deadlines={"connect": 3, "total": 90},
    )
    await world.services.providers.save(world.owner, ids["One"], details)
    await world.asked(model="One:one-1")

    assert (before["base_url"], before["api_key"], before["deadlines"]) == (URL, None, Deadlines())
    assert "proxy" not in before
    assert world.built[-1] == {
        "kind": "OpenAICompatible",
        "name": "One",
        "base_url": "http://127.0.0.1:10/v1",
        "api_key": "sk-new",
        "proxy": "socks5://me:word@127.0.0.1:1080",
        "deadlines": Deadlines(connect=3, total=90),
    }
    await world.services.providers.save(world.owner, ids["One"], replace(details, proxy=None, secret=None))
    await world.asked(model="One:one-1")
    assert world.built[-1]["proxy"] == "socks5://me:word@127.0.0.1:1080", "kept unless it is forgotten"
    await world.services.providers.save(world.owner, ids["One"], replace(details, proxy="", deadlines={}))
    await world.asked(model="One:one-1")
    assert "proxy" not in world.built[-1]
    assert world.built[-1]["deadlines"] == Deadlines()


async def test_changed_mirrors_and_cookies_apply_to_the_next_message(world: World) -> None:
    service = await add_service(world, "FreeGpt")
    await world.asked(model="FreeGpt:s")
    assert {"base_url", "cookies", "api_key"}.isdisjoint(world.built[-1])

    mirrors = "https://a.example, https://b.example\nhttps://c.example"
    await world.services.providers.save(
        world.owner, service, Details("FreeGpt", mirrors, "session=abc; theme=dark")
    )
    await world.asked(model="FreeGpt:s")
    assert world.built[-1]["base_url"] == ["https://a.example", "https://b.example", "https://c.example"]
    assert world.built[-1]["cookies"] == {"session": "abc", "theme": "dark"}

    await world.services.providers.save(world.owner, service, Details("FreeGpt", "https://a.example"))
    await world.asked(model="FreeGpt:s")
    assert world.built[-1]["base_url"] == "https://a.example"
    await world.services.providers.save(world.owner, service, Details("FreeGpt", ""))
    await world.asked(model="FreeGpt:s")
    assert "base_url" not in world.built[-1], "the service's own again"


async def test_a_provider_that_was_switched_off_is_not_asked(world: World) -> None:
    ids = await providers(world, One=saying("1"), Two=saying("2"))
    await world.services.providers.set_enabled(world.owner, ids["One"], False)

    message = await world.asked(model="One:one-1")

    assert (await world.generation(message.id)).error_code == "bad_configuration"
    await world.services.providers.set_enabled(world.owner, ids["One"], True)
    assert (await world.asked(model="One:one-1")).content == "1"


async def test_new_settings_wake_a_provider_that_rests(world: World) -> None:
    ids = await providers(world, One=Scripted(ServiceError("One")), Two=saying("2"))
    for _ in range(FAILURES_TO_OPEN):
        await world.asked(model=AUTO_MODEL)
    world.scripts["One"] = saying("1")
    assert (await world.asked(model=AUTO_MODEL)).content == "2"

    await world.services.providers.save(world.owner, ids["One"], Details("One", "http://127.0.0.1:10/v1"))

    assert (await world.asked(model=AUTO_MODEL)).content == "1"


# Stop.


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
