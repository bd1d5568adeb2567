"""What is deleted while it is being answered: the answer is stopped first, and its words are kept."""

from __future__ import annotations

from tests.integration.services.scripted import DONE, Hold, Scripted
from tests.integration.services.steering import talk
from tests.integration.services.world import MODEL, World, answer_id, answer_tasks
from webchat.messages import TextDelta
from webchat.storage.types import MessageStatus


def held(world: World) -> Scripted:
    """Let the provider stop after its first words; it is never let on."""
    world.scripts["Fake"] = script = Scripted(TextDelta("So far"), Hold(), TextDelta(" never"), DONE)
    return script


async def begun(script: Scripted) -> None:
    hold = script.steps[1]
    assert isinstance(hold, Hold)
    await hold.reached.wait()


async def test_deleting_a_conversation_stops_its_answers_and_no_others(world: World) -> None:
    script = held(world)
    sent = await world.send("one")
    other = await world.send("elsewhere")
    await begun(script)

    await world.services.conversations.delete(world.owner, sent.conversation_id)

    assert await world.generations.find(world.owner, answer_id(sent)) is None
    assert await world.generations.find(world.owner, answer_id(other)) is not None
    assert len(answer_tasks()) == 1
    await world.services.conversations.restore(world.owner, sent.conversation_id)
    message = await world.message(answer_id(sent))
    assert message.status is MessageStatus.STOPPED
    assert message.content in ("So far", "")


async def test_deleting_a_question_stops_another_answer_to_it(world: World) -> None:
    _, (_, shown) = await talk(world, "one")
    script = held(world)
    again = await world.services.further_answers.retry(world.owner, shown, MODEL)
    await begun(script)
    await world.services.branches.switch_branch(world.owner, shown)

    await world.services.branches.delete_pair(world.owner, shown)

    message = await world.message(again.message.id)
    assert (message.content, message.status) == ("So far", MessageStatus.STOPPED)
    assert answer_tasks() == []
