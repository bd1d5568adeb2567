"""The models each conversation used, kept by triggers, are those a full search would find."""

import random
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlmodel import col

from webchat.messages import Role
from webchat.storage.engine import Database
from webchat.storage.queries import conversations, generations, labels, listing, messages, sending
from webchat.storage.queries.conversations import Cursor
from webchat.storage.queries.generations import Ending
from webchat.storage.queries.listing import Filters
from webchat.storage.queries.sending import Regenerate, Send
from webchat.storage.tables import Conversation, ConversationModel, Message
from webchat.storage.types import GenerationStatus, utc_now

FILTERS = [Filters(), Filters(model="A:one")]
MODELS = ["A:one", "A:two", "B:one", "B:two"]


async def found_by_searching(db: Database, owner: str) -> dict[tuple[str, str], tuple[int, Any]]:
    """What the table must hold: counted in the conversations and messages themselves."""
    expected: dict[tuple[str, str], int] = {}
    async with db.read() as session:
        rows = {row.id: row for row in await session.scalars(select(Conversation))}
        alive = select(Message).where(col(Message.deleted_at).is_(None), col(Message.model).is_not(None))
        for message in await session.scalars(alive):
            key = (message.conversation_id, message.model or "")
            expected[key] = expected.get(key, 0) + 1
    for row in rows.values():
        if row.model is not None:
            expected[row.id, row.model] = expected.get((row.id, row.model), 0) + 1
    return {
        (id_, model): (uses, None if rows[id_].deleted_at else rows[id_].updated_at)
        for (id_, model), uses in expected.items()
    }


async def kept(db: Database) -> dict[tuple[str, str], tuple[int, Any]]:
    async with db.read() as session:
        return {
            (row.conversation_id, row.model): (row.uses, row.listed_at)
            for row in await session.scalars(select(ConversationModel))
        }


class Owner:
    """Does things at random, in the ways the app does them."""

    def __init__(self, db: Database, owner: str, seed: int) -> None:
        self.db, self.owner, self.chance = db, owner, random.Random(seed)
        self.talks: list[str] = []
        self.questions: list[tuple[str, str]] = []
        self.answers: list[str] = []
        self.runs: list[str] = []
        self.sent = 0

    def model(self) -> tuple[str, str]:
        provider, _, model = self.chance.choice(MODELS).partition(":")
        return provider, model

    async def send(self) -> None:
        self.sent += 1
        talk = self.chance.choice([*self.talks, None, None])
        async with self.db.write() as session:
            if talk is not None and await conversations.get(session, self.owner, talk) is None:
                return
            parent = sending.Place.ROOT
            send = Send((f"c-{self.sent}",), "words", *self.model(), talk, parent, title="Title")
            self.remember(await sending.record_send(session, self.owner, send))

    async def regenerate(self) -> None:
        self.sent += 1
        async with self.db.write() as session:
            talk, question = self.chance.choice(self.questions)
            asked = await messages.get(session, self.owner, question)
            if (
                await conversations.get(session, self.owner, talk) is None
                or asked is None
                or asked.deleted_at
            ):
                return
            wish = Regenerate(f"c-{self.sent}", talk, question, *self.model())
            self.remember(await sending.record_regeneration(session, self.owner, wish))

    def remember(self, record: sending.SendRecord) -> None:
        self.talks.append(record.conversation.id)
        self.questions.append((record.conversation.id, record.user_message.id))
        self.answers.append(record.assistant_message.id)
        self.runs.append(record.generation.id)

    async def finish_by_another(self) -> None:
        provider, model = self.model()
        ending = Ending(GenerationStatus.COMPLETE, "words", provider=provider, model=model)
        async with self.db.write() as session:
            await generations.finish(session, self.owner, self.chance.choice(self.runs), ending)

    async def resume_with_another(self) -> None:
        provider, model = self.model()
        async with self.db.write() as session:
            run = self.chance.choice(self.runs)
            await generations.resume(session, self.owner, run, provider=provider, model=model)

    async def delete_or_restore_messages(self) -> None:
        ids = self.chance.sample([*self.answers, *(id_ for _, id_ in self.questions)], 2)
        change = self.chance.choice([messages.delete, messages.restore])
        async with self.db.write() as session:
            await change(session, self.owner, ids)

    async def delete_or_restore_a_conversation(self) -> None:
        change = self.chance.choice([conversations.delete, conversations.restore])
        async with self.db.write() as session:
            await change(session, self.owner, self.chance.choice(self.talks))

    async def choose_a_model(self) -> None:
        model = self.chance.choice([*MODELS, None])
        async with self.db.write() as session:
            talk = self.chance.choice(self.talks)
            if await conversations.get(session, self.owner, talk) is not None:
                await conversations.set_options(session, self.owner, talk, model=model)

    async def move_a_message(self) -> None:
        async with self.db.write() as session:
            moved = update(Message).where(col(Message.id) == self.chance.choice(self.answers))
            await session.execute(moved.values(conversation_id=self.chance.choice(self.talks)))


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_changes_the_table_says_what_a_search_finds(
    db: Database, owner: str, seed: int
) -> None:
    person = Owner(db, owner, seed)
    for _ in range(4):
        await person.send()
    for step in range(120):
        await person.chance.choice(
            [
                person.send,
                person.regenerate,
                person.finish_by_another,
                person.resume_with_another,
                person.delete_or_restore_messages,
                person.delete_or_restore_a_conversation,
                person.choose_a_model,
                person.move_a_message,
            ]
        )()
        assert await kept(db) == await found_by_searching(db, owner), step


