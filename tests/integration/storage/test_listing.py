"""Lists of conversations under any combination of filters, against a search through all of them."""

from __future__ import annotations

import random
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.engine import Database
from webchat.storage.ids import new_id
from webchat.storage.queries import conversations, folders, labels, listing, trash
from webchat.storage.queries.conversations import Cursor
from webchat.storage.queries.listing import Filters
from webchat.storage.tables import Conversation, ConversationFilter

START = datetime(2026, 1, 1, tzinfo=UTC)
TAGS = ["home", "work"]
MODELS = ["A:one", "B:two"]


async def listed(db: Database, owner: str, filters: Filters, limit: int = 500) -> list[str]:
    """The ids of all pages of `limit`."""
    found: list[str] = []
    before: Cursor | None = None
    async with db.read() as session:
        while True:
            page = await listing.list_page(session, owner, filters, limit=limit, before=before)
            found += [row.id for row in page.conversations]
            before = page.next
            if before is None:
                return found


Rows = list[tuple[Conversation, list[str]]]


async def every_conversation(db: Database, owner: str) -> Rows:
    """Every conversation with its tags, latest first."""
    async with db.read() as session:
        rows = list(await session.scalars(select(Conversation).where(col(Conversation.owner_id) == owner)))
        tags = await labels.tags_of(session, owner, [row.id for row in rows])
    rows.sort(key=lambda row: (row.updated_at, row.id), reverse=True)
    return [(row, tags.get(row.id, [])) for row in rows]


def searched(rows: Rows, filters: Filters) -> list[str]:
    """What a list must show, found by looking at every conversation."""
    return [
        row.id
        for row, tags in rows
        if row.deleted_at is None
        and not row.temporary
        and (row.archived_at is not None) == filters.archived
        and (not filters.folder_id or row.folder_id == filters.folder_id)
        and (not filters.tag or filters.tag in tags)
        and (not filters.model or row.model == filters.model)
        and (filters.pinned is None or (row.pinned_at is not None) == filters.pinned)
    ]


