"""What an owner has used, by day and model: counted as answers start and end, and summed up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.messages import Usage
from webchat.storage.queries._rows import built_once
from webchat.storage.tables import Table, UsageDay

_DAYS = Table.metadata.tables["usage_day"]


@dataclass(frozen=True, slots=True)
class ModelMonth:
    """What one model wrote in one month; `month` is `2026-11`, tokens are None if none were reported."""

    month: str
    provider: str
    model: str
    answers: int
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class ModelTokens:
    """The tokens of one model; 0 if none were reported."""

    provider: str
    model: str
    input_tokens: int
    output_tokens: int


def day_of(moment: datetime) -> str:
    """The day on which something at this moment, in UTC, is counted."""
    return f"{moment:%Y-%m-%d}"


async def count_start(
    session: AsyncSession, owner_id: str, provider: str, model: str, *, now: datetime
) -> None:
    """Count that an answer was asked for."""
    await _count(session, owner_id, provider, model, now, started=1)


async def count_answer(
    session: AsyncSession,
    owner_id: str,
    provider: str,
    model: str,
    *,
    now: datetime,
    usage: Usage | None = None,
    failed: bool = False,
) -> None:
    """Count that an answer has ended, with the tokens that the provider reported for it."""
    tokens = usage or Usage()
    await _count(
        session,
        owner_id,
        provider,
        model,
        now,
        answers=0 if failed else 1,
        input_tokens=tokens.input_tokens,
        output_tokens=tokens.output_tokens,
    )


async def count_tokens(
    session: AsyncSession, owner_id: str, provider: str, model: str, used: Usage, *, now: datetime
) -> None:
    """Count the tokens of something that is no answer, such as a title."""
    tokens = {"input_tokens": used.input_tokens, "output_tokens": used.output_tokens}
    await _count(session, owner_id, provider, model, now, **tokens)


async def started_on(session: AsyncSession, owner_id: str, now: datetime) -> int:
    """The number of answers asked for on the day of `now`."""
    today = and_(col(UsageDay.owner_id) == owner_id, col(UsageDay.day) == day_of(now))
    return await session.scalar(select(func.sum(col(UsageDay.started))).where(today)) or 0


async def tokens_of_month(session: AsyncSession, owner_id: str, now: datetime) -> list[ModelTokens]:
    """The tokens of each model in the month of `now`."""
    tokens = (_sum_of("input_tokens"), _sum_of("output_tokens"))
    month = (
        select(_DAYS.c.provider, _DAYS.c.model, *tokens)
        .where(_DAYS.c.owner_id == owner_id, _DAYS.c.day >= f"{now:%Y-%m}-01", _DAYS.c.day <= day_of(now))
        .group_by(_DAYS.c.provider, _DAYS.c.model)
    )
    return [ModelTokens(*line) for line in await session.execute(month)]


async def by_month_and_model(session: AsyncSession, owner_id: str, *, limit: int) -> list[ModelMonth]:
    """The newest `limit` lines, newest month first, the models with most answers first."""
    month = func.substr(_DAYS.c.day, 1, 7).label("month")
    answers = func.sum(_DAYS.c.answers).label("answers")
    lines = (
        select(
            month,
            _DAYS.c.provider,
            _DAYS.c.model,
            answers,
            func.sum(_DAYS.c.input_tokens),
            func.sum(_DAYS.c.output_tokens),
        )
        .where(_DAYS.c.owner_id == owner_id)
        .group_by(month, _DAYS.c.provider, _DAYS.c.model)
        .having(answers > 0)
        .order_by(month.desc(), answers.desc(), _DAYS.c.provider, _DAYS.c.model)
        .limit(limit)
    )
    return [ModelMonth(*line) for line in await session.execute(lines)]


async def _count(
    session: AsyncSession, owner_id: str, provider: str, model: str, now: datetime, **more: int | None
) -> None:
    row: dict[str, Any] = {"started": 0, "answers": 0, "input_tokens": None, "output_tokens": None} | more
    key = {"owner_id": owner_id, "day": day_of(now), "provider": provider, "model": model}
    await session.execute(_adding(), key | row)


@built_once
def _adding() -> Insert:
    added = insert(_DAYS)
    sums = {
        name: _sum(_DAYS.c[name], added.excluded[name])
        for name in ("started", "answers", "input_tokens", "output_tokens")
    }
    return added.on_conflict_do_update(index_elements=["owner_id", "day", "provider", "model"], set_=sums)


def _sum(before: ColumnElement[Any], more: ColumnElement[Any]) -> ColumnElement[Any]:
    """The sum of the known values; unknown if both are."""
    return func.coalesce(before + more, before, more)


def _sum_of(name: str) -> ColumnElement[int]:
    return func.coalesce(func.sum(_DAYS.c[name]), 0)