async def test_a_deleted_conversation_takes_its_models_along(db: Database, owner: str) -> None:
    async with db.write() as session:
        record = await sending.record_send(session, owner, Send(("c-1",), "words", "A", "one"))
        await session.delete(record.conversation)
    assert await kept(db) == {}


async def test_a_model_is_not_found_by_its_deleted_answers(db: Database, owner: str) -> None:
    async with db.write() as session:
        record = await sending.record_send(session, owner, Send(("c-1",), "words", "A", "one"))
        talk, answer = record.conversation.id, record.assistant_message.id
        await conversations.set_options(session, owner, talk, model="A:two")
        await messages.delete(session, owner, [answer])
    async with db.read() as session:
        assert await conversations.models_used(session, owner) == ["A:two"]
        assert not (await listing.list_page(session, owner, Filters(model="A:one"), limit=9)).conversations
    async with db.write() as session:
        await messages.restore(session, owner, [answer])
    async with db.read() as session:
        assert await conversations.models_used(session, owner) == ["A:one", "A:two"]


async def test_models_of_archived_conversations_are_offered(db: Database, owner: str) -> None:
    async with db.write() as session:
        for model in ("one", "two", "three"):
            record = await sending.record_send(session, owner, Send((f"c-{model}",), "words", "A", model))
            if model != "two":
                await labels.set_archived(session, owner, [record.conversation.id], utc_now())
        await conversations.delete(session, owner, record.conversation.id)
    async with db.read() as session:
        assert await conversations.models_used(session, owner) == ["A:one", "A:two"]


@pytest.mark.parametrize("filters", FILTERS)
async def test_pages_follow_one_another_under_every_filter(
    db: Database, owner: str, filters: Filters
) -> None:
    made = []
    async with db.write() as session:
        for number in range(11):
            row = await conversations.create(session, owner, title=f"T{number}", now=None)
            row.updated_at = row.created_at.replace(microsecond=number // 4)
            role, model = Role.ASSISTANT, "A:one" if number % 5 else "A:two"
            await messages.add(session, owner, row.id, parent_id=None, role=role, content="", model=model)
            if not filters.model or number % 5:
                made.append((row.updated_at, row.id))
    seen: list[tuple[Any, str]] = []
    before: Cursor | None = None
    while True:
        async with db.read() as session:
            page = await listing.list_page(session, owner, filters, limit=2, before=before)
        seen += [(row.updated_at, row.id) for row in page.conversations]
        before = page.next
        if before is None:
            break
    assert seen == sorted(made, reverse=True)


async def test_a_page_has_500_conversations_at_most(db: Database, owner: str) -> None:
    async with db.write() as session:
        for _ in range(conversations.MAX_PAGE + 1):
            await conversations.create(session, owner)
    async with db.read() as session:
        page = await listing.list_page(session, owner, Filters(), limit=10**9)
        assert len(page.conversations) == conversations.MAX_PAGE
        assert page.next is not None
        assert (await session.scalars(select(func.count()).select_from(Conversation))).one() == 501


@pytest.mark.parametrize("filters", FILTERS)
async def test_a_page_is_chosen_in_an_index_in_its_order(db: Database, owner: str, filters: Filters) -> None:
    """It reads no messages and sorts no more than the page, so its cost does not grow with the history."""
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    async with db.write() as session:
        last = await conversations.create(session, owner, title="T")
    engine = db._readers.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    async with db.read() as session:
        before = Cursor(last.updated_at, last.id)
        await listing.list_page(session, owner, filters, limit=5, before=before)
        await conversations.models_used(session, owner)
    event.remove(engine, "before_cursor_execute", note)
    page, models = ((sql, parameters) for sql, parameters in statements if "SELECT" in sql)
    with closing(sqlite3.connect(db.path)) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {page[0]}", page[1])]
        used = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {models[0]}", models[1])]
    chosen = "model=? AND listed_at>? AND (listed_at" if filters.model else "owner_id=? AND (updated_at"
    # One sort, of the page itself.
    assert [step for step in plan if "TEMP B-TREE" in step] == ["USE TEMP B-TREE FOR ORDER BY"]
    assert any(chosen in step for step in plan), plan
    assert not any(step.endswith("message") or " message " in step for step in [*plan, *used])
    for index in ("conversation_model", "conversation_filter"):
        assert any(f"ix_{index}" in step and "model>?" in step for step in used), used
    assert not any("SCAN conversation" in step for step in used), used


async def steps_of_the_list(db: Database, owner: str) -> int:
    """How many steps SQLite takes to list the models."""
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    engine = db._readers.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    async with db.read() as session:
        assert await conversations.models_used(session, owner) == ["A:one", "A:two"]
    event.remove(engine, "before_cursor_execute", note)
    [(statement, parameters)] = [found for found in statements if "SELECT" in found[0]]
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with closing(sqlite3.connect(db.path)) as connection:
        connection.set_progress_handler(step, 1)
        connection.execute(statement, parameters).fetchall()
    return steps


async def test_the_list_of_models_takes_as_long_for_many_as_for_few(db: Database, owner: str) -> None:
    async def add(number: int) -> None:
        async with db.write() as session:
            ids = [
                (await conversations.create(session, owner, model=model)).id
                for model in ("A:one", "A:two")
                for _ in range(number)
            ]
            await labels.set_archived(session, owner, ids[::2], utc_now())

    await add(2)
    few = await steps_of_the_list(db, owner)
    await add(100)

    assert await steps_of_the_list(db, owner) == few
