"""Conversations, how they are ordered, and the tables that the filters of the history read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Float, Index, UniqueConstraint, text
from sqlmodel import Field

from webchat.storage.tables.base import Table, later, moment, new_row_id, number, owner, unique_id
from webchat.storage.types import CleanId, CleanJson, CleanText, UtcDateTime


class Conversation(Table, table=True):
    """A conversation; `current_leaf_id` is the last message of the current branch."""

    __tablename__: ClassVar[str] = "conversation"
    __table_args__ = (
        UniqueConstraint("id"),
        Index(None, "deleted_at", sqlite_where=text("deleted_at IS NOT NULL")),
        Index(
            "ix_conversation_listed",
            "owner_id",
            "updated_at",
            "id",
            sqlite_where=text("deleted_at IS NULL AND archived_at IS NULL AND temporary IS 0"),
        ),
        Index("ix_conversation_pinned", "owner_id", "id", sqlite_where=text("pinned_at IS NOT NULL")),
        Index("ix_conversation_folder", "folder_id", sqlite_where=text("folder_id IS NOT NULL")),
        Index(
            "ix_conversation_trash",
            "owner_id",
            "deleted_at",
            "id",
            # A copy being made has no last message yet; see `webchat.storage.queries.copies`.
            sqlite_where=text("deleted_at IS NOT NULL AND current_leaf_id IS NOT NULL"),
        ),
        Index("ix_conversation_queued_files", "id", sqlite_where=text("queued_files IS NOT NULL")),
        Index("ix_conversation_temporary", "temporary", sqlite_where=text("temporary IS NOT 0")),
    )

    number: int | None = number()
    id: str = unique_id()
    owner_id: str = owner()
    title: str = Field(default="", sa_type=CleanText)
    title_is_manual: bool = False
    model: str | None = Field(default=None, sa_type=CleanText)
    """`Provider:model`, or None for the default."""
    system_prompt: str = Field(default="", sa_type=CleanText)
    temperature: float | None = Field(default=None, sa_type=Float)
    parameters: dict[str, Any] | None = Field(default=None, sa_type=CleanJson, nullable=True)
    """Further parameters; see `webchat.services.parameters`. The values of headers are encrypted."""
    current_leaf_id: str | None = Field(default=None, sa_type=CleanId)
    """No foreign key, because it would be circular with `message`. Queries check it."""
    queued_text: str | None = Field(default=None, sa_type=CleanText)
    """The message queued behind the running answer."""
    queued_client_id: str | None = Field(default=None, sa_type=CleanText)
    """The ids of all messages joined into it, separated by spaces."""
    queued_files: list[str] | None = Field(default=None, sa_type=CleanJson, nullable=True)
    """The ids of its files."""
    compared_models: list[str] | None = Field(default=None, sa_type=CleanJson, nullable=True)
    """The `Provider:model`s that answer each message side by side; None while one model does."""
    compared_ids: str | None = Field(default=None, sa_type=CleanText)
    """The answers that stand side by side until one is chosen, in their order, separated by spaces."""
    repeats_id: str | None = Field(default=None, sa_type=CleanId)
    """The last message of the branch of another conversation whose questions are asked again here; None once
    all are. No foreign key: that conversation may be deleted."""
    created_at: datetime = moment()
    updated_at: datetime = moment()
    """Last activity: the order of the sidebar and the history."""
    deleted_at: datetime | None = later()
    pinned_at: datetime | None = later()
    archived_at: datetime | None = later()
    folder_id: str | None = Field(default=None, sa_type=CleanId)
    """No foreign key, because SQLite could not add or drop the column in place. Queries check it."""
    assistant_id: str | None = Field(default=None, sa_type=CleanId)
    """The assistant it was begun with, which may be gone. No foreign key, as for the folder."""
    temporary: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    """Whether it is kept only while its tab is open; such a conversation is in no list."""


class Folder(Table, table=True):
    """A folder of conversations; its name is unique per owner, ignoring case."""

    __tablename__: ClassVar[str] = "folder"
    __table_args__ = (Index(None, "owner_id", "name_folded", unique=True),)

    id: str = new_row_id()
    owner_id: str = owner()
    name: str = Field(sa_type=CleanText)
    name_folded: str = Field(sa_type=CleanText)
    """`fold(name)`."""
    position: int = 0
    created_at: datetime = moment()


class ConversationTag(Table, table=True):
    """A tag of a conversation."""

    __tablename__: ClassVar[str] = "conversation_tag"
    __table_args__ = ({"sqlite_with_rowid": False},)

    conversation_id: str = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId
    )
    tag: str = Field(primary_key=True, sa_type=CleanText)
    owner_id: str = owner()


class ConversationFilter(Table, table=True):
    """A combination of filters that finds a conversation, so that any combination is read from one index.

    A conversation has a row for each combination of its folder, its tags and its models, each of which may
    be empty for "any". Combinations of neither a folder nor a tag have no row unless it is archived: the
    tables `conversation` and `conversation_model` have those. Deleted and temporary conversations have none.

    Only the triggers of `webchat.storage.filter_triggers` write it.
    """

    __tablename__: ClassVar[str] = "conversation_filter"
    __table_args__ = (
        Index(
            "ix_conversation_filter_listed",
            "owner_id",
            "archived",
            "model",
            "folder_id",
            "tag",
            "listed_at",
            "conversation_id",
        ),
        {"sqlite_with_rowid": False},
    )

    conversation_id: str = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId
    )
    folder_id: str = Field(primary_key=True, sa_type=CleanId)
    tag: str = Field(primary_key=True, sa_type=CleanText)
    model: str = Field(primary_key=True, sa_type=CleanText)
    owner_id: str = owner()
    archived: bool
    listed_at: datetime = Field(sa_type=UtcDateTime)
    """The conversation's `updated_at`."""


class ConversationModel(Table, table=True):
    """A model that a conversation is set to or has an answer from; used to filter the history.

    Only the triggers of `webchat.storage.triggers` write it, to keep it in sync with the other tables.
    """

    __tablename__: ClassVar[str] = "conversation_model"
    __table_args__ = (
        Index(
            None,
            "owner_id",
            "model",
            "listed_at",
            "conversation_id",
            sqlite_where=text("listed_at IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    conversation_id: str = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, sa_type=CleanId
    )
    model: str = Field(primary_key=True, sa_type=CleanText)
    owner_id: str = owner()
    uses: int
    """The number of answers from it, except deleted ones, plus one if the conversation is set to it."""
    listed_at: datetime | None = later()
    """The conversation's `updated_at`; None while it is deleted, archived or temporary."""
