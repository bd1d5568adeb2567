"""How much a send asks of the database: each statement costs half a millisecond before the first text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from tests.integration.services.scripted import Hold, Scripted
from tests.integration.services.steering import send_what_waits
from tests.integration.services.world import World, answer_id, answer_tasks

BEFORE_ASKING = 12
IN_ALL = 26


@pytest.fixture
def executed(world: World) -> Iterator[list[str]]:
    """The statements that were executed."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engines = [engine.sync_engine for engine in (world.database._readers, world.database._writer)]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield statements
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def writes(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has waited for its turn to write, by the name of its task."""
    waited: list[str] = []
    write = world.database.write

    def noted(*args: Any, **kwargs: Any) -> Any:
        task = asyncio.current_task()
        waited.append(task.get_name().partition(" ")[0] if task else "")
        return write(*args, **kwargs)

    monkeypatch.setattr(world.database, "write", noted)
    return waited


async def test_a_send_asks_the_database_seldom(world: World, executed: list[str]) -> None:
    send_what_waits(world)
    asked = Hold()
    world.scripts["Fake"] = Scripted(asked)
    first = await world.send("A new conversation")
    await asked.reached.wait()

    assert len(executed) <= BEFORE_ASKING, executed

    asked.go.set()
    await world.ended(answer_id(first))
    executed.clear()
    world.scripts.clear()
    await world.send("One more", conversation_id=first.conversation_id)
    for task in answer_tasks():
        await task

    assert len(executed) <= IN_ALL, executed


async def test_an_answer_writes_only_its_start_and_its_end(world: World, writes: list[str]) -> None:
    send_what_waits(world)
    await world.send()
    for task in answer_tasks():
        await task

    assert len(writes) == 2, writes
    assert writes[1] == "answer"
