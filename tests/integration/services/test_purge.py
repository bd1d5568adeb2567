"""What was deleted is removed for good after thirty days, a few rows at a time, and not a moment earlier."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tests.integration.services.world import World
from webchat.messages import Role
from webchat.services import purge
from webchat.services.purge import STEPS, Purge, Step
from webchat.storage.ids import new_id
from webchat.storage.queries import branches, conversations, generations, messages, sending, shares
from webchat.storage.queries.attempts import AttemptEnding
from webchat.storage.queries.generations import Ending
from webchat.storage.queries.purge import CHARACTERS
from webchat.storage.queries.sending import Send, SendRecord
from webchat.storage.tables import Attempt, Conversation, ConversationModel, Generation, Message, Share
from webchat.storage.types import GenerationStatus, utc_now

DELETED = datetime(2025, 3, 1, 12, tzinfo=UTC)
KEPT = conversations.RESTORABLE_FOR
MOMENT = timedelta(seconds=1)


class Pauses:
    """Stands in for sleeping."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def purge_at(world: World, now: datetime, steps: Sequence[Step] = STEPS) -> tuple[Purge, Pauses]:
    pauses = Pauses()
    return Purge(world.database, steps=steps, clock=lambda: now, sleep=pauses), pauses


async def send(world: World, words: str = "words", **more: Any) -> SendRecord:
    """A question with a finished answer, which took one attempt."""
    async with world.database.write() as session:
        record = await sending.record_send(session, world.owner, Send((new_id(),), words, "A", "one", **more))
        tried = AttemptEnding(
            "A", "one", utc_now(), error_code="rate_limited", error_arguments={"service_words": "busy"}
        )
        ending = Ending(GenerationStatus.COMPLETE, f"answer to {words}", "thoughts", attempts=[tried])
        await generations.finish(session, world.owner, record.generation.id, ending)
    return record


async def share(world: World, conversation_id: str, expires_at: datetime | None = None) -> str:
    async with world.database.write() as session:
        link = Share(
            owner_id=world.owner,
            conversation_id=conversation_id,
            token_hash=new_id(),
            sealed_token="sealed",
            title="T",
            snapshot="{}",
            expires_at=expires_at,
        )
        return (await shares.add(session, world.owner, link)).id


async def delete_conversation(world: World, conversation_id: str, now: datetime = DELETED) -> None:
    async with world.database.write() as session:
        assert await conversations.delete(session, world.owner, conversation_id, now=now)


async def count(world: World, table: type) -> int:
    async with world.database.read() as session:
        return (await session.scalars(select(func.count()).select_from(table))).one()


async def test_deleted_conversation_is_purged_whole_after_30_days(world: World) -> None:
    gone, kept = await send(world, "gone"), await send(world, "kept")
    await share(world, gone.conversation.id)
    await share(world, kept.conversation.id)
    await delete_conversation(world, gone.conversation.id)

    early, _ = purge_at(world, DELETED + KEPT)
    await early.round()
    assert await count(world, Message) == 4
    async with world.database.write() as session:
        assert await conversations.restore(session, world.owner, gone.conversation.id, now=DELETED + KEPT)
    await delete_conversation(world, gone.conversation.id)

    late, _ = purge_at(world, DELETED + KEPT + MOMENT)
    await late.round()
    for table in (Conversation, ConversationModel, Generation, Attempt, Share):
        assert await count(world, table) == 1, table
    async with world.database.read() as session:
        words = set(await session.scalars(select(col(Message.content))))
    assert words == {"kept", "answer to kept"}


async def test_purged_message_loses_its_text_and_keeps_its_branch(world: World) -> None:
    first = await send(world, "secret")
    second = await send(world, "stays", conversation_id=first.conversation.id)
    pair = [first.user_message.id, first.assistant_message.id]
    async with world.database.write() as session:
        assert await messages.delete(session, world.owner, pair, now=DELETED) == 2

    early, _ = purge_at(world, DELETED + KEPT)
    await early.round()
    async with world.database.write() as session:
        assert await messages.restore(session, world.owner, pair) == 2
        assert await messages.delete(session, world.owner, pair, now=DELETED) == 2

    late, _ = purge_at(world, DELETED + KEPT + MOMENT)
    await late.round()
    async with world.database.read() as session:
        rows = await messages.get_many(session, world.owner, pair)
        branch = await branches.branch(
            session, world.owner, first.conversation.id, second.assistant_message.id
        )
    assert [(row.content, row.reasoning) for row in rows] == [("", ""), ("", "")]
    assert [message.content for message in branch] == ["stays", "answer to stays"]
    assert (await count(world, Generation), await count(world, Attempt)) == (1, 1)
    async with world.database.write() as session:
        assert await messages.restore(session, world.owner, pair) == 0
    again, pauses = purge_at(world, DELETED + KEPT + MOMENT)
    await again.round()
    assert pauses.seconds == [], "what is erased is not looked at again"


async def test_a_link_goes_thirty_days_after_it_expired(world: World) -> None:
    talk = (await send(world)).conversation.id
    expired = await share(world, talk, DELETED)
    kept = {await share(world, talk), await share(world, talk, DELETED + MOMENT)}
    late, _ = purge_at(world, DELETED + KEPT + MOMENT)
    await late.round()
    async with world.database.read() as session:
        left = {link.id for link in await shares.list_all(session, world.owner)}
    assert left == kept
    assert expired not in left


