"""Helpers shared by the query modules."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update
from sqlalchemy.ext.asyncio import AsyncSession


async def change(session: AsyncSession, statement: Update | Delete) -> int:
    """Run an UPDATE or DELETE and return the number of rows it matched; loaded rows are synchronized."""
    result = cast(CursorResult[Any], await session.execute(statement))
    return result.rowcount
