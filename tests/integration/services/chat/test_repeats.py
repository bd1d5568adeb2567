"""Repeating: every question of a conversation asked again, in order, of another model."""

from __future__ import annotations

import pytest

from tests.integration.services.files.test_sending import pictures, upload
from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.steering import send_what_waits, shown, talk
from tests.integration.services.world import World, answer_id
from webchat.messages import TextDelta
from webchat.providers.errors import ServiceError as ProviderFailure
from webchat.services.chat import repeats as module
from webchat.services.chat.repeats import Progress
from webchat.services.errors import LimitReached, RepeatInvalid, ServiceError
from webchat.storage.errors import ConversationNotFound, StillAnswering
from webchat.storage.types import MessageStatus

OTHER = "Other:m"


@pytest.fixture
async def repeating(world: World) -> World:
    """A world with a second provider, that asks the next question when an answer is complete."""
    await world.add_provider("Other", ["m"], saying("Again."))
    send_what_waits(world)
    return world


async def progress(world: World, conversation_id: str) -> Progress | None:
    return (await world.services.conversations.open(world.owner, conversation_id, 100)).repeated


async def over(world: World, conversation_id: str) -> list[str]:
    """Wait until a repetition asks nothing more; the words that are shown then."""
    with world.services.changes.listen(world.owner, "watching") as told:
        while await progress(world, conversation_id):
            await told.get()
    return await shown(world, conversation_id)


async def last_answer(world: World, conversation_id: str) -> str:
    opened = await world.services.conversations.open(world.owner, conversation_id, 100)
    return opened.window.items[-1].message.id


async def test_files_are_sent_again(repeating: World) -> None:
    answer = await repeating.asked("", files=[await upload(repeating)])

    copy = await repeating.services.repeats.begin(repeating.owner, answer.conversation_id, OTHER)
    await over(repeating, copy)

    (question,) = repeating.scripts["Other"].requests[-1].messages
    assert pictures(question) == ["cat.png"]


async def test_every_question_is_asked_again_in_order(repeating: World) -> None:
    source, _ = await talk(repeating, "First", "Second", "Third")
    await repeating.services.conversation_settings.change_system_prompt(repeating.owner, source, "Be brief.")

    copy = await repeating.services.repeats.begin(repeating.owner, source, OTHER)

    assert await over(repeating, copy) == ["First", "Again.", "Second", "Again.", "Third", "Again."]
    assert len(repeating.scripts["Other"].requests[-1].messages) == 6  # the system prompt and five turns
    found = await repeating.services.conversations.open(repeating.owner, copy, 100)
    assert (found.title, found.model, found.system_prompt) == ("First · m", OTHER, "Be brief.")
    assert await shown(repeating, source) == [
        *("First", "Hello there.", "Second", "Hello there.", "Third", "Hello there.")
    ]


async def test_a_failure_stops_it_and_it_can_be_continued(repeating: World) -> None:
    source, _ = await talk(repeating, "First", "Second")
    repeating.scripts["Other"] = Scripted(ProviderFailure("Other", "Down"))
    copy = await repeating.services.repeats.begin(repeating.owner, source, OTHER)
    failed = await repeating.ended(await last_answer(repeating, copy))
    assert failed.status is MessageStatus.ERROR
    assert await progress(repeating, copy) == Progress(asked=1, total=2)

    repeating.scripts["Other"] = saying("Now.")
    await repeating.services.repeats.go_on(repeating.owner, copy)

    assert await over(repeating, copy) == ["First", "Now.", "Second", "Now."]


async def test_it_is_stopped_and_continued_after_a_restart(repeating: World) -> None:
    source, _ = await talk(repeating, "First", "Second")
    slow = Hold()
    repeating.scripts["Other"] = Scripted(TextDelta("Begun"), slow, DONE)
    copy = await repeating.services.repeats.begin(repeating.owner, source, OTHER)
    await slow.reached.wait()
    with pytest.raises(StillAnswering):
        await repeating.services.repeats.go_on(repeating.owner, copy)
    await repeating.generations.close(grace=0)
    await repeating.generations.open()
    assert await shown(repeating, copy) == ["First", "Begun"]
    assert await progress(repeating, copy) == Progress(asked=1, total=2)

    repeating.scripts["Other"] = saying("Now.")
    await repeating.services.repeats.go_on(repeating.owner, copy)

    assert await over(repeating, copy) == ["First", "Now.", "Second", "Now."]


async def test_a_limit_reached_at_the_start_leaves_nothing(
    repeating: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, _ = await talk(repeating, "First")

    async def take(*_: object, **__: object) -> None:
        raise LimitReached("messages", limit=2)

    monkeypatch.setattr(repeating.services.member_limits, "take", take)
    with pytest.raises(ServiceError):
        await repeating.services.repeats.begin(repeating.owner, source, OTHER)

    assert [each.id for each in await repeating.listed()] == [source]


async def test_a_message_of_ones_own_ends_it(repeating: World) -> None:
    source, _ = await talk(repeating, "First", "Second")
    repeating.scripts["Other"] = Scripted(ProviderFailure("Other", "Down"))
    copy = await repeating.services.repeats.begin(repeating.owner, source, OTHER)
    await repeating.ended(await last_answer(repeating, copy))

    repeating.scripts["Other"] = saying("Now.")
    sent = await repeating.send("Mine", conversation_id=copy, model=OTHER)
    await repeating.ended(answer_id(sent))

    assert await progress(repeating, copy) is None
    assert (await shown(repeating, copy))[-2:] == ["Mine", "Now."]


async def test_it_can_be_ended(repeating: World) -> None:
    source, _ = await talk(repeating, "First", "Second")
    repeating.scripts["Other"] = Scripted(ProviderFailure("Other", "Down"))
    copy = await repeating.services.repeats.begin(repeating.owner, source, OTHER)
    await repeating.ended(await last_answer(repeating, copy))

    await repeating.services.repeats.end(repeating.owner, copy)

    assert await progress(repeating, copy) is None
    assert not await repeating.services.repeats.ask_next(repeating.owner, copy)


async def test_what_cannot_be_repeated_is_refused(repeating: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = repeating.services.repeats.begin
    source, _ = await talk(repeating, "First", "Second")
    temporary = await repeating.send("Hello", temporary=True)
    await repeating.ended(answer_id(temporary))

    with pytest.raises(ConversationNotFound):
        await begin(repeating.stranger, source, OTHER)
    with pytest.raises(RepeatInvalid):
        await begin(repeating.owner, temporary.conversation_id, OTHER)
    monkeypatch.setattr(module, "MOST_QUESTIONS", 1)
    with pytest.raises(RepeatInvalid):
        await begin(repeating.owner, source, OTHER)

    assert repeating.scripts["Other"].requests == []
