"""Links to copies of conversations."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Index, String, UniqueConstraint
from sqlmodel import Field

from webchat.storage.tables.base import Table, later, moment, new_row_id, owner
from webchat.storage.types import CleanId, CleanText


class Share(Table, table=True):
    """A link to a copy of a conversation. Anyone with the token can read the copy; it is stored as a hash."""

    __tablename__: ClassVar[str] = "share"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(None, "owner_id", "id"),
        Index(None, "conversation_id"),
        Index(None, "expires_at"),
    )

    id: str = new_row_id()
    owner_id: str = owner()
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", sa_type=CleanId)
    token_hash: str = Field(sa_type=String(64))
    """SHA-256 of the token in hexadecimal."""
    sealed_token: str = Field(sa_type=CleanText)
    """The token encrypted by `Secrets`, so that its owner can copy the link again."""
    title: str = Field(sa_type=CleanText)
    snapshot: str = Field(sa_type=CleanText)
    """`webchat.snapshot.Snapshot` as JSON."""
    messages: int = 0
    choice: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What its owner left out, for the next update of the link."""
    passphrase_hash: str | None = Field(default=None, sa_type=CleanText)
    may_continue: bool = False
    views: int = 0
    created_at: datetime = moment()
    updated_at: datetime = moment()
    """When the snapshot was created; every snapshot has a different time."""
    expires_at: datetime | None = later()


class WrongPassphrase(Table, table=True):
    """A wrong passphrase entered for a share link, until it expires."""

    __tablename__: ClassVar[str] = "wrong_passphrase"
    __table_args__ = (Index(None, "share_id", "at"), Index(None, "at"))

    id: str = new_row_id()
    share_id: str = Field(foreign_key="share.id", ondelete="CASCADE", sa_type=CleanId)
    address: str = Field(sa_type=String(64))
    """Where it came from: a keyed hash."""
    at: datetime = moment()
