"""The next message, queued while an answer is written: sent by the server when that is complete, once."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.steering import all_ended, send_what_waits, shown, talk
from tests.integration.services.world import World, answer_id, answer_tasks
from webchat.messages import TextDelta
from webchat.providers.errors import TruncatedAnswer
from webchat.services.errors import PromptEmpty, PromptTooLong, ServiceError
from webchat.services.limits import MAX_PROMPT_BYTES
from webchat.storage.errors import ConversationNotFound, StillAnswering
from webchat.storage.ids import new_id
from webchat.storage.types import MessageStatus


class Answering:
    """A conversation whose first answer is being written and waits for `hold`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hold = Hold()
        self.id = self.answer = ""

    async def begin(self, *end: Exception) -> Answering:
        send_what_waits(self.world)
        self.world.scripts["Fake"] = Scripted(TextDelta("First."), self.hold, *(end or (DONE,)))
        sent = await self.world.send("one")
        self.id, self.answer = sent.conversation_id, answer_id(sent)
        await self.hold.reached.wait()
        self.world.scripts["Fake"] = saying("Next.")
        return self

    async def queue(self, text: str, client_id: str | None = None) -> str:
        return await self.world.services.queued_messages.add(
            self.world.owner, self.id, text, client_id or new_id()
        )

    async def waiting(self) -> str:
        return (await self.world.services.conversations.open(self.world.owner, self.id, 1)).queued

    async def finish(self) -> list[str]:
        self.hold.go.set()
        await self.world.ended(self.answer)
        return await all_ended(self.world, self.id)


@pytest.fixture
async def answering(world: World) -> Answering:
    return await Answering(world).begin()


async def test_what_waits_is_sent_when_the_answer_is_complete(world: World, answering: Answering) -> None:
    with world.services.changes.listen(world.owner, "tab") as told:
        assert await answering.queue("two") == "two"
        assert await answering.waiting() == "two"
        assert await shown(world, answering.id) == ["one", ""]

        assert await answering.finish() == ["one", "First.", "two", "Next."]
        assert (await told.get()).conversation_id == answering.id
    assert await answering.waiting() == ""


async def test_several_are_one_message(answering: Answering) -> None:
    await answering.queue("two")
    await answering.queue("three\n")

    assert await answering.queue("four") == "two\n\nthree\n\n\nfour"
    assert await answering.finish() == ["one", "First.", "two\n\nthree\n\n\nfour", "Next."]


async def test_a_repeat_of_any_part_changes_nothing(world: World, answering: Answering) -> None:
    ids = [new_id() for _ in range(3)]
    for _ in range(2):
        for number, id in enumerate(ids):
            await answering.queue(f"part {number}", id)
    expected = "part 0\n\npart 1\n\npart 2"
    assert await answering.waiting() == expected

    everything = ["one", "First.", expected, "Next."]
    assert await answering.finish() == everything
    for number, id in enumerate(ids):  # the browser has not heard that it was taken
        sent = await world.send(f"part {number}", conversation_id=answering.id, client_id=id)
        assert sent.messages[0].message.content == expected
        assert await answering.queue(f"part {number}", id) == ""
    assert await shown(world, answering.id) == everything


async def test_many_tabs_queue_at_once_and_nothing_is_lost(answering: Answering) -> None:
    texts = [f"part {number}" for number in range(20)]

    await asyncio.gather(*(answering.queue(text) for text in texts))

    assert sorted((await answering.waiting()).split("\n\n")) == sorted(texts)


