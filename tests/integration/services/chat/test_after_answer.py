"""What follows an answer that has ended, where a member's limits refuse it."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from tests.integration.services.accounts.signing_in import join, set_up
from tests.integration.services.scripted import Hold, Scripted
from tests.integration.services.steering import send_what_waits
from tests.integration.services.world import MODEL, World, answer_id
from tests.integration.state.possessions import finished
from webchat.messages import Finish, FinishReason, TextDelta
from webchat.services.chat.sending import Draft
from webchat.services.member_limits import Limit
from webchat.storage.ids import new_id
from webchat.storage.types import MessageStatus

DONE = Finish(FinishReason.STOP, "stop")


async def member(world: World, **limits: str) -> str:
    """The id of a member with these limits."""
    await set_up(world.services.accounts)
    bob = await world.services.accounts.person_of(await join(world.services.accounts, "bob"))
    entered = {Limit(name): text for name, text in limits.items()}
    await world.services.member_limits.set_for(bob.id, entered, "ann")
    return bob.id


async def test_queued_message_that_a_limit_refuses_goes_on_waiting(
    world: World, logged: list[MutableMapping[str, Any]]
) -> None:
    send_what_waits(world)
    what_follows, refused = world.generations.after_answer, asyncio.Event()
    assert what_follows is not None

    async def told(owner_id: str, conversation_id: str) -> None:
        await what_follows(owner_id, conversation_id)
        refused.set()

    world.generations.after_answer = told
    bob = await member(world, messages="2")
    hold = Hold()
    script = world.scripts["Fake"] = Scripted(TextDelta("First."), hold, DONE)
    first = await world.services.sending.send(bob, Draft("one", new_id(), None, MODEL))
    here = first.conversation_id
    await hold.reached.wait()
    await world.services.queued_messages.add(bob, here, "two", new_id())
    await world.services.member_limits.set_for(bob, {Limit.MESSAGES: "1"}, "ann")
    hold.go.set()
    async with asyncio.timeout(10):
        await refused.wait()

    opened = await world.services.conversations.open(bob, here, 10)
    assert [item.message.content for item in opened.window.items] == ["one", "First."]
    assert opened.window.items[-1].message.status is MessageStatus.COMPLETE
    assert opened.queued == "two"
    assert len(script.requests) == 1
    assert [line for line in logged if line["log_level"] in {"error", "critical"}] == []

    await world.services.member_limits.set_for(bob, {Limit.MESSAGES: "2"}, "ann")
    sent = await world.services.queued_messages.send(bob, here)
    assert sent is not None
    await finished(world, bob, answer_id(sent))
    opened = await world.services.conversations.open(bob, here, 10)
    assert [item.message.content for item in opened.window.items][2:] == ["two", "First."]
    assert opened.queued == ""
