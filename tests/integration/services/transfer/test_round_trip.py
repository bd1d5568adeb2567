"""Export → import gives equal trees for any tree, and any bytes end in a report."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.services.transfer.exports_of_others import as_json, chatgpt, node
from webchat.messages import FinishReason, Role
from webchat.services.files.files import Files
from webchat.services.transfer.assistant_ties import AssistantTies
from webchat.services.transfer.attachments import Attachments
from webchat.services.transfer.export_format import ExportFormat
from webchat.services.transfer.exports import Exports
from webchat.services.transfer.importer import Progress, _Importer
from webchat.services.transfer.parsers.file_parser import parse_file
from webchat.services.transfer.parsers.files import OpenedFile
from webchat.services.transfer.report import Outcome
from webchat.storage.engine import Database
from webchat.storage.ids import derived_id
from webchat.storage.secrets import Secrets
from webchat.storage.sqlite import sqlite_url
from webchat.storage.tables import Attempt, Conversation, Generation, Message, User
from webchat.storage.types import GenerationStatus, MessageStatus

BEGAN = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
PLAIN: st.SearchStrategy[Any] = (
    st.none() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | WORDS
)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2)
)
MOMENTS = st.integers(0, 5).map(lambda seconds: BEGAN + timedelta(seconds=seconds))
ENDED = [status for status in MessageStatus if status is not MessageStatus.STREAMING]

ATTEMPTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "provider": WORDS,
        "model": WORDS,
        "started_at": MOMENTS,
        "ended_at": st.none() | MOMENTS,
        "error_code": st.none() | WORDS,
        "error_arguments": st.none() | st.dictionaries(WORDS, JSON, max_size=2),
    }
)
GENERATIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "status": st.sampled_from(
            [each for each in GenerationStatus if each is not GenerationStatus.RUNNING]
        ),
        "provider": WORDS,
        "model": WORDS,
        "system_prompt": WORDS,
        "temperature": st.none() | st.floats(0, 2),
        "started_at": MOMENTS,
        "first_text_at": st.none() | MOMENTS,
        "finished_at": st.none() | MOMENTS,
        "finish_reason": st.none() | st.sampled_from(FinishReason),
        "raw_finish_reason": st.none() | WORDS,
        "input_tokens": st.none() | st.integers(0, 10**9),
        "output_tokens": st.none() | st.integers(0, 10**9),
        "left_out": st.integers(0, 9),
        "thought_ms": st.none() | st.integers(0, 10**9),
        "error_code": st.none() | WORDS,
    }
)
MESSAGES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "above": st.integers(0, 20),
        "role": st.sampled_from(Role),
        "content": WORDS,
        "reasoning": WORDS,
        "model": st.none() | WORDS.filter(bool),
        "status": st.sampled_from(ENDED),
        "created_at": MOMENTS,
        "raw": st.none() | st.lists(JSON, min_size=1, max_size=2),
        "generation": st.none() | GENERATIONS,
        "attempts": st.lists(ATTEMPTS, max_size=2),
    }
)
TREES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "title": WORDS.map(lambda title: " ".join(title.split())),
        "title_is_manual": st.booleans(),
        "model": st.none() | WORDS.filter(bool),
        "system_prompt": WORDS,
        "temperature": st.none() | st.floats(0, 2),
        "parameters": st.none() | st.integers(-9, 9).map(lambda seed: {"seed": seed, "body": {"a": [1]}}),
        "messages": st.lists(MESSAGES, max_size=8),
        "current": st.integers(0, 20),
    }
)


@asynccontextmanager
async def databases(empty: Path) -> AsyncIterator[tuple[Database, Database, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("one.db", "two.db")]
        for path in paths:
            shutil.copy(empty, path)
        first, second = (Database(sqlite_url(path)) for path in paths)
        for database, owner in ((first, "ann"), (second, "bob")):
            async with database.write() as session:
                session.add(User(id=owner, name=owner))
        try:
            yield first, second, Path(folder) / "file"
        finally:
            await first.close()
            await second.close()


async def plant(database: Database, tree: dict[str, Any]) -> None:
    async with database.write() as session:
        values = {name: tree[name] for name in tree if name not in ("messages", "current")}
        row = Conversation(
            id=derived_id(BEGAN, 0, "c"),
            owner_id="ann",
            created_at=BEGAN,
            updated_at=BEGAN + timedelta(hours=1),
            **values,
        )
        session.add(row)
        await session.flush()
        planted: list[Message] = []
        for number, each in enumerate(tree["messages"]):
            values = {name: each[name] for name in each if name not in ("above", "generation", "attempts")}
            parent = planted[each["above"] % len(planted)] if planted and each["above"] < 15 else None
            message = Message(
                id=derived_id(each["created_at"], number, "m"),
                owner_id="ann",
                conversation_id=row.id,
                parent_id=parent.id if parent else None,
                depth=parent.depth + 1 if parent else 0,
                **values,
            )
            session.add(message)
            await session.flush()
            planted.append(message)
            if each["generation"] and message.role is Role.ASSISTANT:
                generation = Generation(
                    owner_id="ann", conversation_id=row.id, message_id=message.id, **each["generation"]
                )
                session.add(generation)
                await session.flush()
                for place, attempt in enumerate(each["attempts"], start=1):
                    session.add(Attempt(generation_id=generation.id, owner_id="ann", number=place, **attempt))
        if planted:
            row.current_leaf_id = planted[tree["current"] % len(planted)].id


def contents(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row, with its place instead of its id: of a message, its places among siblings from the root."""
    orders = {
        "conversation": "id",
        "message": "depth, id",
        "generation": "id",
        "attempt": "generation_id, number",
    }
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        rows = {
            table: [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}")]
            for table, order in orders.items()
        }
    for row in (*rows["conversation"], *rows["message"]):
        del row["number"]  # where a search shows it: what is imported is older than what was there
    places: dict[str | None, str] = {"ann": "owner", "bob": "owner", None: ""}
    for row in rows["conversation"]:
        places[row["id"]] = "conversation"
    siblings: Counter[str | None] = Counter()
    for row in rows["message"]:
        siblings[row["parent_id"]] += 1
        places[row["id"]] = f"{places[row['parent_id']]}.{siblings[row['parent_id']]}"
    for row in rows["generation"]:
        places[row["id"]] = f"of {places[row['message_id']]}"
    for row in rows["attempt"]:
        places[row["id"]] = f"{row['number']} {places[row['generation_id']]}"
    ids = ("id", "owner_id", "conversation_id", "parent_id", "message_id", "generation_id", "current_leaf_id")
    for row in chain.from_iterable(rows.values()):
        row.update({name: places[row[name]] for name in ids if name in row})
    return {table: sorted(found, key=itemgetter("id")) for table, found in rows.items()}


