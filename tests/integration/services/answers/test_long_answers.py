"""What answers of many megabytes cost: no statement binds much of one, none is held whole or for longer."""

from __future__ import annotations

import _sqlite3
import asyncio
import ctypes
import gc
import threading
import tracemalloc
import weakref
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import delete, event, text
from sqlmodel import col

from tests.integration.services.answers.test_generations import checkpointed
from tests.integration.services.scripted import DONE, Hold, Scripted
from tests.integration.services.world import World, answer_id, answer_tasks
from webchat.messages import ReasoningDelta, TextDelta
from webchat.providers import base
from webchat.services.answers import generations
from webchat.services.answers.live_answer import PIECE_LIMIT
from webchat.services.answers.records import AnswerRecords
from webchat.storage.tables import Checkpoint
from webchat.storage.types import MessageStatus

Lines = list[MutableMapping[str, Any]]

MIB = 1024 * 1024
LONG = 16
"""Mebibytes of the answers measured."""


def long_answer(*first: Any) -> Scripted:
    """A provider that says as much as an answer may hold, after `first`."""
    return Scripted(*first, *[TextDelta("x" * MIB)] * LONG, DONE)


@contextmanager
def largest_bound(world: World) -> Iterator[list[int]]:
    """The length of the longest text that any statement of the writer was given meanwhile, at the end."""
    longest = [0]

    def note(_connection: Any, _cursor: Any, _sql: str, parameters: Any, _context: Any, many: bool) -> None:
        for row in parameters if many else [parameters]:
            longest[0] = max([longest[0], *(len(value) for value in row if isinstance(value, str))])

    engine = world.database._writer.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield longest
    finally:
        event.remove(engine, "before_cursor_execute", note)


def sqlite_memory() -> Any:
    """SQLite's own count of the bytes it held at most: `f(1)` begins anew."""
    try:
        at_most = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_highwater
    except AttributeError:
        pytest.skip("this SQLite does not tell what it holds")
    at_most.restype = ctypes.c_int64
    return at_most


@pytest.mark.parametrize("interval", [0.005, 60], ids=["checkpoints", "no checkpoints"])
async def test_no_statement_binds_much_of_a_long_answer(
    world: World, monkeypatch: pytest.MonkeyPatch, interval: float
) -> None:
    monkeypatch.setattr(generations, "CHECKPOINT_INTERVAL", interval)
    world.scripts["Fake"] = long_answer()

    with largest_bound(world) as longest:
        message = await world.asked()

    assert (len(message.content), message.status) == (LONG * MIB, MessageStatus.COMPLETE)
    assert 0 < longest[0] <= PIECE_LIMIT


async def test_sqlite_holds_a_long_answer_at_most_twice(world: World) -> None:
    at_most = sqlite_memory()
    world.scripts["Fake"] = long_answer()
    at_most(1)
    before = at_most(1)

    await world.send()
    await asyncio.wait(answer_tasks())

    assert at_most(0) - before < 2.5 * LONG * MIB


async def test_python_holds_a_long_answer_once_while_it_is_saved(world: World) -> None:
    hold = Hold()
    world.scripts["Fake"] = long_answer(hold)
    await world.send()
    await hold.reached.wait()
    tracemalloc.start()
    try:
        hold.go.set()
        await asyncio.wait(answer_tasks())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1.5 * LONG * MIB


async def test_failed_answer_is_freed_without_garbage_collection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "ANSWER_LIMIT", 8)
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("Words."), hold, TextDelta("More words."), DONE)
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    live = await world.generations.find(world.owner, message_id)
    assert live is not None
    freed = weakref.ref(live)
    del live
    gc.disable()
    try:
        hold.go.set()
        await asyncio.wait(answer_tasks())
        await asyncio.sleep(0)  # the task itself goes once the loop has called who waited for it
        assert freed() is None
    finally:
        gc.enable()
    assert (await world.message(message_id)).status is MessageStatus.ERROR


async def test_glibc_is_told_when_webchat_starts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []
    monkeypatch.setattr(generations, "keep_large_blocks_apart", lambda: told.append(True))

    await world.open_again()

    assert told == [True]


async def test_memory_is_released_when_the_last_reader_leaves(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "CHECKPOINT_INTERVAL", 0.005)
    monkeypatch.setattr(generations, "CHECKPOINTS_A_SEARCH", 1)
    given_back = threading.Event()
    monkeypatch.setattr(generations, "give_back", given_back.set)
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("x" * generations.LARGE), hold, DONE)
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    read_late = await world.generations.find(world.owner, message_id)
    hold.go.set()
    await asyncio.wait(answer_tasks())
    await rounds_of_checkpoints(world, monkeypatch, 3)

    assert not given_back.is_set()
    assert read_late is not None
    del read_late
    assert await asyncio.to_thread(given_back.wait, 20)


async def rounds_of_checkpoints(world: World, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Let the hub look so many times for what there is to write or to tidy up."""
    rounds = asyncio.Semaphore(0)
    interrupt_running = AnswerRecords.interrupt_running

    async def counted(self: AnswerRecords, *args: Any) -> int:
        rounds.release()
        return await interrupt_running(self, *args)

    monkeypatch.setattr(AnswerRecords, "interrupt_running", counted)
    async with asyncio.timeout(20):
        for _ in range(count):
            await rounds.acquire()


async def test_long_answer_with_lost_checkpoints_is_saved_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "CHECKPOINT_INTERVAL", 0.005)
    hold = Hold()
    thoughts, words = "é" * (PIECE_LIMIT + 1), "😀x" * (2 * PIECE_LIMIT)
    world.scripts["Fake"] = Scripted(ReasoningDelta(thoughts), TextDelta(words), hold, TextDelta("."), DONE)
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    await checkpointed(world, message_id, words)
    monkeypatch.setattr(generations, "CHECKPOINT_INTERVAL", 60)
    async with world.database.write() as session:
        lost = delete(Checkpoint).where(col(Checkpoint.message_id) == message_id, col(Checkpoint.start) > 0)
        await session.execute(lost)
    hold.go.set()

    message = await world.ended(message_id)

    assert (message.reasoning, message.content) == (thoughts, f"{words}.")
    assert message.status is MessageStatus.COMPLETE


async def test_long_answer_is_saved_once_there_is_disk_space(
    world: World, monkeypatch: pytest.MonkeyPatch, logged: Lines
) -> None:
    monkeypatch.setattr(generations, "CHECKPOINT_INTERVAL", 0.005)
    hold = Hold()
    words = "x" * MIB
    world.scripts["Fake"] = Scripted(TextDelta(words), hold, DONE)
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    await checkpointed(world, message_id, words)
    async with world.database.write() as session:
        pages = (await session.execute(text("PRAGMA page_count"))).scalar_one()
        await session.execute(text(f"PRAGMA max_page_count = {pages + 32}"))
    hold.go.set()
    async with asyncio.timeout(20):
        while not any("could not be saved yet" in line["event"] for line in logged):  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    async with world.database.write() as session:
        await session.execute(text(f"PRAGMA max_page_count = {pages * 100}"))

    message = await world.ended(message_id)

    assert (message.content, message.status) == (words, MessageStatus.COMPLETE)
