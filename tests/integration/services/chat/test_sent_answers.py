"""The answer to a message is found by the id that the browser sent the message with."""

from __future__ import annotations

import asyncio

from tests.integration.services.world import World
from webchat.services.chat import sent_answers
from webchat.services.chat.sent_answers import SentAnswers
from webchat.storage.ids import new_id


async def test_an_answer_is_found_before_its_message_is_sent(world: World) -> None:
    client_id = new_id()
    waiting = asyncio.create_task(world.services.sent_answers.find(world.owner, client_id))
    await asyncio.sleep(0)
    answer = await world.asked("Hello", client_id=client_id)

    assert await waiting == answer.id


async def test_an_answer_is_found_after_its_message_was_sent(world: World) -> None:
    client_id = new_id()
    answer = await world.asked("Hello", client_id=client_id)

    assert await world.services.sent_answers.find(world.owner, client_id) == answer.id


async def test_nobody_finds_the_answer_of_another_person(world: World) -> None:
    client_id = new_id()
    waiting = asyncio.create_task(world.services.sent_answers.find(world.stranger, client_id))
    await world.asked("Hello", client_id=client_id)

    assert await waiting is None
    assert await world.services.sent_answers.find(world.stranger, client_id) is None


async def test_waiting_ends_and_leaves_nothing(world: World) -> None:
    found = SentAnswers(world.database, seconds=0.01)

    assert await found.find(world.owner, new_id()) is None
    assert found._waiting == {}


async def test_a_person_waits_for_a_limited_number(world: World) -> None:
    found = SentAnswers(world.database)
    waiting = [
        asyncio.create_task(found.find(world.owner, new_id())) for _ in range(sent_answers.MOST_WAITING)
    ]
    await asyncio.sleep(0)

    assert await found.find(world.owner, new_id()) is None
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert found._waiting == {}