async def test_deep_tree_is_purged_from_its_leaves_in_steps_of_100(world: World) -> None:
    """Deeper than the 1,000 levels SQLite lets a cascade go down, and with branches on its way."""
    async with world.database.write() as session:
        talk = await conversations.create(session, world.owner)
        parent: str | None = None
        for number in range(1200):
            row = messages.below(talk, None, role=Role.USER, content=f"{number}", now=DELETED)
            row.parent_id, row.depth = parent, number
            session.add(row)
            await session.flush()
            if number % 3 == 0:
                beside = messages.below(talk, None, role=Role.USER, content="beside", now=DELETED)
                beside.parent_id, beside.depth = parent, number
                session.add(beside)
            parent = row.id
        await conversations.delete(session, world.owner, talk.id, now=DELETED)
    left: list[int] = []

    async def note(_seconds: float) -> None:
        left.append(await count(world, Message))

    steps = [replace(step, at_once=100) for step in STEPS]
    late = Purge(world.database, steps=steps, clock=lambda: DELETED + KEPT + MOMENT, sleep=note)
    await late.round()
    assert left == [*range(1500, -1, -100), 0], "one transaction a hundred messages, then the conversation's"
    assert await count(world, Conversation) == 0


async def test_long_texts_are_removed_few_at_a_time(world: World) -> None:
    async with world.database.write() as session:
        talk = await conversations.create(session, world.owner)
        for size in (CHARACTERS // 2, CHARACTERS // 2, CHARACTERS * 2, 1):
            await messages.add(
                session, world.owner, talk.id, parent_id=None, role=Role.USER, content="x" * size
            )
        await conversations.delete(session, world.owner, talk.id, now=DELETED)
    left: list[int] = []

    async def note(_seconds: float) -> None:
        left.append(await count(world, Message))

    await Purge(world.database, clock=lambda: DELETED + KEPT + MOMENT, sleep=note).round()
    assert left == [2, 1, 0, 0]


async def test_many_conversations_go_in_one_round(world: World) -> None:
    for number in range(45):
        record = await send(world, f"{number}")
        await delete_conversation(world, record.conversation.id, DELETED + timedelta(seconds=number))
    late, _ = purge_at(world, DELETED + KEPT + timedelta(seconds=44))
    await late.round()
    async with world.database.read() as session:
        [left] = await session.scalars(select(Conversation))
    assert left.deleted_at == DELETED + timedelta(seconds=44)


async def test_no_statement_of_a_purge_reads_all_rows(world: World) -> None:
    talk = (await send(world)).conversation.id
    await share(world, talk, DELETED)
    await delete_conversation(world, talk)
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    engines = (world.database._readers.sync_engine, world.database._writer.sync_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    late, _ = purge_at(world, DELETED + KEPT + MOMENT)
    await late.round()
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    asked = [(sql, parameters) for sql, parameters in statements if not sql.startswith("BEGIN")]
    assert len(asked) > 8
    async with world.database.read() as session:
        connection = await session.connection()
        for sql, parameters in asked:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple(parameters))
            for step in plan.mappings():
                assert not step["detail"].startswith("SCAN"), (step, sql)


async def test_a_step_that_fails_is_tried_again_and_stops_no_other(world: World) -> None:
    record = await send(world)
    await delete_conversation(world, record.conversation.id)
    refused = [True, False]

    async def find(_session: AsyncSession, _before: datetime, _limit: int) -> list[str]:
        if refused and refused.pop(0):
            raise OSError("the disk is gone")
        return []

    async def remove(_session: AsyncSession, _ids: Sequence[str], _before: datetime) -> int:
        return 0

    late, _ = purge_at(world, DELETED + KEPT + MOMENT, [Step("broken", 1, find, remove), *STEPS])
    await late.round()
    assert await count(world, Conversation) == 0, "the others went on"
    assert refused == [False], "once a round"
    await late.round()
    assert refused == []


async def test_nothing_restored_between_search_and_removal_is_lost(world: World) -> None:
    record = await send(world)
    await delete_conversation(world, record.conversation.id)

    [step] = [step for step in STEPS if step.what == "messages of deleted conversations"]

    async def restored_meanwhile(session: AsyncSession, ids: Sequence[str], before: datetime) -> int:
        at = DELETED + KEPT
        assert len(ids) == 2
        assert await conversations.restore(session, world.owner, record.conversation.id, now=at)
        return await step.remove(session, ids, before)

    late, _ = purge_at(world, DELETED + KEPT + MOMENT, [replace(step, remove=restored_meanwhile)])
    await late.round()
    assert await count(world, Message) == 2


async def test_rounds_follow_one_another_until_it_is_closed(world: World) -> None:
    waits: list[float] = []
    third = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            third.set()
            await asyncio.Event().wait()

    background = Purge(world.database, sleep=sleep)
    background.start()
    await third.wait()
    await background.close()
    assert waits == [purge.FIRST, purge.INTERVAL, purge.INTERVAL]
    await background.close()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.what)
def test_no_transaction_removes_more_than_fifty_rows(step: Step) -> None:
    assert step.at_once <= 50


async def test_a_round_can_be_asked_for_and_another_job_failing_does_not_stop_it(world: World) -> None:
    begun: asyncio.Queue[str] = asyncio.Queue()

    async def for_ever(_seconds: float) -> None:
        await asyncio.Event().wait()

    async def failing() -> None:
        begun.put_nowait("job")
        raise RuntimeError("the disk is full")

    async def find(_session: AsyncSession, _before: datetime, _limit: int) -> list[str]:
        begun.put_nowait("round")
        return []

    async def remove(_session: AsyncSession, _ids: Sequence[str], _before: datetime) -> int:
        raise AssertionError("nothing was found")

    step = Step("things", 1, find, remove)
    background = Purge(world.database, before_each=failing, steps=[step], sleep=for_ever)
    background.start()
    for _ in range(2):
        background.soon()
        assert [await begun.get(), await begun.get()] == ["job", "round"]
    await background.close()
    assert begun.empty()
