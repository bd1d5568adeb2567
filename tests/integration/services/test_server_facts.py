"""Figures of the whole server for administrators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.services.accounts.signing_in import join, set_up
from tests.integration.services.world import World
from webchat.messages import Usage
from webchat.services.accounts import Person
from webchat.services.catalogue.details import Details
from webchat.services.daily_backups import DailyBackups
from webchat.services.server_facts import DAYS, OTHER, Line, ServerFacts
from webchat.services.usage import Price
from webchat.storage.queries import usage

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
async def bob(world: World) -> Person:
    """A member; `Fake` is the administrator's."""
    accounts = world.services.accounts
    await set_up(accounts)
    return await accounts.person_of(await join(accounts, "bob"))


def facts_of(world: World) -> ServerFacts:
    return ServerFacts(world.database, DailyBackups(world.database, world.folder, 7), lambda: NOW)


async def answered(world: World, owner_id: str, model: str, used: Usage | None = None, ago: int = 0) -> None:
    provider, _, name = model.partition(":")
    async with world.database.write() as session:
        await usage.count_answer(session, owner_id, provider, name, now=NOW - timedelta(days=ago), usage=used)


async def test_answers_are_summed_by_person_model_and_day(world: World, bob: Person) -> None:
    await answered(world, world.owner, "Fake:m", Usage(1_000_000, 1))
    await answered(world, bob.id, "Fake:m", Usage(2_000_000, None), ago=1)
    await answered(world, bob.id, "Fake:other", ago=DAYS - 1)
    await answered(world, bob.id, "Fake:other", ago=DAYS)

    found = await facts_of(world).usage(world.owner, {"Fake:m": Price(3.0, 0.0)})

    assert found.people == [Line("bob", 2, 2_000_000, None, 6.0), Line("ann", 1, 1_000_000, 1, 3.0)]
    assert found.models == [Line("Fake:m", 2, 3_000_000, 1, 9.0), Line("Fake:other", 1, None, None, None)]
    assert len(found.days) == DAYS
    assert [day for day in found.days if day[1]] == [("2026-10-24", 1), ("2026-11-21", 1), ("2026-11-22", 1)]


async def test_what_members_call_their_own_is_not_shown(world: World, bob: Person) -> None:
    await world.services.providers.save(bob.id, None, Details("Secret plan", "https://models.test/v1"))
    await answered(world, bob.id, "Secret plan:own", Usage(7, 7))
    await answered(world, bob.id, "Gone:x")

    found = await facts_of(world).usage(world.owner, {"Secret plan:own": Price(1.0, 1.0)})

    assert found.models == [Line(OTHER, 2, 7, 7, None)]
    assert found.people == [Line("bob", 2, 7, 7, None)]


async def test_numbers_do_not_change_when_conversations_go(world: World, bob: Person) -> None:
    await world.asked()
    facts = ServerFacts(world.database, DailyBackups(world.database, world.folder, 7))
    before = await facts.usage(world.owner, {})
    assert [line.answers for line in before.people] == [1]
    await world.services.trash.delete(world.owner, [row.id for row in await world.listed()])
    await world.services.trash.empty(world.owner)

    assert await facts.usage(world.owner, {}) == before


async def test_local_owner_sees_their_own_numbers(world: World) -> None:
    await world.asked()
    facts = ServerFacts(world.database, DailyBackups(world.database, world.folder, 7))

    assert [line.name for line in (await facts.usage(world.owner, {})).people] == ["You"]


async def test_backups_are_listed_with_their_sizes(world: World) -> None:
    facts = facts_of(world)
    assert (await facts.storage()).backups == []
    backups = DailyBackups(world.database, world.folder, 7, clock=lambda: NOW)
    await backups.round()
    unfinished = backups.folder / ".webchat-unfinished"
    unfinished.mkdir()
    (backups.folder / "mine.zip").write_bytes(b"x")

    found = await facts.storage()

    assert [each.made_at for each in found.backups] == [NOW]
    assert found.backups[0].size > 1_000
    assert found.database_size > 10_000
    assert found.makes_backups
    assert unfinished.exists(), "a backup that is being written is left alone"


async def test_no_count_reads_more_than_its_days(world: World) -> None:
    """Sums are of rows that the primary key leads to, however long the history is."""
    async with world.database.read() as session:
        connection = await session.connection()
        for where in (
            "owner_id = 'x' AND day = '2026-11-22'",
            "owner_id = 'x' AND day >= '2026-11-01' AND day <= '2026-11-22'",
            "owner_id IN ('x', 'y') AND day >= '2026-11-01'",
        ):
            plan = await connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN SELECT sum(answers) FROM usage_day WHERE {where}"
            )
            assert "USING PRIMARY KEY (owner_id=? AND day" in str(plan.all()), where
