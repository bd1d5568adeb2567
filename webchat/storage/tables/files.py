"""Files and pictures: their content, who has them, and what they belong to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, String, text
from sqlmodel import Field

from webchat.storage.tables.base import Table, moment, new_row_id, owner
from webchat.storage.types import CleanId, CleanJson, CleanText, UtcDateTime, utc_now


class StoredFile(Table, table=True):
    """The content of files, stored once however many people have it; see `webchat.storage.blobs`."""

    __tablename__: ClassVar[str] = "stored_file"
    __table_args__ = (Index(None, "state", sqlite_where=text("state = 'reading'")),)

    hash: str = Field(primary_key=True, sa_type=String(64))
    """SHA-256 of the content in hexadecimal, and the name under which it is stored."""
    kind: str = Field(sa_type=String(16))
    """`picture` or `document`."""
    media_type: str = Field(sa_type=CleanText)
    size: int = Field(sa_type=BigInteger)
    """In bytes."""
    width: int = 0
    height: int = 0
    state: str = Field(default="ready", sa_type=String(16))
    """`reading` while a document is being turned into text, then `ready` or `failed`."""
    tokens: int = 0
    """What it costs in a model's context: an estimate."""
    problem: dict[str, Any] | None = Field(default=None, sa_type=CleanJson, nullable=True)
    """Why a document could not be read, or not all of it: an error's code and arguments."""
    created_at: datetime = moment()


class File(Table, table=True):
    """A file of one person."""

    __tablename__: ClassVar[str] = "file"
    __table_args__ = (
        Index(None, "owner_id", "hash"),
        Index(None, "hash"),
        Index("ix_file_unused", "unused_since", sqlite_where=text("unused_since IS NOT NULL")),
    )

    id: str = new_row_id()
    owner_id: str = owner()
    hash: str = Field(foreign_key="stored_file.hash", sa_type=String(64))
    sealed_name: str = Field(sa_type=CleanText)
    """The name encrypted by `Secrets`."""
    kept_tokens: int | None = None
    """How much of its text models get, from its beginning; None for all."""
    created_at: datetime = moment()
    unused_since: datetime | None = Field(default_factory=utc_now, sa_type=UtcDateTime, nullable=True)
    """Since when nothing has it. Triggers change it; see `webchat.storage.file_triggers`."""


class Attachment(Table, table=True):
    """A file of a message."""

    __tablename__: ClassVar[str] = "attachment"
    __table_args__ = (Index(None, "file_id"), {"sqlite_with_rowid": False})

    message_id: str = Field(foreign_key="message.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId)
    position: int = Field(primary_key=True)
    file_id: str = Field(foreign_key="file.id", sa_type=CleanId)
    owner_id: str = owner()


class SharedFile(Table, table=True):
    """A file of a link's copy."""

    __tablename__: ClassVar[str] = "shared_file"
    __table_args__ = (Index(None, "file_id"), {"sqlite_with_rowid": False})

    share_id: str = Field(foreign_key="share.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId)
    file_id: str = Field(foreign_key="file.id", primary_key=True, sa_type=CleanId)
    owner_id: str = owner()


class AssistantFile(Table, table=True):
    """A file of an assistant."""

    __tablename__: ClassVar[str] = "assistant_file"
    __table_args__ = (Index(None, "file_id"), {"sqlite_with_rowid": False})

    assistant_id: str = Field(
        foreign_key="assistant.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId
    )
    position: int = Field(primary_key=True)
    file_id: str = Field(foreign_key="file.id", sa_type=CleanId)
    owner_id: str = owner()


class AssistantLinkFile(Table, table=True):
    """A file of the copy behind a link to an assistant."""

    __tablename__: ClassVar[str] = "assistant_link_file"
    __table_args__ = (Index(None, "file_id"), {"sqlite_with_rowid": False})

    link_id: str = Field(
        foreign_key="assistant_link.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId
    )
    position: int = Field(primary_key=True)
    file_id: str = Field(foreign_key="file.id", sa_type=CleanId)
    owner_id: str = owner()


class ConversationFile(Table, table=True):
    """A file that a conversation was begun with, which models get with each of its questions."""

    __tablename__: ClassVar[str] = "conversation_file"
    __table_args__ = (Index(None, "file_id"), {"sqlite_with_rowid": False})

    conversation_id: str = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId
    )
    position: int = Field(primary_key=True)
    file_id: str = Field(foreign_key="file.id", sa_type=CleanId)
    owner_id: str = owner()