@pytest.mark.parametrize("how", ["error", "stop", "shutdown"])
async def test_queued_message_waits_for_the_user_after_a_failure(world: World, how: str) -> None:
    answering = await Answering(world).begin(TruncatedAnswer("Fake"))
    await answering.queue("two")
    if how == "error":
        answering.hold.go.set()
    elif how == "stop":
        await world.generations.stop(world.owner, answering.answer)
    else:
        await world.generations.close(grace=0)
        await world.generations.open()
    await world.ended(answering.answer)

    assert await answering.waiting() == "two"
    assert await shown(world, answering.id) == ["one", "First."]
    sent = await world.services.queued_messages.send(world.owner, answering.id)
    assert sent is not None
    assert (await world.ended(answer_id(sent))).content == "Next."
    assert await shown(world, answering.id) == ["one", "First.", "two", "Next."]
    assert await answering.waiting() == ""
    assert await world.services.queued_messages.send(world.owner, answering.id) is None


async def test_it_survives_a_restart(world: World, answering: Answering) -> None:
    client_id = new_id()
    await answering.queue("two", client_id)

    again = World(world.folder)
    await again.open_again()
    try:
        assert await again.services.queued_messages.add(again.owner, answering.id, "two", client_id) == "two"
        sent = await again.services.queued_messages.send(again.owner, answering.id)
        assert sent is not None
        await again.ended(answer_id(sent))
        assert (await shown(again, answering.id))[2:] == ["two", "Hello there."]
    finally:
        await again.close()


async def test_it_can_be_withdrawn(world: World, answering: Answering) -> None:
    await answering.queue("two")
    withdraw = world.services.queued_messages.withdraw

    assert await withdraw(world.owner, answering.id) == "two"
    assert await withdraw(world.owner, answering.id) == ""
    assert await answering.finish() == ["one", "First."]


async def test_what_comes_as_the_answer_ends_does_not_wait_for_nothing(world: World) -> None:
    send_what_waits(world)
    id, _ = await talk(world, "one")

    assert await world.services.queued_messages.add(world.owner, id, "two", new_id()) == ""

    assert await all_ended(world, id) == ["one", "Hello there.", "two", "Hello there."]


async def test_message_queued_during_dispatch_is_sent_exactly_once(world: World) -> None:
    for _ in range(20):
        answering = await Answering(world).begin()
        await answering.queue("two")
        answering.hold.go.set()
        await asyncio.gather(
            answering.queue("three"),
            world.ended(answering.answer),
            world.services.queued_messages.send(world.owner, answering.id),
            return_exceptions=True,
        )
        words = await all_ended(world, answering.id)
        told = "\n\n".join([*words[2::2], await answering.waiting()]).strip().split("\n\n")
        assert sorted(told) == ["three", "two"], words


async def test_a_withdrawal_as_it_is_sent_gives_it_back_or_lets_it_go(world: World) -> None:
    for _ in range(20):
        answering = await Answering(world).begin()
        await answering.queue("two")
        answering.hold.go.set()
        _, withdrawn = await asyncio.gather(
            world.ended(answering.answer), world.services.queued_messages.withdraw(world.owner, answering.id)
        )
        words = await all_ended(world, answering.id)
        assert (withdrawn == "two") != ("two" in words)


async def test_it_is_not_sent_below_an_answer_that_is_being_written(
    world: World, answering: Answering
) -> None:
    await answering.queue("two")

    with pytest.raises(StillAnswering):
        await world.services.queued_messages.send(world.owner, answering.id)

    assert await answering.waiting() == "two"


async def test_what_cannot_be_sent_does_not_wait(world: World, answering: Answering) -> None:
    await answering.queue("two")
    for text, client_id, refusal in (
        (" \n", new_id(), PromptEmpty),
        ("x" * (MAX_PROMPT_BYTES - 4), new_id(), PromptTooLong),
        ("three", "short", ServiceError),
        ("three", "with a space", ServiceError),
    ):
        with pytest.raises(refusal):
            await answering.queue(text, client_id)
    for wrong in ("nothing", ""):
        with pytest.raises(ConversationNotFound):
            await world.services.queued_messages.add(world.owner, wrong, "three", new_id())
    with pytest.raises(ConversationNotFound):
        await world.services.queued_messages.add(world.stranger, answering.id, "three", new_id())
    with pytest.raises(ConversationNotFound):
        await world.services.queued_messages.withdraw(world.stranger, answering.id)
    assert await world.services.queued_messages.send(world.stranger, answering.id) is None

    assert await answering.finish() == ["one", "First.", "two", "Next."]