@pytest.mark.parametrize("seed", range(2))
async def test_every_combination_shows_what_a_search_finds(
    db: Database, owner: str, stranger: str, seed: int
) -> None:
    chance = random.Random(seed)
    async with db.write() as session:
        inside = [(await folders.add_folder(session, owner, name)).id for name in ("First", "Second")]
        ids = []
        for number in range(30):
            moment = START + timedelta(minutes=number // 2)  # pairs at one time, told apart by their ids
            model = chance.choice([None, *MODELS])
            ids.append((await conversations.create(session, owner, model=model, now=moment)).id)
        await conversations.create(session, stranger, model="A:one")
    for step in range(120):
        async with db.write() as session:
            some = [id_ for id_ in chance.sample(ids, 3) if await conversations.get(session, owner, id_)]
            moment = START + timedelta(days=1, seconds=step)
            if not some:
                continue
            match chance.randrange(9):
                case 0:
                    await labels.set_pinned(session, owner, some, chance.choice([None, moment]))
                case 1:
                    await labels.set_archived(session, owner, some, chance.choice([None, moment]))
                case 2:
                    await labels.set_folder(session, owner, some, chance.choice([None, *inside]))
                case 3:
                    await labels.set_tags(session, owner, some[0], chance.sample(TAGS, chance.randrange(3)))
                case 4:
                    await labels.add_tag(session, owner, some, chance.choice(TAGS))
                case 5:
                    await labels.remove_tag(session, owner, some, chance.choice(TAGS))
                case 6:
                    await conversations.touch(session, owner, some[0], now=moment)
                case 7:
                    await conversations.set_options(session, owner, some[0], model=chance.choice(MODELS))
                case 8:
                    await conversations.delete(session, owner, some[0], now=moment)
                    if chance.random() < 0.7:
                        await conversations.restore(session, owner, some[0], now=moment)

    rows = await every_conversation(db, owner)
    combinations = product(
        ["", *inside], ["", *TAGS, "none"], ["", *MODELS], [False, True], [None, False, True]
    )
    for folder, tag, model, archived, pinned in combinations:
        filters = Filters(folder, tag, model, archived, pinned)
        expected = searched(rows, filters)
        assert await listed(db, owner, filters) == expected, filters
        assert await listed(db, owner, filters, limit=2) == expected, filters


async def test_temporary_and_deleted_ones_are_in_no_list(db: Database, owner: str) -> None:
    async with db.write() as session:
        hidden = await conversations.create(session, owner, model="A:one", temporary=True)
        gone = await conversations.create(session, owner, model="A:one")
        await labels.add_tag(session, owner, [gone.id], "home")
        await conversations.delete(session, owner, gone.id)
        assert await conversations.models_used(session, owner) == []
        assert await labels.count_tags(session, owner) == {}
        assert list(await session.scalars(select(ConversationFilter))) == []
        assert await conversations.get(session, owner, hidden.id) is not None
    for filters in (Filters(), Filters(model="A:one"), Filters(tag="home"), Filters(archived=True)):
        assert await listed(db, owner, filters) == []


Plan = list[str]
"""The steps by which SQLite runs a statement."""


async def plans_of(session: AsyncSession, work: Awaitable[object]) -> list[Plan]:
    """How SQLite runs the statements of some work in this session."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        statements.append((statement, values))

    connection = await session.connection()
    engine = connection.sync_connection
    assert engine is not None
    event.listen(engine, "before_cursor_execute", note)
    await work
    event.remove(engine, "before_cursor_execute", note)
    found = [
        await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        for statement, values in statements
    ]
    return [[str(row.detail) for row in plan] for plan in found]


async def plan_of(db: Database, owner: str, filters: Filters) -> Plan:
    """How SQLite reads a page."""
    before = Cursor(START, new_id())
    async with db.read() as session:
        page = listing.list_page(session, owner, filters, limit=9, before=before)
        return (await plans_of(session, page))[-1]


@pytest.mark.parametrize(
    "filters",
    [Filters(), Filters(pinned=False), Filters("f"), Filters("f", "t", "m"), Filters(archived=True)],
    ids=str,
)
async def test_a_page_is_read_from_one_index_in_its_order(db: Database, owner: str, filters: Filters) -> None:
    steps = await plan_of(db, owner, filters)
    page = next(step for step in steps if "ix_conversation_listed" in step or "conversation_filter" in step)
    assert ")<(" in page, steps
    # The one sort is that of the page's own rows.
    assert sum("TEMP B-TREE" in step for step in steps) <= 1, steps


async def test_pinned_ones_are_read_without_the_others(db: Database, owner: str) -> None:
    pinned = [step for step in await plan_of(db, owner, Filters(tag="t", pinned=True)) if "ix_" in step]
    assert any("ix_conversation_pinned" in step for step in pinned), pinned
    assert not any("ix_conversation_listed" in step for step in pinned), pinned


async def test_unused_ones_are_found_without_reading_the_others(db: Database, owner: str) -> None:
    async with db.write() as session:
        plans = await plans_of(session, trash.delete_unused(session, owner, START, START, 9))
    listed, archived, _deleted = plans
    assert any("ix_conversation_listed (owner_id=? AND updated_at<?)" in step for step in listed), listed
    assert any("ix_conversation_filter_listed" in step and "listed_at<?" in step for step in archived), (
        archived
    )


async def test_tags_are_counted_without_archived_conversations(db: Database, owner: str) -> None:
    async with db.write() as session:
        ids = [(await conversations.create(session, owner)).id for _ in range(3)]
        await labels.add_tag(session, owner, ids, "home")
        await labels.add_tag(session, owner, ids[:1], "work")
        await labels.set_archived(session, owner, ids[1:2], START)

        assert await labels.count_tags(session, owner) == {"home": 2, "work": 1}
