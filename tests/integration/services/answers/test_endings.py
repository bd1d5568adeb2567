"""Every answer ends, whatever its end meets: no row is left streaming, and no words are lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from tests.errors import error_text
from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.world import World, answer_id
from tests.streaming_rows import check_streaming_rows, streaming_rows
from webchat.messages import Finish, FinishReason, TextDelta, Usage
from webchat.providers.failover import NoneAnswered
from webchat.services.answers import generations
from webchat.services.answers.records import AnswerRecords, Outcome
from webchat.storage.engine import Database
from webchat.storage.errors import DatabaseFull
from webchat.storage.queries import maintenance
from webchat.storage.tables import Message
from webchat.storage.types import GenerationStatus, MessageStatus

Lines = list[MutableMapping[str, Any]]


@pytest.fixture(autouse=True)
def _quick_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generations, "CHECKPOINT_INTERVAL", 0.005)


def refusing(monkeypatch: pytest.MonkeyPatch, refuses: Callable[[Outcome], bool]) -> list[Outcome]:
    """Let the database refuse some ends with an error nobody expects; returns every end that was tried."""
    tried: list[Outcome] = []
    finish = AnswerRecords.finish

    async def maybe(self: AnswerRecords, owner_id: str, generation_id: str, outcome: Outcome) -> bool:
        tried.append(outcome)
        if refuses(outcome):
            raise TypeError("this cannot be stored")
        return await finish(self, owner_id, generation_id, outcome)

    monkeypatch.setattr(AnswerRecords, "finish", maybe)
    return tried


# What the database refuses.


@pytest.mark.parametrize("tokens", [2**63, 2**64 - 1, -(2**63) - 1])
async def test_tokens_beyond_what_a_database_holds_cost_no_answer(world: World, tokens: int) -> None:
    world.scripts["Fake"] = Scripted(TextDelta("All of it."), Finish(FinishReason.STOP), Usage(7, tokens))

    message = await world.asked()

    generation = await world.generation(message.id)
    assert (message.content, message.status) == ("All of it.", MessageStatus.COMPLETE)
    assert (generation.input_tokens, generation.output_tokens) == (7, None)
    assert (await world.asked("And now?", conversation_id=message.conversation_id)).status is (
        MessageStatus.COMPLETE
    )


async def test_an_end_without_what_was_refused_keeps_its_status(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = refusing(monkeypatch, lambda outcome: outcome.usage != Usage())
    world.scripts["Fake"] = Scripted(TextDelta("Kept."), Usage(1, 2), Finish(FinishReason.LENGTH, "odd"))

    message = await world.asked()

    generation = await world.generation(message.id)
    assert len(tried) == 2
    assert (message.content, message.status) == ("Kept.", MessageStatus.COMPLETE)
    assert (generation.finish_reason, generation.raw_finish_reason) == (FinishReason.LENGTH, None)
    assert [attempt.provider for attempt in await world.attempts(message.id)] == ["Fake"]


async def test_end_refused_by_the_database_is_saved_as_an_error(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, lambda outcome: outcome.status is not GenerationStatus.ERROR)
    world.scripts["Fake"] = saying("Kept ", "all the same.")

    message = await world.asked()

    assert (message.content, message.status) == ("Kept all the same.", MessageStatus.ERROR)
    assert "could not be saved" in str(error_text(await world.generation(message.id)))


async def test_an_end_refused_for_long_is_tried_until_it_is_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = refusing(monkeypatch, lambda _: len(tried) <= 10)

    message = await world.asked()

    assert (message.content, message.status) == ("Hello there.", MessageStatus.COMPLETE)


async def test_commit_that_fails_after_success_ends_the_answer_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, calls = AnswerRecords.finish, 0

    async def unknown(self: AnswerRecords, *args: Any) -> bool:
        nonlocal calls
        calls += 1
        written = await finish(self, *args)
        if calls == 1:
            raise DatabaseFull("webchat.db")
        return written

    monkeypatch.setattr(AnswerRecords, "finish", unknown)

    message = await world.asked()

    assert (message.content, message.status, calls) == ("Hello there.", MessageStatus.COMPLETE, 2)


# What else ends a task.


async def test_a_failure_that_names_no_attempt_ends_the_answer(world: World) -> None:
    world.scripts["Fake"] = Scripted(TextDelta("So far"), NoneAnswered("Fake", ()))

    message = await world.asked()

    assert (message.content, message.status) == ("So far", MessageStatus.ERROR)


async def test_whoever_fails_after_an_answer_fails_alone(world: World) -> None:
    async def failing(owner_id: str, conversation_id: str) -> None:
        raise RuntimeError("not today")

    world.generations.after_answer = failing

    assert (await world.asked()).status is MessageStatus.COMPLETE
    assert (await world.asked()).status is MessageStatus.COMPLETE


async def test_send_cancelled_at_any_moment_keeps_rows_consistent(world: World) -> None:
    for steps in range(0, 60, 3):
        sending = asyncio.create_task(world.send())
        for _ in range(steps):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

        async with world.database.write():
            check_streaming_rows(world.database.path, world.generations.running())


async def test_a_send_cancelled_while_it_commits_is_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = Hold()
    write = Database.write

    def held(self: Database) -> Any:
        monkeypatch.setattr(Database, "write", write)
        return _Held(write(self), close)

    monkeypatch.setattr(Database, "write", held)
    sending = asyncio.create_task(world.send())
    await close.reached.wait()
    sending.cancel()
    await asyncio.sleep(0)
    close.go.set()
    await asyncio.gather(sending, return_exceptions=True)

    (conversation,) = await world.listed()
    opened = await world.services.conversations.open(world.owner, conversation.id, 9)
    message = await world.ended(opened.window.items[-1].message.id)
    assert (message.content, message.status) == ("Hello there.", MessageStatus.COMPLETE)


class _Held:
    """A database block that is left late, its changes on disk."""

    def __init__(self, block: Any, hold: Hold) -> None:
        self._block, self._hold = block, hold

    async def __aenter__(self) -> Any:
        return await self._block.__aenter__()

    async def __aexit__(self, *error: Any) -> Any:
        ended = await self._block.__aexit__(*error)
        await self._hold.pass_by()
        return ended


async def test_a_row_that_nobody_writes_is_ended_without_a_restart(
    world: World, monkeypatch: pytest.MonkeyPatch, logged: Lines
) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("Being written"), hold, DONE)
    running_id = answer_id(await world.send())
    await hold.reached.wait()
    monkeypatch.setattr(world.generations, "start", lambda job: None)
    monkeypatch.setattr(generations, "CHECKPOINTS_A_SEARCH", 10**9)
    lost_id = answer_id(await world.send())
    with pytest.raises(AssertionError, match=lost_id):  # as every other test would
        await world.check_answers()
    monkeypatch.setattr(generations, "CHECKPOINTS_A_SEARCH", 1)

    async with asyncio.timeout(20):
        while lost_id in streaming_rows(world.database.path):  # noqa: ASYNC110  (no event tells)
            await asyncio.sleep(0.005)

    assert (await world.message(lost_id)).status is MessageStatus.INTERRUPTED
    assert (await world.message(running_id)).status is MessageStatus.STREAMING
    assert any(line["event"] == "abandoned answers were marked interrupted" for line in logged)
    hold.go.set()
    assert (await world.ended(running_id)).content == "Being written"


# Somebody else ends the answer.


@pytest.mark.parametrize("checkpointed", [True, False])
async def test_answer_ended_elsewhere_keeps_its_text_and_is_logged(
    world: World, logged: Lines, checkpointed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not checkpointed:
        monkeypatch.setattr(generations, "CHECKPOINT_INTERVAL", 60)
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("One "), hold, TextDelta("two."), DONE)
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    async with asyncio.timeout(20):
        while checkpointed and (await world.message(message_id)).content != "One ":  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    async with world.database.write() as session:
        assert await maintenance.interrupt_running(session) == 1
    hold.go.set()

    message = await world.ended(message_id)

    assert (message.content, message.status) == ("One two.", MessageStatus.INTERRUPTED)
    (line,) = [line for line in logged if line["event"] == "an answer was already ended elsewhere"]
    assert (line["log_level"], line["message_id"], line["words_kept"]) == ("error", message_id, True)
    assert line["generation_id"] == (await world.generation(message_id)).id


async def test_an_answer_somebody_else_goes_on_with_is_left_to_them(world: World, logged: Lines) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("One "), hold, TextDelta("two."), DONE)
    message_id = answer_id(await world.send())
    await hold.reached.wait()
    async with world.database.write() as session:
        await maintenance.interrupt_running(session)
        theirs = update(Message).where(col(Message.id) == message_id).values(content="One and a half.")
        await session.execute(theirs)
    hold.go.set()

    message = await world.ended(message_id)

    assert message.content == "One and a half."
    (line,) = [line for line in logged if line["event"] == "an answer was already ended elsewhere"]
    assert line["words_kept"] is False
