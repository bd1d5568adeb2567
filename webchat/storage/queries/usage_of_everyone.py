"""What everybody has used, in numbers only; for administrators, so no owner is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from webchat.storage.tables import Table

_DAYS = Table.metadata.tables["usage_day"]
_ANSWERS = func.sum(_DAYS.c.answers).label("answers")
_NUMBERS = (_ANSWERS, func.sum(_DAYS.c.input_tokens), func.sum(_DAYS.c.output_tokens))


@dataclass(frozen=True, slots=True)
class Used:
    """Answers, and the tokens that were reported for them; None if none were.

    `owner_id`, `day`, `provider` and `model` are empty where it is a sum over all of them.
    """

    answers: int
    input_tokens: int | None
    output_tokens: int | None
    owner_id: str = ""
    day: str = ""
    provider: str = ""
    model: str = ""


async def by_person(session: AsyncSession, owners: Sequence[str], since: str) -> list[Used]:
    """What each of these people used from the day `since` on, who used most first."""
    return await _summed(session, owners, since, [_DAYS.c.owner_id])


async def by_day(session: AsyncSession, owners: Sequence[str], since: str) -> list[Used]:
    """What these people used on each day from `since` on."""
    return await _summed(session, owners, since, [_DAYS.c.day])


async def by_person_and_model(
    session: AsyncSession, owners: Sequence[str], since: str, limit: int
) -> list[Used]:
    """What each of these people used of each model from the day `since` on, the most used first."""
    by = [_DAYS.c.owner_id, _DAYS.c.provider, _DAYS.c.model]
    return await _summed(session, owners, since, by, limit)


async def _summed(
    session: AsyncSession,
    owners: Sequence[str],
    since: str,
    by: Sequence[ColumnElement[Any]],
    limit: int | None = None,
) -> list[Used]:
    lines = (
        select(*_NUMBERS, *by)
        # The primary key begins with both, so only these rows are read.
        .where(_DAYS.c.owner_id.in_(owners), _DAYS.c.day >= since)
        .group_by(*by)
        .having(_ANSWERS > 0)
        .order_by(_ANSWERS.desc(), *by)
        .limit(limit)
    )
    names = [column.name for column in by]
    return [
        Used(*line[:3], **dict(zip(names, line[3:], strict=True))) for line in await session.execute(lines)
    ]
