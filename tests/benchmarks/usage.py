"""What counting costs once much was used: `uv run python -m tests.benchmarks.usage`.

Fills a database with people, days and models until 500,000 answers are counted, and prints how long the start
of an answer waits for its limits and counters, and how long the figures of a person and of everyone take.
Fewer: `--answers 10000`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from tests.benchmarks.report import Timed, table_of_times
from tests.integration.services.accounts.signing_in import join, set_up
from tests.integration.services.world import World
from webchat.services.member_limits import Limit
from webchat.storage.migrations import upgrade
from webchat.storage.queries import usage
from webchat.storage.sqlite import sqlite_url
from webchat.storage.tables import UsageDay, User
from webchat.storage.types import utc_now

PEOPLE, DAYS, MODELS = 20, 730, 6
"""Every person uses every model every day; somebody who uses more models than this is rare."""
ROUNDS = 60
LIMIT = 50.0
"""Milliseconds."""
LIMITS = {Limit.MESSAGES: "1000000", Limit.TOKENS: "1000000000", Limit.COST: "1000000"}


async def fill(world: World, answers: int) -> str:
    """Count that many answers; returns the id of a member who has all limits."""
    await set_up(world.services.accounts)
    member = (await world.services.accounts.person_of(await join(world.services.accounts, "bob"))).id
    await world.services.member_limits.set_for(member, dict(LIMITS), "ann")
    async with world.database.write() as session:
        others = [User(name=f"Person {number}") for number in range(PEOPLE - 2)]
        session.add_all(others)
        await session.flush()
        ids = [world.owner, member, *(each.id for each in others)]
    chance = random.Random(1)
    each, left = max(1, answers // (PEOPLE * DAYS * MODELS)), answers
    today = utc_now()
    for ago in range(DAYS):
        day = usage.day_of(today - timedelta(days=ago))
        async with world.database.write() as session:
            for owner_id in ids:
                for model in range(MODELS):
                    # The last ones take what is left over, so that the sum is exact.
                    last = (ago, owner_id, model) == (DAYS - 1, ids[-1], MODELS - 1)
                    count = left if last else min(each, left)
                    left -= count
                    tokens = chance.randrange(100_000)
                    session.add(
                        UsageDay(
                            owner_id=owner_id,
                            day=day,
                            provider="Fake",
                            model=f"model-{model}",
                            started=count,
                            answers=count,
                            input_tokens=tokens,
                            output_tokens=tokens // 4,
                        )
                    )
    return member


async def timed(what: str, call: Callable[[], Awaitable[object]]) -> Timed:
    """How long a call takes, after one that does not count."""
    await call()
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await call()
        found.append((time.perf_counter() - began) * 1000)
    return Timed(what, found, limit=LIMIT)


async def measure(answers: int) -> list[Timed]:
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(upgrade, sqlite_url(Path(folder) / "webchat.db"))
        world = World(Path(folder))
        await world.open()
        member = await fill(world, answers)
        of = world.services

        async def start() -> None:
            async with world.database.write() as session:
                await of.member_limits.take(session, member, "Fake", "model-0")

        async def everyone() -> None:
            await of.server_facts.usage(world.owner, await of.usage.prices(world.owner))

        counted = f"{answers:,} answers counted"
        rows = [
            await timed(f"{counted}: an answer's start, all limits set", start),
            await timed(
                "… the limits of a member, as Settings shows them", lambda: of.member_limits.use(member)
            ),
            await timed("… the page of a person's usage", lambda: of.usage.lines(member)),
            await timed("… the page of everyone's usage", everyone),
        ]
        await world.close()
    return rows


def main() -> int:
    """Print the table; the exit code says whether all is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=500_000)
    rows = asyncio.run(measure(parser.parse_args().answers))
    sys.stdout.write(table_of_times(rows) + "\n")
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
