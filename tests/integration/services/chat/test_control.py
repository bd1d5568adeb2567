"""Steering a conversation: edit and branch, turn, delete and undo; nothing written is ever overwritten."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.steering import places, shown, talk
from tests.integration.services.world import MODEL, World, answer_id
from webchat.messages import TextDelta
from webchat.providers.errors import TruncatedAnswer
from webchat.storage.errors import ConversationNotFound, MessageNotFound, StillAnswering
from webchat.storage.ids import new_id
from webchat.storage.tables import Message
from webchat.storage.types import MessageStatus

HELLO = "Hello there."


# Edit and branch.


async def test_an_edited_question_stands_beside_the_first_one(world: World) -> None:
    id, ids = await talk(world, "one", "two", "three")
    script = world.scripts["Fake"] = saying("Anew.")

    await world.asked("two, edited", conversation_id=id, edited_id=ids[2])

    assert await shown(world, id) == ["one", HELLO, "two, edited", "Anew."]
    assert await places(world, id) == {"two, edited": (2, 2)}
    assert [turn.content for turn in script.requests[0].messages] == ["one", HELLO, "two, edited"]
    assert (await world.message(ids[2])).content == "two"
    assert (await world.message(ids[5])).content == HELLO


async def test_the_first_question_can_be_edited(world: World) -> None:
    id, ids = await talk(world, "one", "two")

    await world.asked("one, edited", conversation_id=id, edited_id=ids[0])
    await world.asked("and on", conversation_id=id)

    assert await shown(world, id) == ["one, edited", HELLO, "and on", HELLO]
    assert await places(world, id) == {"one, edited": (2, 2)}


async def test_an_edit_of_a_running_answers_question_disturbs_nobody(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("First"), hold, DONE)
    sent = await world.send("one")
    await hold.reached.wait()
    world.scripts["Fake"] = saying("Second")

    question = sent.messages[0].message.id
    edited = await world.asked("one, edited", conversation_id=sent.conversation_id, edited_id=question)
    hold.go.set()
    first = await world.ended(answer_id(sent))

    assert (first.content, first.status) == ("First", MessageStatus.COMPLETE)
    assert edited.content == "Second"
    assert await shown(world, sent.conversation_id) == ["one, edited", "Second"]


async def test_a_repeated_edit_is_one_edit(world: World) -> None:
    id, ids = await talk(world, "one")
    client_id = new_id()

    for _ in range(3):
        await world.asked("edited", conversation_id=id, edited_id=ids[0], client_id=client_id)

    assert await places(world, id) == {"edited": (2, 2)}


async def test_what_another_tab_has_deleted_is_not_answered_again(world: World) -> None:
    world.scripts["Fake"] = Scripted(TextDelta("Hel"), TruncatedAnswer("Fake"))
    id, ids = await talk(world, "one", "two")
    second = (await world.services.further_answers.retry(world.owner, ids[3], MODEL)).message.id
    await world.ended(second)
    deleted = await world.services.branches.delete_pair(world.owner, ids[2])
    assert deleted == [ids[2], second]

    for answer in (ids[3], second):
        for again in (world.services.further_answers.retry, world.services.further_answers.continue_answer):
            with pytest.raises(MessageNotFound):
                await again(world.owner, answer, MODEL)

    assert await shown(world, id) == ["one", "Hel"]
    await world.services.branches.restore_messages(world.owner, deleted)
    assert await shown(world, id) == ["one", "Hel", "two", "Hel"]


async def test_edit_of_a_message_deleted_meanwhile_is_answered(world: World) -> None:
    id, ids = await talk(world, "one", "two")
    await world.services.branches.delete_pair(world.owner, ids[2])

    await world.asked("two, edited", conversation_id=id, edited_id=ids[2])

    assert await shown(world, id) == ["one", HELLO, "two, edited", HELLO]


async def test_only_a_question_of_this_conversation_can_be_edited(world: World) -> None:
    id, ids = await talk(world, "one", "two")
    other, other_ids = await talk(world, "elsewhere", "more")

    for wrong in (ids[1], other_ids[2], "nothing", ""):
        with pytest.raises(MessageNotFound):
            await world.send("edited", conversation_id=id, edited_id=wrong)
    with pytest.raises((MessageNotFound, ConversationNotFound)):
        await world.send("edited", conversation_id=id, edited_id=ids[0], owner_id=world.stranger)

    assert await shown(world, id) == ["one", HELLO, "two", HELLO]
    assert await shown(world, other) == ["elsewhere", HELLO, "more", HELLO]


async def test_a_first_question_of_elsewhere_is_not_edited_here(world: World) -> None:
    id, _ = await talk(world, "one")
    _, other_ids = await talk(world, "elsewhere")

    with pytest.raises(MessageNotFound):
        await world.send("edited", conversation_id=id, edited_id=other_ids[0])


# Turning.


async def test_turning_shows_the_newest_branch_through_a_message(world: World) -> None:
    id, ids = await talk(world, "one", "two")
    await world.asked("two, edited", conversation_id=id, edited_id=ids[2])
    turn = world.services.branches.switch_branch

    assert await turn(world.owner, ids[2]) == id
    assert await shown(world, id) == ["one", HELLO, "two", HELLO]
    await world.asked("and on", conversation_id=id)
    assert await shown(world, id) == ["one", HELLO, "two", HELLO, "and on", HELLO]
    assert await places(world, id) == {"two": (1, 2)}
    with pytest.raises(MessageNotFound):
        await turn(world.stranger, ids[2])
    with pytest.raises(MessageNotFound):
        await turn(world.owner, "nothing")


async def test_a_branch_is_remembered_over_a_restart(world: World) -> None:
    id, ids = await talk(world, "one")
    await world.asked("one, edited", conversation_id=id, edited_id=ids[0])
    await world.services.branches.switch_branch(world.owner, ids[0])

    again = World(world.folder)
    await again.open_again()
    try:
        assert await shown(again, id) == ["one", HELLO]
    finally:
        await again.close()


async def test_a_deleted_conversation_cannot_be_steered(world: World) -> None:
    world.scripts["Fake"] = Scripted(TextDelta("Half"), ConnectionError())
    id, ids = await talk(world, "one")
    await world.services.conversations.delete(world.owner, id)

    with pytest.raises(ConversationNotFound):
        await world.services.branches.switch_branch(world.owner, ids[1])
    with pytest.raises(ConversationNotFound):
        await world.services.further_answers.retry(world.owner, ids[1], MODEL)
    with pytest.raises(ConversationNotFound):
        await world.services.further_answers.continue_answer(world.owner, ids[1], MODEL)


# Deleting a pair.


@pytest.mark.parametrize("named", [0, 1], ids=["by its question", "by its answer"])
@pytest.mark.parametrize("pair", [0, 1, 2], ids=["first", "middle", "last"])
async def test_a_pair_is_deleted_and_brought_back(world: World, pair: int, named: int) -> None:
    id, ids = await talk(world, "one", "two", "three")
    everything = await shown(world, id)
    service = world.services.branches

    deleted = await service.delete_pair(world.owner, ids[2 * pair + named])

    assert deleted == ids[2 * pair : 2 * pair + 2]
    assert await shown(world, id) == everything[: 2 * pair] + everything[2 * pair + 2 :]
    script = world.scripts["Fake"] = saying("Next.")
    await world.asked("four", conversation_id=id)
    told = [turn.content for turn in script.requests[0].messages]
    assert told == [*everything[: 2 * pair], *everything[2 * pair + 2 :], "four"]

    await service.restore_messages(world.owner, deleted)
    assert await shown(world, id) == [*everything, "four", "Next."]


async def test_deleting_at_the_end_reads_the_end_alone(world: World) -> None:
    id, ids = await talk(world, *(f"question {number}" for number in range(20)))
    read: set[str] = set()

    def note(message: Message, _context: object) -> None:
        read.add(message.id)

    event.listen(Message, "load", note)
    try:
        deleted = await world.services.branches.delete_pair(world.owner, ids[-1])
        await world.services.branches.restore_messages(world.owner, deleted)
    finally:
        event.remove(Message, "load", note)

    assert deleted == ids[-2:]
    assert read == set(deleted)
    assert len(await shown(world, id)) == 40


async def test_a_conversation_with_nothing_left_can_be_gone_on_with(world: World) -> None:
    id, ids = await talk(world, "one")
    await world.services.branches.delete_pair(world.owner, ids[0])
    assert await shown(world, id) == []

    await world.asked("two", conversation_id=id)

    assert await shown(world, id) == ["two", HELLO]


async def test_a_deleted_version_leaves_the_other_one_to_be_seen(world: World) -> None:
    id, ids = await talk(world, "one", "two")
    edited = await world.asked("two, edited", conversation_id=id, edited_id=ids[2])
    service = world.services.branches

    deleted = await service.delete_pair(world.owner, edited.id)

    assert await shown(world, id) == ["one", HELLO, "two", HELLO]
    await service.restore_messages(world.owner, deleted)
    assert await shown(world, id) == ["one", HELLO, "two, edited", HELLO]


async def test_a_running_answer_is_not_deleted(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("So far"), hold, DONE)
    sent = await world.send("one")
    await hold.reached.wait()

    for item in sent.messages:
        with pytest.raises(StillAnswering):
            await world.services.branches.delete_pair(world.owner, item.message.id)

    hold.go.set()
    await world.ended(answer_id(sent))
    assert await shown(world, sent.conversation_id) == ["one", "So far"]


async def test_nobody_deletes_or_restores_somebody_elses(world: World) -> None:
    id, ids = await talk(world, "one")
    service = world.services.branches

    with pytest.raises(MessageNotFound):
        await service.delete_pair(world.stranger, ids[0])
    deleted = await service.delete_pair(world.owner, ids[0])
    await service.restore_messages(world.stranger, deleted)

    assert await shown(world, id) == []
