"""A send that is repeated is one send (R3): many of them, each three times at once."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter

from sqlalchemy import func, select
from sqlmodel import col

from tests.integration.services.scripted import saying
from tests.integration.services.world import World, answer_id
from webchat.messages import Role
from webchat.storage.ids import new_id
from webchat.storage.tables import ClientId, Generation, Message
from webchat.storage.types import MessageStatus

SENDS = int(os.environ.get("WEBCHAT_REPEATED_SENDS", "30"))
"""R3 wants 1,000."""
REPEATS = 3
AT_ONCE = 50


async def test_sends_repeated_three_times_are_saved_once_each(world: World) -> None:
    script = world.scripts["Fake"] = saying("Once.")
    ids = [new_id() for _ in range(SENDS)]
    chance = random.Random(3)

    for start in range(0, SENDS, AT_ONCE):
        repeats = [id for id in ids[start : start + AT_ONCE] for _ in range(REPEATS)]
        chance.shuffle(repeats)
        sends = await asyncio.gather(*(world.send(f"Text of {id}", client_id=id) for id in repeats))
        answers = {id: {answer_id(sent)} for id, sent in zip(repeats, sends, strict=True)}
        for id, sent in zip(repeats, sends, strict=True):
            answers[id].add(answer_id(sent))
        assert {len(found) for found in answers.values()} == {1}
        for found in answers.values():
            assert (await world.ended(*found)).status is MessageStatus.COMPLETE

    async with world.database.read() as session:
        rows = (
            await session.execute(
                select(col(ClientId.id), col(Message.content))
                .join(Message)
                .where(col(Message.role) == Role.USER)
            )
        ).all()
        generations = (await session.scalars(select(func.count()).select_from(Generation))).one()
    assert Counter(row.id for row in rows) == Counter(ids)
    assert all(row.content == f"Text of {row.id}" for row in rows)
    assert generations == SENDS
    told = Counter(request.messages[-1].content for request in script.requests)
    assert told == Counter(f"Text of {id}" for id in ids)
