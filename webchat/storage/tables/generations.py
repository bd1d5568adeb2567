"""Answers as they were produced: each run of a provider and its attempts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Float, Index, UniqueConstraint, text
from sqlmodel import Field

from webchat.messages import FinishReason
from webchat.storage.tables.base import Table, later, moment, new_row_id, owner
from webchat.storage.types import (
    CleanId,
    CleanJson,
    CleanText,
    FinishReasonType,
    GenerationStatus,
    GenerationStatusType,
)


class Generation(Table, table=True):
    """The run of a provider for one assistant message, with the parameters of the answer."""

    __tablename__: ClassVar[str] = "generation"
    __table_args__ = (
        UniqueConstraint("message_id"),
        Index(None, "status", sqlite_where=text("status = 'running'")),
    )

    id: str = new_row_id()
    message_id: str = Field(foreign_key="message.id", ondelete="CASCADE", sa_type=CleanId)
    conversation_id: str = Field(sa_type=CleanId)
    """No foreign key, whose index would be large: the message's is enough."""
    owner_id: str = owner()
    status: GenerationStatus = Field(default=GenerationStatus.RUNNING, sa_type=GenerationStatusType)
    provider: str = Field(sa_type=CleanText)
    model: str = Field(sa_type=CleanText)
    """The provider's own name of the model, without the provider's name."""
    system_prompt: str = Field(default="", sa_type=CleanText)
    temperature: float | None = Field(default=None, sa_type=Float)
    started_at: datetime = moment()
    first_text_at: datetime | None = later()
    finished_at: datetime | None = later()
    finish_reason: FinishReason | None = Field(default=None, sa_type=FinishReasonType, nullable=True)
    raw_finish_reason: str | None = Field(default=None, sa_type=CleanText)
    input_tokens: int | None = None
    output_tokens: int | None = None
    thought_ms: int | None = None
    """Milliseconds of reasoning before the first text."""
    left_out: int = 0
    """The number of oldest messages not sent because they do not fit into the model's context."""
    files_shortened: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """The number of files of which only a part was sent, for the same reason."""
    error_code: str | None = Field(default=None, sa_type=CleanText)
    error_arguments: dict[str, Any] | None = Field(default=None, sa_type=CleanJson)


class Attempt(Table, table=True):
    """One attempt at one provider within a generation, numbered from 1."""

    __tablename__: ClassVar[str] = "attempt"
    __table_args__ = (UniqueConstraint("generation_id", "number"), Index(None, "owner_id", "provider", "id"))

    id: str = new_row_id()
    generation_id: str = Field(foreign_key="generation.id", ondelete="CASCADE", sa_type=CleanId)
    owner_id: str = owner()
    number: int
    provider: str = Field(sa_type=CleanText)
    model: str = Field(sa_type=CleanText)
    started_at: datetime = moment()
    first_text_at: datetime | None = later()
    ended_at: datetime | None = later()
    error_code: str | None = Field(default=None, sa_type=CleanText)
    error_arguments: dict[str, Any] | None = Field(default=None, sa_type=CleanJson)
