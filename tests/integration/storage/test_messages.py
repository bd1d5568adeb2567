import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.dialects import registry

from tests.integration.storage.conftest import add_user
from webchat.messages import Role
from webchat.storage.engine import Database
from webchat.storage.errors import ConversationNotFound, MessageNotFound
from webchat.storage.queries import branches, client_ids, conversations, listing, messages
from webchat.storage.queries._branches import upwards
from webchat.storage.queries.branches import BranchWindow
from webchat.storage.queries.listing import Filters
from webchat.storage.sqlite import sqlite_url
from webchat.storage.tables import Generation, Message

LENGTH = 1_000
"""Messages of the tree's main branch."""


class Tree:
    """A conversation of 1,000 messages, with a branch of 5 at every hundredth one."""

    conversation: str
    main: list[str]
    sides: dict[int, list[str]]


@pytest.fixture(scope="module")
def made_once(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Tree]:
    """A database with the tree, to be copied, its owner and the tree."""
    path = tmp_path_factory.mktemp("tree") / "webchat.db"
    shutil.copy(empty_database, path)

    async def made() -> tuple[str, Tree]:
        database = Database(sqlite_url(path))
        owner = await add_user(database, "Ann")
        tree = await make_tree(database, owner)
        await database.close()
        return owner, tree

    return path, *asyncio.run(made())


@pytest.fixture
async def db(tmp_path: Path, made_once: tuple[Path, str, Tree]) -> AsyncIterator[Database]:
    path = tmp_path / "webchat.db"
    shutil.copy(made_once[0], path)
    database = Database(sqlite_url(path))
    yield database
    await database.close()


@pytest.fixture
def owner(made_once: tuple[Path, str, Tree]) -> str:
    return made_once[1]


@pytest.fixture
def tree(made_once: tuple[Path, str, Tree]) -> Tree:
    return made_once[2]


async def make_tree(db: Database, owner: str) -> Tree:
    made = Tree()
    made.main, made.sides = [], {}
    rows: list[Message] = []

    def row(parent: str | None, depth: int) -> str:
        role = Role.ASSISTANT if depth % 2 else Role.USER
        rows.append(
            Message(
                conversation_id=made.conversation, owner_id=owner, parent_id=parent, depth=depth,
                role=role, content=f"{depth}",
            )
        )  # fmt: skip
        return rows[-1].id

    async with db.write() as session:
        made.conversation = (await conversations.create(session, owner)).id
        for depth in range(LENGTH):
            made.main.append(row(made.main[-1] if made.main else None, depth))
        for start in range(100, LENGTH, 100):
            side: list[str] = []
            for depth in range(start, start + 5):
                side.append(row(side[-1] if side else made.main[start - 1], depth))
            made.sides[start] = side
        session.add_all(rows)
        await session.flush()
        session.add_all(
            Generation(
                message_id=message.id, conversation_id=made.conversation, owner_id=owner,
                provider="Guide", model="help",
            )
            for message in rows
            if message.role is Role.ASSISTANT
        )  # fmt: skip
    return made


def ids(window: BranchWindow) -> list[str]:
    return [row.message.id for row in window.rows]


async def test_the_window_holds_the_newest_messages_of_the_branch(
    db: Database, owner: str, tree: Tree
) -> None:
    async with db.read() as session:
        window = await branches.branch_window(session, owner, tree.conversation, tree.main[-1], limit=40)
    assert ids(window) == tree.main[-40:]
    assert window.has_more
    assert all(
        (row.generation is not None and row.generation.message_id == row.message.id)
        == (row.message.role is Role.ASSISTANT)
        for row in window.rows
    )


async def test_a_side_branch_goes_through_its_own_messages(db: Database, owner: str, tree: Tree) -> None:
    side = tree.sides[300]
    async with db.read() as session:
        window = await branches.branch_window(session, owner, tree.conversation, side[-1], limit=10)
        whole = await branches.branch(session, owner, tree.conversation, side[-1])
    assert ids(window) == tree.main[295:300] + side
    assert [message.id for message in whole] == tree.main[:300] + side


