"""What people have used, counted while it happens."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import String
from sqlmodel import Field

from webchat.storage.tables.base import Table
from webchat.storage.types import CleanId, CleanText


class UsageDay(Table, table=True):
    """What one person used of one model on one day (UTC). Deleting conversations changes nothing here."""

    __tablename__: ClassVar[str] = "usage_day"
    __table_args__ = ({"sqlite_with_rowid": False},)

    owner_id: str = Field(foreign_key="user.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId)
    day: str = Field(primary_key=True, sa_type=String(10))
    """Such as `2026-11-22`."""
    provider: str = Field(primary_key=True, sa_type=CleanText)
    model: str = Field(primary_key=True, sa_type=CleanText)
    started: int = 0
    """Answers that were asked for, counted at their start under the model that was asked for."""
    answers: int = 0
    """Answers that ended without an error, counted at their end under the model that wrote them."""
    input_tokens: int | None = None
    """The tokens that the provider reported; None if it never did."""
    output_tokens: int | None = None
