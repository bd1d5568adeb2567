"""Helpers shared by the query modules."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update
from sqlalchemy.ext.asyncio import AsyncSession

built_once = cache
"""For functions that return a statement with parameters: building one takes longer than executing it."""


async def change(session: AsyncSession, statement: Update | Delete) -> int:
    """Run an UPDATE or DELETE and return the number of rows it matched; loaded rows are synchronized."""
    result = cast(CursorResult[Any], await session.execute(statement))
    return result.rowcount