@pytest.mark.parametrize("limit", [1, 7, 100, LENGTH, LENGTH + 1])
async def test_windows_upwards_join_into_the_branch(db: Database, owner: str, tree: Tree, limit: int) -> None:
    seen: list[str] = []
    before: str | None = None
    # The smallest windows are tried on a short branch, so the test stays quick.
    leaf = tree.main[99 if limit < 10 else LENGTH - 1]
    async with db.read() as session:
        while True:
            window = await branches.branch_window(
                session, owner, tree.conversation, leaf, limit=limit, before_message_id=before
            )
            assert 0 < len(window.rows) <= limit
            seen = ids(window) + seen
            if not window.has_more:
                break
            before = seen[0]
        above = await branches.branch_window(
            session, owner, tree.conversation, leaf, limit=limit, before_message_id=seen[0]
        )
    assert seen == tree.main[: tree.main.index(leaf) + 1]
    assert above == BranchWindow([], has_more=False)


async def test_an_unknown_leaf_gives_nothing(db: Database, owner: str, tree: Tree) -> None:
    nothing = BranchWindow([], has_more=False)
    async with db.write() as session:
        other = await conversations.create(session, owner)
        assert await branches.branch_window(session, owner, other.id, tree.main[-1], limit=5) == nothing
        assert await branches.branch_window(session, owner, tree.conversation, None, limit=5) == nothing
        assert await branches.branch_window(session, owner, tree.conversation, "x", limit=5) == nothing
        assert await branches.branch(session, owner, other.id, tree.main[-1]) == []
        assert await branches.branch(session, owner, tree.conversation, None) == []
        inside = await branches.branch_window(
            session, owner, other.id, None, limit=5, before_message_id=tree.main[5]
        )
        assert inside == nothing


async def test_a_broken_tree_does_not_run_in_circles(db: Database, owner: str, tree: Tree) -> None:
    async with db.write() as session:
        root = await messages.get(session, owner, tree.main[0])
        assert root is not None
        root.parent_id = tree.main[10]
    async with db.read() as session:
        assert len(await branches.branch(session, owner, tree.conversation, tree.main[20])) == 21


async def test_branches_at_a_message(db: Database, owner: str, tree: Tree) -> None:
    async with db.write() as session:
        second_root = await messages.add(
            session, owner, tree.conversation, parent_id=None, role=Role.USER, content="again"
        )
        below = await messages.children(session, owner, tree.conversation, tree.main[199])
        roots = await messages.children(session, owner, tree.conversation, None)
        places = await branches.sibling_ids(
            session, owner, tree.conversation, [tree.main[0], tree.main[5], tree.main[200], "unknown"]
        )
        newest = await branches.newest_leaf(session, owner, tree.main[200])
        newest_of_all = await branches.newest_leaf(session, owner, tree.main[0])
    assert [message.id for message in below] == [tree.main[200], tree.sides[200][0]]
    assert [message.id for message in roots] == [tree.main[0], second_root.id]
    assert places == {
        tree.main[0]: [tree.main[0], second_root.id],
        tree.main[5]: [tree.main[5]],
        tree.main[200]: [tree.main[200], tree.sides[200][0]],
    }
    assert newest == tree.sides[900][-1]
    assert newest_of_all == newest


