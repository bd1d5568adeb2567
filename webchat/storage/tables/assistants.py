"""Assistants, and the links by which they are shared."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Float, Index, LargeBinary, String, UniqueConstraint, text
from sqlmodel import Field

from webchat.storage.tables.base import Table, later, moment, new_row_id, owner
from webchat.storage.types import CleanId, CleanJson, CleanText


class Assistant(Table, table=True):
    """A name, a picture, a model, a system prompt, parameters and starters, kept together to begin
    conversations with."""

    __tablename__: ClassVar[str] = "assistant"
    __table_args__ = (
        Index(None, "owner_id", "position"),
        Index(None, "deleted_at", sqlite_where=text("deleted_at IS NOT NULL")),
    )

    id: str = new_row_id()
    owner_id: str = owner()
    name: str = Field(sa_type=CleanText)
    description: str = Field(default="", sa_type=CleanText)
    symbol: str = Field(default="", sa_type=CleanText)
    """What is shown in place of a picture, such as an emoji; empty for the first letter of the name."""
    colour: str = Field(default="", sa_type=String(16))
    picture: bytes | None = Field(default=None, sa_type=LargeBinary)
    """A small WebP image."""
    has_picture: bool = False
    """Whether there is one, which lists ask without reading it."""
    model: str | None = Field(default=None, sa_type=CleanText)
    """`Provider:model`, or None for the default of its owner."""
    system_prompt: str = Field(default="", sa_type=CleanText)
    temperature: float | None = Field(default=None, sa_type=Float)
    parameters: dict[str, Any] | None = Field(default=None, sa_type=CleanJson, nullable=True)
    """As those of a conversation."""
    starters: list[str] = Field(default_factory=list, sa_type=CleanJson)
    position: int = 0
    created_at: datetime = moment()
    updated_at: datetime = moment()
    deleted_at: datetime | None = later()
    """When it was deleted; it can be restored until it is purged."""


class AssistantLink(Table, table=True):
    """A link to a copy of an assistant. Anyone with the token can read the copy; it is stored as a hash."""

    __tablename__: ClassVar[str] = "assistant_link"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(None, "owner_id", "id"),
        Index(None, "assistant_id"),
        Index(None, "expires_at"),
    )

    id: str = new_row_id()
    owner_id: str = owner()
    assistant_id: str = Field(foreign_key="assistant.id", ondelete="CASCADE", sa_type=CleanId)
    token_hash: str = Field(sa_type=String(64))
    """SHA-256 of the token in hexadecimal."""
    sealed_token: str = Field(sa_type=CleanText)
    """The token encrypted by `Secrets`, so that its owner can copy the link again."""
    copy_json: str = Field(sa_type=CleanText)
    """What the link shows, as in an export."""
    with_prompt: bool = False
    """Whether the system prompt is in it."""
    created_at: datetime = moment()
    expires_at: datetime | None = later()
