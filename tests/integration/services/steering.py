"""What the tests of a conversation's control share: what is shown of it, and the server's own part."""

from __future__ import annotations

from tests.integration.services.world import World, answer_id
from webchat.storage.types import MessageStatus


async def shown(world: World, conversation_id: str) -> list[str]:
    """The words of the branch that is shown, oldest first."""
    opened = await world.services.conversations.open(world.owner, conversation_id, 1000)
    return [item.message.content for item in opened.window.items]


async def places(world: World, conversation_id: str) -> dict[str, tuple[int, int]]:
    """The place of each shown message that has others beside it: number and how many, by its words."""
    opened = await world.services.conversations.open(world.owner, conversation_id, 1000)
    found = {}
    for item in opened.window.items:
        if ids := opened.window.places.get(item.message.id):
            found[item.message.content] = (ids.index(item.message.id) + 1, len(ids))
    return found


async def talk(world: World, *questions: str) -> tuple[str, list[str]]:
    """A conversation with these questions; its id and the ids of all its messages, oldest first."""
    conversation_id, ids = None, []
    for question in questions:
        sent = await world.send(question, conversation_id=conversation_id)
        await world.ended(answer_id(sent))
        conversation_id = sent.conversation_id
        ids += [item.message.id for item in sent.messages]
    assert conversation_id is not None
    return conversation_id, ids


def send_what_waits(world: World) -> None:
    """Do what the server does when an answer is complete, except for titles."""
    world.generations.after_answer = world.after_answer


async def all_ended(world: World, conversation_id: str) -> list[str]:
    """Wait until no answer of a conversation is being written; the words that are shown then."""
    with world.services.changes.listen(world.owner, "watching") as told:
        while True:
            opened = await world.services.conversations.open(world.owner, conversation_id, 1000)
            last = opened.window.items[-1].message
            if last.status is MessageStatus.STREAMING:
                await world.ended(last.id)
            elif last.status is MessageStatus.COMPLETE and opened.queued:
                await told.get()  # it is being sent
            else:
                return [item.message.content for item in opened.window.items]