async def test_messages_are_found(db: Database, owner: str, tree: Tree) -> None:
    async with db.write() as session:
        row = await messages.add(
            session, owner, tree.conversation, parent_id=tree.main[-1], role=Role.USER,
            content="\ud83d\ude00 \ud800", reasoning="why",
        )  # fmt: skip
        await client_ids.add(session, owner, row.id, ["c-2", "c-1"])
        assert await client_ids.add(session, owner, tree.main[0], ["c-1", "c-3"]) == 1
    async with db.read() as session:
        found = await client_ids.find_message(session, owner, ["c-1"])
        assert found is not None
        assert (found.id, found.content, found.reasoning) == (row.id, "\U0001f600 �", "why")
        assert await client_ids.find_message(session, owner, ["c-4"]) is None
        both = await client_ids.find_message(session, owner, ["c-1", "c-2"])
        assert both is not None
        assert both.id == row.id
        assert await client_ids.find_message(session, owner, ["c-1", "c-3"]) is None
        assert await client_ids.of_messages(session, owner, [row.id, tree.main[0], "unknown"]) == {
            row.id: ("c-2", "c-1"),
            tree.main[0]: ("c-3",),
        }
        wanted = [tree.main[3], "unknown", tree.main[1]]
        third, first = await messages.get_many(session, owner, wanted)
        assert (third.id, first.id) == (tree.main[3], tree.main[1])
        joined = await branches.get_with_generation(session, owner, tree.main[1])
        assert joined is not None
        assert joined.generation is not None
        assert joined.generation.message_id == joined.message.id == tree.main[1]
        assert await branches.get_with_generation(session, owner, "unknown") is None


async def test_a_message_belongs_below_one_of_its_conversation(db: Database, owner: str, tree: Tree) -> None:
    async with db.write() as session:
        other = await conversations.create(session, owner)
        for parent in (tree.main[0], "unknown"):
            with pytest.raises(MessageNotFound):
                await messages.add(session, owner, other.id, parent_id=parent, role=Role.USER, content="")
        with pytest.raises(ConversationNotFound):
            await messages.add(session, owner, "unknown", parent_id=None, role=Role.USER, content="")


async def test_no_query_of_one_conversation_reads_the_others(db: Database, owner: str, tree: Tree) -> None:
    """SQLite may well choose an index on the owner alone, and then read all the owner has."""
    statements: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    engine = db._readers.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    ends = tree.main[-3:]
    async with db.read() as session:
        await messages.get_many(session, owner, ends)
        await branches.branch(session, owner, tree.conversation, tree.main[-1])
        await branches.branch_window(
            session, owner, tree.conversation, tree.main[-1], limit=5, before_message_id=tree.main[50]
        )
        await branches.branch_section(session, owner, tree.conversation, tree.main[-1], first=50, limit=5)
        await messages.children(session, owner, tree.conversation, None)
        roots = statements[-1][0]  # with deleted ones, which no index has
        await messages.children(session, owner, tree.conversation, tree.main[5])
        await branches.sibling_ids(session, owner, tree.conversation, [tree.main[0], *ends])
        await branches.newest_leaf(session, owner, tree.main[900])
        await client_ids.find_message(session, owner, ["c-1"])
        await listing.list_page(session, owner, Filters(), limit=5)
    event.remove(engine, "before_cursor_execute", note)

    selects = [(sql, parameters) for sql, parameters in statements if "SELECT" in sql]
    assert len(selects) == 14
    with closing(sqlite3.connect(db.path)) as connection:
        for sql, parameters in selects:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]
            for step in plan:
                wasteful = step.startswith("SCAN") and step not in FREE_SCANS
                assert not wasteful, (step, sql)
                ordered = "ix_conversation_listed" in step
                assert ordered or not step.endswith("(owner_id=?)"), (step, sql)
                assert sql == roots or not step.endswith("(conversation_id=?)"), (step, sql)


FREE_SCANS = ("SCAN walk", "SCAN CONSTANT ROW", "SCAN anon_1")
"""Of what the query itself has made."""


def test_the_walk_up_a_branch_is_sql_that_postgres_has() -> None:
    walk = upwards("owner", "conversation", "leaf", 10)
    sql = str(select(walk).compile(dialect=registry.load("postgresql")()))
    assert sql.startswith("WITH RECURSIVE walk(id, parent_id, depth, step) AS")
