"""Sums of an owner's generations: answers and tokens by month and model."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from webchat.storage.tables import Table

_GENERATION = Table.metadata.tables["generation"]


@dataclass(frozen=True, slots=True)
class ModelMonth:
    """What one model wrote in one month; `month` is `2026-11`, tokens are None if none were reported."""

    month: str
    provider: str
    model: str
    answers: int
    input_tokens: int | None
    output_tokens: int | None


async def by_month_and_model(session: AsyncSession, owner_id: str, *, limit: int) -> list[ModelMonth]:
    """The newest `limit` lines, newest month first, the models with most answers first.

    Reads every generation of the owner: about a second for a million messages.
    """
    month = func.substr(cast(_GENERATION.c.started_at, Text), 1, 7).label("month")
    answers = func.count().label("answers")
    lines = (
        select(
            month,
            _GENERATION.c.provider,
            _GENERATION.c.model,
            answers,
            func.sum(_GENERATION.c.input_tokens),
            func.sum(_GENERATION.c.output_tokens),
        )
        .where(_GENERATION.c.owner_id == owner_id)
        .group_by(month, _GENERATION.c.provider, _GENERATION.c.model)
        .order_by(month.desc(), answers.desc(), _GENERATION.c.provider, _GENERATION.c.model)
        .limit(limit)
    )
    return [ModelMonth(*line) for line in await session.execute(lines)]
