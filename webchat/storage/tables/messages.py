"""Messages, their drawn diagrams, and the pieces of an answer that is being written."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlmodel import Field

from webchat.messages import Part, Role, TextPart
from webchat.storage.tables.base import Table, later, moment, number, owner, unique_id
from webchat.storage.types import CleanId, CleanJson, CleanText, MessageStatus, MessageStatusType, RoleType


class Message(Table, table=True):
    """One node of a conversation's tree; `depth` is 0 at a root and one more than the parent's below.

    No cascade along `parent_id`: SQLite limits recursion to 1,000 levels, and the conversation's cascade
    reaches every message.
    """

    __tablename__: ClassVar[str] = "message"
    __table_args__ = (
        UniqueConstraint("id"),
        Index(None, "conversation_id"),
        Index(
            "ix_message_roots",
            "conversation_id",
            "owner_id",
            "id",
            sqlite_where=text("parent_id IS NULL AND deleted_at IS NULL"),
        ),
        Index(None, "parent_id", sqlite_where=text("parent_id IS NOT NULL")),
        Index(None, "deleted_at", sqlite_where=text("deleted_at IS NOT NULL AND erased_at IS NULL")),
    )

    number: int | None = number()
    id: str = unique_id()
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", sa_type=CleanId)
    owner_id: str = owner()
    parent_id: str | None = Field(default=None, foreign_key="message.id", sa_type=CleanId)
    depth: int = 0
    role: Role = Field(sa_type=RoleType)
    content: str = Field(default="", sa_type=CleanText)
    reasoning: str = Field(default="", sa_type=CleanText)
    model: str | None = Field(default=None, sa_type=CleanText)
    """`Provider:model` of an assistant message; the bare name of a model for an imported one."""
    raw: list[Any] | None = Field(default=None, sa_type=CleanJson, nullable=True)
    """The parts of an imported message that cannot be shown, as they were in its file."""
    status: MessageStatus = Field(default=MessageStatus.COMPLETE, sa_type=MessageStatusType)
    created_at: datetime = moment()
    deleted_at: datetime | None = later()
    erased_at: datetime | None = later()
    """When the text of a deleted message was erased. The row stays, because others may be below it."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the message holds, in order, as far as a model can read it."""
        return (TextPart(self.content),)


class ClientId(Table, table=True):
    """An id under which a message was sent. The browser generates one for each send; a repeat has the same.

    A message that was joined from several has all of theirs.
    """

    __tablename__: ClassVar[str] = "client_id"
    __table_args__ = (Index(None, "message_id"), {"sqlite_with_rowid": False})

    owner_id: str = Field(foreign_key="user.id", primary_key=True, sa_type=CleanId)
    id: str = Field(primary_key=True, sa_type=CleanText)
    message_id: str = Field(foreign_key="message.id", ondelete="CASCADE", sa_type=CleanId)
    position: int = 0
    """The place of this part in a joined message."""


class Diagram(Table, table=True):
    """A diagram of an answer as its owner's browser has drawn it, for pages that run no script."""

    __tablename__: ClassVar[str] = "diagram"
    __table_args__ = (Index(None, "owner_id"),)

    message_id: str = Field(foreign_key="message.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId)
    hash: str = Field(primary_key=True, sa_type=String(64))
    """SHA-256 of the source in hexadecimal."""
    owner_id: str = owner()
    source: str = Field(sa_type=CleanText)
    svg: str = Field(sa_type=CleanText)


class Checkpoint(Table, table=True):
    """A piece of a running answer. All pieces are moved into the message when the answer ends."""

    __tablename__: ClassVar[str] = "checkpoint"

    message_id: str = Field(foreign_key="message.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId)
    start: int = Field(primary_key=True)
    """Characters of the answer, text and reasoning, before this piece."""
    owner_id: str = owner()
    content: str = Field(default="", sa_type=CleanText)
    reasoning: str = Field(default="", sa_type=CleanText)