async def test_a_deleted_conversation_sends_nothing(world: World, answering: Answering) -> None:
    await answering.queue("two")
    await world.services.conversations.delete(world.owner, answering.id)
    answering.hold.go.set()
    await world.ended(answering.answer)
    await world.services.conversations.restore(world.owner, answering.id)

    assert (await world.message(answering.answer)).status is MessageStatus.STOPPED
    assert await answering.waiting() == "two"


async def test_an_answer_beside_the_one_it_waits_for_changes_nothing(
    world: World, answering: Answering, logged: list[MutableMapping[str, Any]]
) -> None:
    await answering.queue("two")
    # An earlier version of the question is still being answered when the shown one is edited.
    shown_hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("Edited."), shown_hold, DONE)
    question = (await world.message(answering.answer)).parent_id
    edited = await world.send("one, edited", conversation_id=answering.id, edited_id=question)
    await shown_hold.reached.wait()
    (task,) = [task for task in answer_tasks() if answering.answer in task.get_name()]
    answering.hold.go.set()
    await asyncio.wait([task])

    assert await answering.waiting() == "two"
    assert logged == []
    world.scripts["Fake"] = saying("Next.")
    shown_hold.go.set()
    await world.ended(answer_id(edited))
    assert await all_ended(world, answering.id) == ["one, edited", "Edited.", "two", "Next."]


async def test_a_repeat_of_what_waits_is_not_sent_beside_it(world: World, answering: Answering) -> None:
    client_id = new_id()
    await answering.queue("two", client_id)
    await answering.queue("three")
    await world.generations.stop(world.owner, answering.answer)

    # The browser has not heard that it was queued, and the answer is not being written any more.
    with pytest.raises(StillAnswering):
        await world.send("two", conversation_id=answering.id, client_id=client_id)
    assert await answering.queue("two", client_id) == "two\n\nthree"

    await world.services.queued_messages.send(world.owner, answering.id)
    assert await all_ended(world, answering.id) == ["one", "First.", "two\n\nthree", "Next."]
    await world.send("two", conversation_id=answering.id, client_id=client_id)
    assert await shown(world, answering.id) == ["one", "First.", "two\n\nthree", "Next."]


async def test_what_is_sent_after_a_stop_does_not_overtake_what_waits(
    world: World, answering: Answering
) -> None:
    ids = [new_id() for _ in range(3)]
    await answering.queue("two", ids[0])
    await answering.queue("three", ids[1])
    await world.generations.stop(world.owner, answering.answer)

    for _ in range(2):  # the second is the repeat of a browser that has not heard
        sent = await world.send("four", conversation_id=answering.id, client_id=ids[2])
    await world.ended(answer_id(sent))

    assert await shown(world, answering.id) == ["one", "First.", "two\n\nthree\n\nfour", "Next."]
    assert await answering.waiting() == ""
    for id in ids[:2]:
        await world.send("again", conversation_id=answering.id, client_id=id)
    assert len(await shown(world, answering.id)) == 4


async def test_an_edit_leaves_what_waits_alone(world: World, answering: Answering) -> None:
    await answering.queue("two")
    await world.generations.stop(world.owner, answering.answer)

    question = (await world.message(answering.answer)).parent_id
    edited = await world.send("one, edited", conversation_id=answering.id, edited_id=question)

    assert edited.messages[0].message.content == "one, edited"
    assert await answering.waiting() == "two"
    await world.ended(answer_id(edited))


async def test_message_too_long_for_the_queue_is_refused_and_kept(world: World, answering: Answering) -> None:
    await answering.queue("two")
    await world.generations.stop(world.owner, answering.answer)

    with pytest.raises(PromptTooLong):
        await world.send("x" * (MAX_PROMPT_BYTES - 3), conversation_id=answering.id)

    assert await answering.waiting() == "two"
