"""The server stops while people still send: every answer ends, none is left for dead."""

from __future__ import annotations

import asyncio

from tests.integration.services.scripted import DONE, Hold, Scripted
from tests.integration.services.steering import send_what_waits
from tests.integration.services.world import World, answer_id, answer_tasks
from webchat.messages import TextDelta
from webchat.storage.ids import new_id
from webchat.storage.types import GenerationStatus, MessageStatus


async def test_what_is_sent_while_the_server_stops_ends_with_it(world: World) -> None:
    first, late = Hold(), Hold()
    world.scripts["Fake"] = Scripted(TextDelta("First."), first, DONE)
    await world.add_provider("Late", ["m"], Scripted(TextDelta("Late."), late, DONE))
    first_id = answer_id(await world.send())
    await first.reached.wait()
    closing = asyncio.create_task(world.generations.close(grace=0.2))
    await asyncio.sleep(0)
    late_id = answer_id(await world.send(model="Late:m"))
    await late.reached.wait()
    first.go.set()
    await closing

    assert (await world.message(first_id)).status is MessageStatus.COMPLETE
    message = await world.message(late_id)
    assert (message.content, message.status) == ("Late.", MessageStatus.INTERRUPTED)
    assert answer_tasks() == []


async def test_send_after_shutdown_is_saved_and_not_started(world: World) -> None:
    world.scripts["Fake"] = script = Scripted(Hold())
    await world.generations.close(grace=0)

    message_id = answer_id(await world.send())
    await world.generations.close()

    assert (await world.message(message_id)).status is MessageStatus.INTERRUPTED
    assert (await world.generation(message_id)).status is GenerationStatus.INTERRUPTED
    assert script.requests == []


async def test_a_queue_that_is_being_sent_is_finished_first(world: World) -> None:
    send_what_waits(world)
    after_answer, passing = world.generations.after_answer, Hold()
    assert after_answer is not None

    async def slowly(owner_id: str, conversation_id: str) -> None:
        await passing.pass_by()
        await after_answer(owner_id, conversation_id)

    world.generations.after_answer = slowly
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("First."), hold, DONE)
    sent = await world.send()
    await hold.reached.wait()
    await world.services.queued_messages.add(world.owner, sent.conversation_id, "two", new_id())
    world.scripts["Fake"] = Scripted(TextDelta("Second."), Hold(), DONE)
    hold.go.set()
    await passing.reached.wait()
    closing = asyncio.create_task(world.generations.close(grace=0))
    await asyncio.sleep(0)
    passing.go.set()
    await closing

    assert answer_tasks() == []
    assert await world.no_row_streams()
    opened = await world.services.conversations.open(world.owner, sent.conversation_id, 10)
    assert [item.message.content for item in opened.window.items][2] == "two"
