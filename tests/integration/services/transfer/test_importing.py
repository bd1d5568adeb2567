"""What an import writes: everything once, for its owner alone, and never a part of a conversation."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.forked import run_forked
from tests.integration.services.world import World
from tests.unit.services.transfer.exports_of_others import (
    as_json,
    chatgpt,
    claude,
    claude_message,
    node,
)
from webchat.services.transfer import writing
from webchat.services.transfer.export_format import ExportFormat
from webchat.services.transfer.importer import Progress, run
from webchat.services.transfer.parsers.fields import RAW_CHARACTERS
from webchat.services.transfer.report import Outcome, Report
from webchat.storage.errors import DatabaseFull
from webchat.storage.queries import imports
from webchat.words.imports import noted

TALK = chatgpt(
    node("q", "root", "user", "Why?"),
    node("a", "q", "assistant", "So."),
    node("b", "q", "assistant", "Thus.", content={"content_type": "hologram"}),
)


class Importing:
    """Imports values as JSON files."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.path = world.folder / "import"

    async def __call__(self, value: object, *, owner: str = "", write: bool = True) -> Report:
        self.path.write_bytes(value if isinstance(value, bytes) else as_json(value))
        progress = Progress()
        files, owner_id = self.world.services.files, owner or self.world.owner
        await run(self.world.database, owner_id, self.path, progress, files, write=write)
        assert progress.percent == 100
        return progress.report

    def rows(self, table: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.world.database.path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY id")]


@pytest.fixture
def importing(world: World) -> Importing:
    return Importing(world)


def outcomes(report: Report) -> list[str]:
    return [entry.outcome.value for entry in report.entries]


async def test_a_tree_is_imported_with_its_branches(importing: Importing) -> None:
    report = await importing([TALK])
    (entry,) = report.entries
    world = importing.world
    shown = await world.services.conversations.open(world.owner, entry.conversation_id, 9)

    assert (entry.outcome, entry.title, entry.messages) == ("imported", "A talk", 3)
    assert entry.notes == {"unshown": 1}
    assert [row.message.content for row in shown.window.items] == ["Why?", ""]
    last = shown.window.items[-1].message
    assert last.raw == [{"content_type": "hologram"}]
    assert len(shown.window.places[last.id]) == 2
    assert [item.title for item in (await world.listed())] == ["A talk"]


async def test_a_part_too_large_to_keep_is_in_the_report(importing: Importing) -> None:
    huge = {"content_type": "hologram", "beams": "x" * RAW_CHARACTERS}
    talk = chatgpt(node("q", "root", "user", "Why?"), node("a", "q", "assistant", content=huge))
    report = await importing([talk])
    (entry,) = report.entries

    assert entry.notes == {"left_out": 1}
    assert noted(report.notes) == "1 part was too large or too deeply nested to keep"
    exported = await importing.world.services.exports.export(importing.world.owner, ExportFormat.JSON)
    again = json.loads(b"".join([piece async for piece in exported.pieces]))
    _, answer = again["conversations"][0]["messages"]
    assert answer["raw"][0]["left_out"] == "too large"


async def test_importing_again_changes_nothing(importing: Importing) -> None:
    talks = [TALK, claude(claude_message("q", "", "human", text="Hi"))]
    await importing(talks)
    before = [importing.rows(table) for table in ("conversation", "message")]
    report = await importing(talks)

    assert outcomes(report) == ["present", "present"]
    assert [importing.rows(table) for table in ("conversation", "message")] == before


async def test_one_conversation_twice_in_a_file_is_imported_once(importing: Importing) -> None:
    assert outcomes(await importing([TALK, TALK])) == ["imported", "present"]


async def test_a_grown_conversation_gets_only_its_new_messages(importing: Importing) -> None:
    await importing([TALK])
    known = {row["id"] for row in importing.rows("message")}
    nodes = [each for id, each in TALK["mapping"].items() if id != "root"]
    grown = chatgpt(*nodes, node("q2", "b", "user", "More?"), node("a2", "q2", "assistant", "More."))
    report = await importing([grown])

    assert outcomes(report) == ["grown"]
    assert report.messages == 2
    (conversation,) = importing.rows("conversation")
    new = {row["content"]: row["id"] for row in importing.rows("message") if row["id"] not in known}
    assert set(new) == {"More?", "More."}
    assert conversation["current_leaf_id"] == new["More."]


async def test_a_person_who_went_on_stays_where_they_are(importing: Importing) -> None:
    world = importing.world
    (entry,) = (await importing([TALK])).entries
    answer = await world.asked("And then?", conversation_id=entry.conversation_id)
    nodes = [each for id, each in TALK["mapping"].items() if id != "root"]
    await importing([chatgpt(*nodes, node("q2", "b", "user", "More?"))])

    (conversation,) = importing.rows("conversation")
    assert conversation["current_leaf_id"] == answer.id


async def test_a_conversation_in_the_trash_is_reported_and_stays_there(importing: Importing) -> None:
    (entry,) = (await importing([TALK])).entries
    await importing.world.services.conversations.delete(importing.world.owner, entry.conversation_id)
    (again,) = (await importing([TALK])).entries

    assert (again.outcome, again.reason) == ("skipped", "in_trash")
    assert importing.rows("conversation")[0]["deleted_at"] is not None


async def test_a_preview_writes_nothing_and_says_the_same(importing: Importing) -> None:
    preview = await importing([TALK, 1], write=False)
    assert importing.rows("conversation") == []
    report = await importing([TALK, 1])

    assert (preview.counts, preview.messages, preview.notes) == (
        report.counts,
        report.messages,
        report.notes,
    )
    assert sorted(outcomes(report)) == ["imported", "skipped"]


async def test_each_owner_has_their_own_copy(importing: Importing) -> None:
    await importing([TALK])
    report = await importing([TALK], owner=importing.world.stranger)

    assert outcomes(report) == ["imported"]
    rows = importing.rows("message")
    assert len({row["id"] for row in rows}) == 6
    assert len({row["owner_id"] for row in rows}) == 2


async def test_a_long_conversation_is_hidden_until_it_is_complete(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MESSAGES_AT_ONCE", 2)
    whole, calls = imports.add, 0

    async def breaking(*arguments: Any) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise DatabaseFull("x")
        return await whole(*arguments)

    monkeypatch.setattr(imports, "add", breaking)
    with pytest.raises(DatabaseFull):
        await importing([TALK])
    assert (await importing.world.listed()) == []
    monkeypatch.setattr(imports, "add", whole)
    report = await importing([TALK])

    assert outcomes(report) == ["imported"]
    assert len(importing.rows("message")) == 3
    assert len(await importing.world.listed()) == 1


async def test_a_conversation_that_cannot_be_saved_costs_only_itself(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = imports.add

    async def breaking(session: Any, owner_id: str, rows: imports.NewRows) -> int:
        if any(row["content"] == "bad" for row in rows.messages):
            raise ValueError
        return await whole(session, owner_id, rows)

    monkeypatch.setattr(imports, "add", breaking)
    bad = chatgpt(node("q", "root", "user", "bad"), id="c2", conversation_id="c2")
    report = await importing([TALK, bad])

    assert sorted(outcomes(report)) == ["imported", "skipped"]
    assert len(importing.rows("conversation")) == 1


async def test_ids_keep_the_order_of_time(importing: Importing) -> None:
    nodes = [node(f"n{at}", "root", "user", f"{at}", create_time=1_700_000_000 + at // 3) for at in range(30)]
    await importing([chatgpt(*nodes)])

    assert [row["content"] for row in importing.rows("message")] == [str(at) for at in range(30)]


async def test_a_broken_file_is_imported_as_far_as_it_goes(importing: Importing) -> None:
    report = await importing(as_json([TALK, TALK])[:-20])

    assert outcomes(report) == ["imported"]
    assert [entry.reason for entry in report.problems] == ["ended_early"]


async def test_our_own_export_of_what_is_there_is_there(importing: Importing) -> None:
    world = importing.world
    await world.asked("Hello")
    download = await world.services.exports.export(world.owner, ExportFormat.JSON)
    data = b"".join([piece async for piece in download.pieces])
    before = importing.rows("message")

    assert outcomes(await importing(data)) == ["present"]
    assert importing.rows("message") == before
    (entry,) = (await importing(data, owner=world.stranger)).entries
    assert (entry.outcome, entry.messages) == (Outcome.IMPORTED, 2)
    theirs = [row for row in importing.rows("generation") if row["owner_id"] == world.stranger]
    ours = [row for row in importing.rows("generation") if row["owner_id"] == world.owner]
    different = {"id", "owner_id", "conversation_id", "message_id"}
    assert [{k: v for k, v in row.items() if k not in different} for row in theirs] == [
        {k: v for k, v in row.items() if k not in different} for row in ours
    ]


DYING = """
import asyncio, os, sys
from pathlib import Path
from webchat.services.files.files import Files
from webchat.services.transfer import importer, writing
from webchat.storage.engine import Database
from webchat.storage.queries import imports
from webchat.storage.secrets import Secrets
from webchat.storage.sqlite import sqlite_url

database, owner, file, last = sys.argv[1:]
writing.MESSAGES_AT_ONCE = 2
add, calls = imports.add, 0

async def dying(*arguments):
    global calls
    calls += 1
    await add(*arguments)
    if calls == int(last):
        os._exit(9)

imports.add = dying
opened = Database(sqlite_url(Path(database)))
attached = Files(opened, Secrets([]))
work = importer.run(opened, owner, Path(file), importer.Progress(), attached, write=True)
asyncio.run(work)
"""


@pytest.mark.parametrize("last", [1, 2, 3])
async def test_a_killed_import_leaves_no_part_of_a_conversation(importing: Importing, last: int) -> None:
    """It dies in the middle of a transaction; the next import completes what is missing."""
    world = importing.world
    short = chatgpt(node("q", "root", "user", "Hi"), id="c0", conversation_id="c0", title="Short")
    nodes = [node(f"n{at}", f"n{at - 1}" if at else "root", "user", "x") for at in range(5)]
    value = [short, chatgpt(*nodes, title="Long")]
    importing.path.write_bytes(as_json(value))
    arguments = (str(world.database.path), world.owner, str(importing.path), str(last))
    died = await asyncio.to_thread(run_forked, DYING, arguments, os.environ)
    assert died.returncode == 9, died.stderr

    shown = [item.title for item in (await world.listed())]
    assert shown == ([] if last == 1 else ["Short"])
    report = await importing(value)
    assert report.counts["skipped"] == 0
    assert len(importing.rows("message")) == 6
    assert len(await world.listed()) == 2
    assert (await importing(value)).counts == {"present": 2}
