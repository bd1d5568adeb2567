"""What administrators see about the server: everybody's usage, in numbers only, the database and backups."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from webchat.services.accounts.invitations import MOST_PEOPLE
from webchat.services.daily_backups import Backup, DailyBackups
from webchat.services.usage import Price, cost
from webchat.storage.engine import Database
from webchat.storage.queries import providers, usage_of_everyone, users
from webchat.storage.queries.usage import day_of
from webchat.storage.queries.usage_of_everyone import Used
from webchat.storage.types import utc_now
from webchat.words.text import gettext_noop

DAYS = 30
"""Days that are summed up, today included."""
MOST_LINES = 5_000
"""Lines by person and model that are read at once; cost and models beyond are left out."""
OTHER = gettext_noop("Members' own and removed providers")
"""The name of what is not everyone's, because what members call their own is theirs."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one person, or one model, was used for; tokens and cost are None where they are not known."""

    name: str
    answers: int
    input_tokens: int | None
    output_tokens: int | None
    cost: float | None


@dataclass(frozen=True, slots=True)
class EverybodysUsage:
    """Answers, tokens and cost of the last `DAYS` days."""

    people: list[Line]
    models: list[Line]
    """By `Provider:model`."""
    days: list[tuple[str, int]]
    """Each day with its answers, the oldest first."""


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the data lies. Sizes are in bytes."""

    database: Path
    database_size: int
    backups_folder: Path
    backups: list[Backup]
    """Newest first."""
    makes_backups: bool


class ServerFacts:
    """Reads figures of the whole server."""

    def __init__(
        self, database: Database, backups: DailyBackups, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database, self._backups, self._clock = database, backups, clock

    async def usage(self, provider_owner: str, prices: dict[str, Price]) -> EverybodysUsage:
        """What everybody used; `provider_owner` is the person whose providers are everyone's."""
        today = self._clock()
        days = [day_of(today - timedelta(days=back)) for back in reversed(range(DAYS))]
        async with self._database.read() as session:
            names = {user.id: user.name for user in await users.people(session, MOST_PEOPLE)}
            known = providers.names_in_use(await providers.list_all(session, provider_owner))
            people = await usage_of_everyone.by_person(session, list(names), days[0])
            by_day = await usage_of_everyone.by_day(session, list(names), days[0])
            lines = await usage_of_everyone.by_person_and_model(session, list(names), days[0], MOST_LINES)
        costs: dict[str, list[float]] = {}
        models: dict[str, list[Used]] = {}
        for line in lines:
            shared = line.provider in known
            models.setdefault(f"{line.provider}:{line.model}" if shared else OTHER, []).append(line)
            paid = _cost(line, prices) if shared else None
            if paid is not None:
                costs.setdefault(line.owner_id, []).append(paid)
        answers = {each.day: each.answers for each in by_day}
        summed = [_sum(name, used, prices) for name, used in models.items()]
        return EverybodysUsage(
            [
                Line(names[each.owner_id], each.answers, each.input_tokens, each.output_tokens, _total(paid))
                for each in people
                for paid in [costs.get(each.owner_id, [])]
            ],
            sorted(summed, key=lambda line: (-line.answers, line.name)),
            [(day, answers.get(day, 0)) for day in days],
        )

    async def storage(self) -> Storage:
        """The database and the backups."""
        path = Path(str(self._database.path))
        return Storage(
            path,
            await asyncio.to_thread(_size, path),
            self._backups.folder,
            await self._backups.written(),
            self._backups.keeps > 0,
        )


def _cost(used: Used, prices: dict[str, Price]) -> float | None:
    return cost(prices, used.provider, used.model, used.input_tokens, used.output_tokens)


def _sum(name: str, lines: list[Used], prices: dict[str, Price]) -> Line:
    paid = [] if name == OTHER else [_cost(line, prices) for line in lines]
    return Line(
        name,
        sum(line.answers for line in lines),
        _known(line.input_tokens for line in lines),
        _known(line.output_tokens for line in lines),
        _total([each for each in paid if each is not None]),
    )


def _known(numbers: Iterable[int | None]) -> int | None:
    """The sum of what is known; None if nothing is."""
    told = [number for number in numbers if number is not None]
    return sum(told) if told else None


def _total(paid: list[float]) -> float | None:
    return math.fsum(paid) if paid else None


def _size(database: Path) -> int:
    """The database with what was written to it last and is still in the file beside it."""
    files = (database, database.with_name(f"{database.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())