async def imported(database: Database, file: Path, owner: str) -> Progress:
    """Import without the process that parses, which would cost every example its start."""
    progress = Progress()
    attachments = Attachments(Files(database, Secrets([])), owner, file)
    found = list(parse_file(OpenedFile(file)))
    await _Importer(database, owner, progress.report, True, attachments, AssistantTies()).take(found)
    return progress


async def round_trip(empty: Path, tree: dict[str, Any]) -> None:
    async with databases(empty) as (first, second, file):
        await plant(first, tree)
        download = await Exports(first, Files(first, Secrets([]))).export("ann", ExportFormat.JSON)
        file.write_bytes(b"".join([piece async for piece in download.pieces]))
        progress = await imported(second, file, "bob")

        assert [entry.outcome for entry in progress.report.entries] == ["imported"]
        assert contents(first.path) == contents(second.path)
        again = await imported(second, file, "bob")
        assert [entry.outcome for entry in again.report.entries] == ["present"]


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(TREES)
def test_any_tree_is_the_same_after_export_and_import(empty_database: Path, tree: dict[str, Any]) -> None:
    asyncio.run(round_trip(empty_database, tree))


async def any_bytes(empty: Path, data: bytes) -> None:
    async with databases(empty) as (database, _, file):
        file.write_bytes(data)
        progress = await imported(database, file, "ann")
        tables = contents(database.path)
        counts = progress.report.counts

        assert len(tables["conversation"]) == counts[Outcome.IMPORTED]
        assert all(row["deleted_at"] is None for row in tables["conversation"])


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=60), st.integers(0, 1000))
def test_any_bytes_leave_no_part_of_a_conversation(empty_database: Path, junk: bytes, at: int) -> None:
    good = as_json([chatgpt(node("q", "root", "user", "Why?"))])
    at %= len(good)
    for data in (junk, good[:at] + junk + good[at:], good[:at] + junk):
        asyncio.run(any_bytes(empty_database, data))
