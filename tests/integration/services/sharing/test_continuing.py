"""Continuing a shared conversation: written in batches, seen once it is whole, not too often."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from typing import Any

import pytest

from tests.integration.services.sharing.test_share_pages import statements
from tests.integration.services.steering import shown
from tests.integration.services.world import World
from webchat.messages import Role
from webchat.services.errors import TooManyCopies
from webchat.services.sharing.continuing import BATCH, BY_ADDRESS, BY_LINK, ContinueLimits, write_copy
from webchat.snapshot import SharedMessage, Snapshot
from webchat.storage.queries import copies


def talk(messages: int) -> Snapshot:
    said = (
        SharedMessage(Role.ASSISTANT if n % 2 else Role.USER, f"text {n}", "m" if n % 2 else "")
        for n in range(messages)
    )
    return Snapshot("A talk", date(2026, 11, 21), tuple(said))


@pytest.mark.parametrize("messages", [1, BATCH, 2 * BATCH + 1])
async def test_the_copy_is_whole(world: World, messages: int) -> None:
    copy = await write_copy(world.database, world.owner, talk(messages), "Fake:m")

    with closing(sqlite3.connect(world.database.path)) as connection:
        rows = connection.execute(
            "SELECT id, parent_id, depth, role, content, model, status FROM message"
            " WHERE conversation_id = ? ORDER BY depth",
            (copy,),
        ).fetchall()
    assert [row[4] for row in rows] == [f"text {n}" for n in range(messages)]
    assert [row[1] for row in rows] == [None, *(row[0] for row in rows[:-1])]
    assert [row[2] for row in rows] == list(range(messages))
    assert {row[3:4] + row[5:] for row in rows} <= {
        ("user", None, "complete"),
        ("assistant", "m", "complete"),
    }
    assert (await shown(world, copy))[-1] == f"text {messages - 1}"
    assert [item.title for item in (await world.listed())] == ["A talk"]


async def test_a_batch_takes_few_statements(world: World) -> None:
    counted = {}
    for messages in (BATCH, 10 * BATCH):
        with statements(world.database) as seen:
            await write_copy(world.database, world.owner, talk(messages), None)
        counted[messages] = len(seen)

    assert counted[10 * BATCH] - counted[BATCH] <= 9 * 3  # BEGIN, whose it is, INSERT


async def test_others_write_between_two_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No turn at the writer has more than one batch in it."""
    sizes: list[int] = []
    add = copies.add_messages

    async def noted(session: Any, owner_id: str, conversation_id: str, rows: Any) -> int:
        sizes.append(len(rows))
        assert len(session.info.setdefault("batches", [])) == 0
        session.info["batches"].append(len(rows))
        return await add(session, owner_id, conversation_id, rows)

    monkeypatch.setattr(copies, "add_messages", noted)
    await write_copy(world.database, world.owner, talk(3 * BATCH + 1), None)

    assert sizes == [BATCH, BATCH, BATCH, 1]


async def test_what_was_broken_off_shows_nowhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: Any) -> bool:
        raise RuntimeError("the power is out")

    monkeypatch.setattr(copies, "show", failing)
    with pytest.raises(RuntimeError):
        await write_copy(world.database, world.owner, talk(3), None)

    assert (await world.listed()) == []


def test_copies_are_counted_by_address_and_by_link() -> None:
    limits = ContinueLimits()
    for _ in range(BY_ADDRESS):
        limits.note("a", "192.0.2.1")
    with pytest.raises(TooManyCopies) as refused:
        limits.note("a", "192.0.2.1")
    assert 0 < refused.value.wait <= 3600
    limits.note("b", "192.0.2.1")

    for number in range(BY_LINK - BY_ADDRESS):
        limits.note("a", f"198.51.100.{number}")
    with pytest.raises(TooManyCopies):
        limits.note("a", "203.0.113.1")
    limits.note("b", "203.0.113.1")
