"""The answer to a message is found by the id that the browser sent the message with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.integration.services.world import MODEL, World
from webchat.services.chat import sent_answers
from webchat.services.chat.sending import Draft
from webchat.services.chat.sent_answers import SentAnswers
from webchat.storage.engine import Session
from webchat.storage.ids import new_id
from webchat.storage.queries.sending import sent_answer
from webchat.storage.types import MessageStatus


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


async def test_an_answer_that_is_saved_is_found_once_it_runs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then it has no words, and a reader would see the end of an empty answer."""
    sending, saved, go = world.services.sending, asyncio.Event(), asyncio.Event()
    whole = world.database.write

    @asynccontextmanager
    async def write_and_wait(*arguments: Any, **options: Any) -> AsyncIterator[Session]:
        async with whole(*arguments, **options) as session:
            yield session
        saved.set()
        await go.wait()

    client_id = new_id()
    monkeypatch.setattr(world.database, "write", write_and_wait)
    sent = asyncio.create_task(sending.send(world.owner, Draft("Hello", client_id, None, MODEL)))
    await saved.wait()
    monkeypatch.undo()
    waiting = asyncio.create_task(world.services.sent_answers.find(world.owner, client_id))
    async with world.database.read() as session:
        answer = await sent_answer(session, world.owner, client_id)
    assert answer is not None
    assert answer.status is MessageStatus.STREAMING
    found_early, _ = await asyncio.wait([waiting], timeout=0.05)
    go.set()

    assert not found_early
    assert await waiting == answer.id
    assert world.generations.running() == {answer.id}
    await sent
    await world.ended(answer.id)


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
