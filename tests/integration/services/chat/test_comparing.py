"""Comparing: one message, several answers side by side, each on its own, until one is chosen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.steering import send_what_waits, shown
from tests.integration.services.world import World
from webchat.messages import Role, TextDelta
from webchat.providers.errors import ServiceError as ProviderFailure
from webchat.services.chat.conversations import OpenConversation
from webchat.services.chat.recording import Sent
from webchat.services.errors import ComparisonInvalid, LimitReached, ModelUnknown, ServiceError, TooOften
from webchat.storage.errors import MessageNotFound, StillAnswering
from webchat.storage.ids import new_id
from webchat.storage.types import MessageStatus

MODELS = ("One:m", "Two:m", "Three:m")


@pytest.fixture
async def several(world: World) -> World:
    """A world with three providers, each with a model `m` that says its name."""
    for name in ("One", "Two", "Three"):
        await world.add_provider(name, ["m"], saying(f"{name}."))
    return world


async def compare(world: World, text: str = "Hello", **draft: Any) -> Sent:
    return await world.send(text, **{"models": MODELS} | draft)


async def opened(world: World, conversation_id: str) -> OpenConversation:
    return await world.services.conversations.open(world.owner, conversation_id, 100)


async def columns(world: World, conversation_id: str) -> list[tuple[str, str]]:
    """The status and text of the answers that stand side by side, once all have ended."""
    answers = (await opened(world, conversation_id)).compared
    ended = [await world.ended(each.message.id) for each in answers]
    return [(each.status.value, each.content) for each in ended]


def ids(sent: Sent) -> list[str]:
    return [each.message.id for each in sent.messages[1:]]


async def test_one_message_is_answered_by_several_models(several: World) -> None:
    sent = await compare(several)

    question, *answers = (each.message for each in sent.messages)
    assert [each.parent_id for each in answers] == [question.id] * 3
    assert [each.model for each in answers] == list(MODELS)
    found = await opened(several, sent.conversation_id)
    assert [each.message.id for each in found.compared] == ids(sent)
    assert (found.model, found.models) == ("One:m", list(MODELS))
    assert await columns(several, sent.conversation_id) == [
        ("complete", "One."),
        ("complete", "Two."),
        ("complete", "Three."),
    ]


async def test_a_repeated_send_asks_no_model_twice(several: World) -> None:
    client_id = new_id()

    first, second = await asyncio.gather(*(compare(several, client_id=client_id) for _ in range(2)))
    await columns(several, first.conversation_id)

    assert first.conversation_id == second.conversation_id
    assert [len(several.scripts[name].requests) for name in ("One", "Two", "Three")] == [1, 1, 1]


async def test_an_answer_fails_on_its_own_and_is_asked_for_again_in_its_place(several: World) -> None:
    slow = Hold()
    several.scripts["One"] = Scripted(TextDelta("One"), slow, TextDelta("."), DONE)
    several.scripts["Two"] = Scripted(ProviderFailure("Two", "Down"))
    sent = await compare(several)
    failed = await several.ended(ids(sent)[1])
    assert failed.status is MessageStatus.ERROR

    several.scripts["Two"] = saying("Now.")
    again = await several.services.further_answers.retry(several.owner, failed.id, "Two:m")
    with pytest.raises(StillAnswering):  # it no longer stands there
        await several.services.further_answers.retry(several.owner, failed.id, "Two:m")
    with pytest.raises(StillAnswering):
        await several.services.further_answers.retry(several.owner, ids(sent)[0], "Two:m")
    slow.go.set()

    found = await opened(several, sent.conversation_id)
    assert [each.message.id for each in found.compared] == [ids(sent)[0], again.message.id, ids(sent)[2]]
    assert [text for _, text in await columns(several, sent.conversation_id)] == ["One.", "Now.", "Three."]
    assert (found.model, found.models) == ("One:m", list(MODELS))


async def test_a_place_taken_by_a_model_of_another_place_leaves_different_models(several: World) -> None:
    sent = await compare(several)
    await columns(several, sent.conversation_id)

    again = await several.services.further_answers.retry(several.owner, ids(sent)[2], "Two:m")
    await several.ended(again.message.id)

    following = await compare(
        several,
        "More",
        conversation_id=sent.conversation_id,
        models=(await opened(several, sent.conversation_id)).models,
    )
    await columns(several, sent.conversation_id)
    assert [each.message.model for each in following.messages[1:]] == list(MODELS)


async def test_each_answer_is_stopped_on_its_own(several: World) -> None:
    slow = Hold()
    several.scripts["Two"] = Scripted(TextDelta("Begun"), slow, DONE)
    sent = await compare(several)
    await slow.reached.wait()

    assert await several.generations.stop(several.owner, ids(sent)[1])

    assert (await columns(several, sent.conversation_id))[1] == ("stopped", "Begun")


async def test_the_chosen_answer_goes_on_and_the_others_stay_as_its_versions(several: World) -> None:
    slow = Hold()
    several.scripts["Three"] = Scripted(TextDelta("Begun"), slow, DONE)
    sent = await compare(several)
    one, two, three = ids(sent)
    await several.ended(two)
    await slow.reached.wait()

    assert await several.services.comparing.choose_answer(several.owner, two) == sent.conversation_id

    found = await opened(several, sent.conversation_id)
    assert (found.compared, found.models, found.model) == ([], [], "Two:m")
    assert await shown(several, sent.conversation_id) == ["Hello", "Two."]
    assert found.window.places[two] == [one, two, three]
    assert (await several.message(three)).status is MessageStatus.STOPPED
    with pytest.raises(MessageNotFound):  # nothing is compared any more
        await several.services.comparing.choose_answer(several.owner, two)
    with pytest.raises(MessageNotFound):
        await several.services.comparing.choose_answer(several.stranger, two)


async def test_the_next_message_follows_the_first_complete_answer(several: World) -> None:
    several.scripts["One"] = Scripted(ProviderFailure("One", "Down"))
    sent = await compare(several)
    await columns(several, sent.conversation_id)

    following = await compare(several, "More", conversation_id=sent.conversation_id)
    await columns(several, sent.conversation_id)

    assert following.messages[0].message.parent_id == ids(sent)[1]
    assert [(turn.role, turn.text) for turn in several.scripts["Three"].requests[-1].messages] == [
        (Role.USER, "Hello"),
        (Role.ASSISTANT, "Two."),
        (Role.USER, "More"),
    ]


async def test_a_message_waits_for_all_answers_and_then_goes_to_all(several: World) -> None:
    send_what_waits(several)
    slow = Hold()
    several.scripts["Three"] = Scripted(TextDelta("Late"), slow, DONE)
    sent = await compare(several)
    await several.ended(ids(sent)[0])
    with pytest.raises(StillAnswering):
        await compare(several, "More", conversation_id=sent.conversation_id)
    queued = await several.services.queued_messages.add(several.owner, sent.conversation_id, "More", new_id())
    assert queued == "More"

    with several.services.changes.listen(several.owner, "watching") as told:
        several.scripts["Three"] = saying("Again.")
        slow.go.set()
        await told.get()

    found = await opened(several, sent.conversation_id)
    assert [each.message.model for each in found.compared] == list(MODELS)
    for each in found.compared:
        await several.ended(each.message.id)
    assert await shown(several, sent.conversation_id) == ["Hello", "One.", "More", "One."]


async def failing_last(world: World) -> tuple[Sent, Hold]:
    """A comparison of which one answer is complete, one has failed, and one will fail once it goes on."""
    last = Hold()
    world.scripts["One"] = Scripted(ProviderFailure("One", "Down"))
    world.scripts["Three"] = Scripted(TextDelta("Late"), last, ProviderFailure("Three", "Down"))
    sent = await compare(world)
    for each in ids(sent)[:2]:
        await world.ended(each)
    return sent, last


async def test_a_message_waits_no_longer_when_the_last_answer_fails(several: World) -> None:
    send_what_waits(several)
    sent, last = await failing_last(several)
    await several.services.queued_messages.add(several.owner, sent.conversation_id, "More", new_id())
    several.scripts["One"] = saying("One.")

    with several.services.changes.listen(several.owner, "watching") as told:
        last.go.set()
        await told.get()

    found = await opened(several, sent.conversation_id)
    assert found.queued == ""
    for each in found.compared:
        await several.ended(each.message.id)
    assert await shown(several, sent.conversation_id) == ["Hello", "Two.", "More", "One."]


async def test_a_message_waits_where_every_compared_answer_fails(several: World) -> None:
    send_what_waits(several)
    sent, last = await failing_last(several)
    several.scripts["Two"] = Scripted(ProviderFailure("Two", "Down"))
    again = await several.services.further_answers.retry(several.owner, ids(sent)[1], "Two:m")
    await several.services.queued_messages.add(several.owner, sent.conversation_id, "More", new_id())
    await several.ended(again.message.id)
    last.go.set()
    await several.ended(ids(sent)[2])
    await several.generations.close()

    assert [status for status, _ in await columns(several, sent.conversation_id)] == ["error"] * 3
    assert (await opened(several, sent.conversation_id)).queued == "More"


async def test_a_message_waits_after_a_failed_answer_that_was_not_compared(several: World) -> None:
    send_what_waits(several)
    sent, last = await failing_last(several)
    await several.services.comparing.choose_answer(several.owner, ids(sent)[1])
    last.go.set()
    slow = Hold()
    several.scripts["Two"] = Scripted(TextDelta("So"), slow, ProviderFailure("Two", "Down"))
    next_one = await several.send("Next", conversation_id=sent.conversation_id, model="")
    await slow.reached.wait()
    await several.services.queued_messages.add(several.owner, sent.conversation_id, "More", new_id())
    slow.go.set()
    await several.ended(next_one.messages[1].message.id)
    await several.generations.close()

    assert (await opened(several, sent.conversation_id)).queued == "More"


async def test_switching_to_one_of_the_answers_ends_the_comparison(several: World) -> None:
    sent = await compare(several)
    await columns(several, sent.conversation_id)

    await several.services.branches.switch_branch(several.owner, ids(sent)[2])

    assert (await opened(several, sent.conversation_id)).compared == []
    assert await shown(several, sent.conversation_id) == ["Hello", "Three."]


async def test_deleting_the_question_deletes_the_comparison_and_undo_brings_it_back(several: World) -> None:
    sent = await compare(several)
    await columns(several, sent.conversation_id)

    deleted = await several.services.branches.delete_pair(several.owner, sent.messages[0].message.id)
    assert (await opened(several, sent.conversation_id)).compared == []
    await several.services.branches.restore_messages(several.owner, deleted)

    assert len((await opened(several, sent.conversation_id)).compared) == 3


@pytest.mark.parametrize("models", [("One:m",), ("One:m", "One:m"), (*MODELS, "Fake:m"), "One:m", (1, 2)])
async def test_two_or_three_different_models_are_compared(several: World, models: Any) -> None:
    with pytest.raises(ComparisonInvalid):
        await compare(several, models=models)
    with pytest.raises(ComparisonInvalid):
        await several.services.comparing.choose_models(several.owner, None, models)

    assert await several.listed() == []


async def test_the_models_to_compare_belong_to_the_conversation(several: World) -> None:
    comparing = several.services.comparing
    sent = await several.send()
    await several.ended(ids(sent)[0])

    await comparing.choose_models(several.owner, sent.conversation_id, MODELS[:2])
    assert (await opened(several, sent.conversation_id)).models == list(MODELS[:2])
    await several.services.conversation_settings.choose_model(several.owner, sent.conversation_id, "Three:m")
    assert (await opened(several, sent.conversation_id)).models == []
    with pytest.raises(ModelUnknown):
        await comparing.choose_models(several.owner, sent.conversation_id, ["One:m", "nothing"])


async def test_each_answer_counts_to_the_rate_limit(several: World, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = iter([None, None, TooOften("send", 9)])

    def note(*_: object) -> None:
        if refusal := next(refusals):
            raise refusal

    monkeypatch.setattr(several.services.rate_limits, "note", note)
    with pytest.raises(TooOften):
        await compare(several)

    assert await several.listed() == []


async def test_a_limit_that_one_answer_reaches_refuses_all(
    several: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    async def take(_session: object, _owner_id: str, provider: str, *_: object, **__: object) -> None:
        taken.append(provider)
        if provider == "Three":
            raise LimitReached("messages", limit=2)

    monkeypatch.setattr(several.services.member_limits, "take", take)
    with pytest.raises(ServiceError):
        await compare(several)

    assert taken == ["One", "Two", "Three"]
    assert await several.listed() == []
    assert several.generations.running() == {}.keys()


async def test_a_comparison_survives_the_end_of_the_server(several: World) -> None:
    slow = Hold()
    several.scripts["Two"] = Scripted(TextDelta("Begun"), slow, DONE)
    sent = await compare(several)
    await slow.reached.wait()
    for each in (0, 2):
        await several.ended(ids(sent)[each])

    await several.generations.close(grace=0)

    assert await columns(several, sent.conversation_id) == [
        ("complete", "One."),
        ("interrupted", "Begun"),
        ("complete", "Three."),
    ]
