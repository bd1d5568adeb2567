"""The tables. Every row of what somebody wrote has the id of its owner, and every query filters by it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Float, Index, MetaData, String, UniqueConstraint, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from webchat.messages import FinishReason, Part, Role, TextPart
from webchat.storage.ids import new_id
from webchat.storage.types import (
    CleanId,
    CleanJson,
    CleanText,
    FinishReasonType,
    GenerationStatus,
    GenerationStatusType,
    MessageStatus,
    MessageStatusType,
    Origin,
    OriginType,
    RoleType,
    UserRole,
    UserRoleType,
    UtcDateTime,
    utc_now,
)

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_ID = CleanId


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=_NAMING))):
    """Base of all tables: our own metadata, with constraint names that migrations can rely on."""


def _id() -> Any:
    return Field(default_factory=new_id, primary_key=True, sa_type=_ID)


def _number() -> Any:
    """A primary key of SQLite itself, by which the search index knows the row.

    SQLite gives each new row the next number; imports count down from the lowest.
    """
    return Field(default=None, primary_key=True)


def _unique_id() -> Any:
    return Field(default_factory=new_id, sa_type=_ID)


def _owner() -> Any:
    return Field(foreign_key="user.id", sa_type=_ID)


def _moment() -> Any:
    return Field(default_factory=utc_now, sa_type=UtcDateTime)


def _later() -> Any:
    return Field(default=None, sa_type=UtcDateTime, nullable=True)


class User(Table, table=True):
    """An owner of conversations. One without a username is the local owner, who never signs in."""

    __tablename__: ClassVar[str] = "user"
    __table_args__ = (
        Index(None, "username_folded", unique=True),
        Index(None, "deleted_at", sqlite_where=text("deleted_at IS NOT NULL")),
    )

    id: str = _id()
    name: str = Field(sa_type=CleanText)
    """Shown to people: the username, or "You" for the local owner."""
    created_at: datetime = _moment()
    username_folded: str | None = Field(default=None, sa_type=CleanText)
    """`fold(username)`, by which an account is found."""
    password_hash: str | None = Field(default=None, sa_type=CleanText)
    """argon2id; None until a password was chosen."""
    role: UserRole = Field(
        default=UserRole.MEMBER, sa_type=UserRoleType, sa_column_kwargs={"server_default": "member"}
    )
    disabled_at: datetime | None = _later()
    """When an administrator disabled the account; nobody can use it until it is enabled again."""
    deleted_at: datetime | None = _later()
    """When the account was deleted; the row stays until `purge` has removed its conversations."""
    last_seen_at: datetime | None = _later()


class UserSession(Table, table=True):
    """A browser in which somebody has signed in. Signing out deletes the row."""

    __tablename__: ClassVar[str] = "session"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"), Index(None, "expires_at"))

    id: str = _id()
    user_id: str = Field(foreign_key="user.id", ondelete="CASCADE", sa_type=_ID)
    token_hash: str = Field(sa_type=String(64))
    """SHA-256 of the token in the cookie, in hexadecimal."""
    created_at: datetime = _moment()
    last_seen_at: datetime = _moment()
    expires_at: datetime = Field(sa_type=UtcDateTime)
    user_agent: str = Field(default="", sa_type=CleanText)


class Invitation(Table, table=True):
    """A link with which one person makes an account, or chooses a new password for theirs."""

    __tablename__: ClassVar[str] = "invitation"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"))

    id: str = _id()
    token_hash: str = Field(sa_type=String(64))
    role: UserRole = Field(sa_type=UserRoleType)
    user_id: str | None = Field(default=None, foreign_key="user.id", ondelete="CASCADE", sa_type=_ID)
    """Whose password it sets; None to make a new account."""
    made_by: str = Field(default="", sa_type=CleanText)
    """The name of the administrator, or of the command."""
    created_at: datetime = _moment()
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = _later()


class AuditEvent(Table, table=True):
    """Something that changed who can do what. Names are kept as they were then."""

    __tablename__: ClassVar[str] = "audit_event"
    __table_args__ = (Index(None, "what"),)

    number: int | None = _number()
    at: datetime = _moment()
    actor: str = Field(default="", sa_type=CleanText)
    """Who did it; empty if nobody was signed in."""
    what: str = Field(sa_type=String(32))
    subject: str = Field(default="", sa_type=CleanText)
    """About whom or what."""
    address: str = Field(default="", sa_type=String(64))
    """The network address it came from."""


class ServerSetting(Table, table=True):
    """A preference of the whole server, set by administrators; `value` is any JSON value."""

    __tablename__: ClassVar[str] = "server_setting"

    key: str = Field(primary_key=True, sa_type=String(128))
    value: Any = Field(default=None, sa_type=JSON)


class ProviderSetting(Table, table=True):
    """A provider as configured by one owner. `secret` is the API key, encrypted by `Secrets`."""

    __tablename__: ClassVar[str] = "provider_setting"
    __table_args__ = (Index(None, "owner_id", "name", unique=True, sqlite_where=text("deleted_at IS NULL")),)

    id: str = _id()
    owner_id: str = _owner()
    kind: str = Field(sa_type=String(64))
    name: str = Field(sa_type=CleanText)
    """Shown to users, and the part of a model id before the colon; unique per owner."""
    former_names: list[str] = Field(default_factory=list, sa_type=JSON)
    """Its earlier names, oldest first; model ids with these names still refer to it."""
    base_url: str = Field(default="", sa_type=CleanText)
    secret: str | None = Field(default=None, sa_type=CleanText)
    enabled: bool = True
    position: int = 0
    models: list[str] = Field(default_factory=list, sa_type=JSON)
    """The names that the provider lists."""
    model_facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """Details by name: `context`, `loaded` and `for_chat`, if they differ from the defaults."""
    model_choice: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The user's settings for the models; see `webchat.services.catalogue.offered_models`."""
    models_refreshed_at: datetime | None = _later()
    origin: Origin = Field(default=Origin.PERSON, sa_type=OriginType)
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    deleted_at: datetime | None = _later()
    """When it was removed; it is kept for a while so that this can be undone."""


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
        Index("ix_conversation_temporary", "temporary", sqlite_where=text("temporary IS NOT 0")),
    )

    number: int | None = _number()
    id: str = _unique_id()
    owner_id: str = _owner()
    title: str = Field(default="", sa_type=CleanText)
    title_is_manual: bool = False
    model: str | None = Field(default=None, sa_type=CleanText)
    """`Provider:model`, or None for the default."""
    system_prompt: str = Field(default="", sa_type=CleanText)
    temperature: float | None = Field(default=None, sa_type=Float)
    parameters: dict[str, Any] | None = Field(default=None, sa_type=CleanJson, nullable=True)
    """Further parameters; see `webchat.services.parameters`. The values of headers are encrypted."""
    current_leaf_id: str | None = Field(default=None, sa_type=_ID)
    """No foreign key, because it would be circular with `message`. Queries check it."""
    queued_text: str | None = Field(default=None, sa_type=CleanText)
    """The message queued behind the running answer."""
    queued_client_id: str | None = Field(default=None, sa_type=CleanText)
    """The ids of all messages joined into it, separated by spaces."""
    created_at: datetime = _moment()
    updated_at: datetime = _moment()
    """Last activity: the order of the sidebar and the history."""
    deleted_at: datetime | None = _later()
    pinned_at: datetime | None = _later()
    archived_at: datetime | None = _later()
    folder_id: str | None = Field(default=None, sa_type=_ID)
    """No foreign key, because SQLite could not add or drop the column in place. Queries check it."""
    temporary: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    """Whether it is kept only while its tab is open; such a conversation is in no list."""


class Folder(Table, table=True):
    """A folder of conversations; its name is unique per owner, ignoring case."""

    __tablename__: ClassVar[str] = "folder"
    __table_args__ = (Index(None, "owner_id", "name_folded", unique=True),)

    id: str = _id()
    owner_id: str = _owner()
    name: str = Field(sa_type=CleanText)
    name_folded: str = Field(sa_type=CleanText)
    """`fold(name)`."""
    position: int = 0
    created_at: datetime = _moment()


class ConversationTag(Table, table=True):
    """A tag of a conversation."""

    __tablename__: ClassVar[str] = "conversation_tag"
    __table_args__ = ({"sqlite_with_rowid": False},)

    conversation_id: str = Field(
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, sa_type=_ID
    )
    tag: str = Field(primary_key=True, sa_type=CleanText)
    owner_id: str = _owner()


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
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, sa_type=_ID
    )
    folder_id: str = Field(primary_key=True, sa_type=_ID)
    tag: str = Field(primary_key=True, sa_type=CleanText)
    model: str = Field(primary_key=True, sa_type=CleanText)
    owner_id: str = _owner()
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
        foreign_key="conversation.id", ondelete="CASCADE", primary_key=True, sa_type=_ID
    )
    model: str = Field(primary_key=True, sa_type=CleanText)
    owner_id: str = _owner()
    uses: int
    """The number of answers from it, except deleted ones, plus one if the conversation is set to it."""
    listed_at: datetime | None = _later()
    """The conversation's `updated_at`; None while it is deleted, archived or temporary."""


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

    number: int | None = _number()
    id: str = _unique_id()
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", sa_type=_ID)
    owner_id: str = _owner()
    parent_id: str | None = Field(default=None, foreign_key="message.id", sa_type=_ID)
    depth: int = 0
    role: Role = Field(sa_type=RoleType)
    content: str = Field(default="", sa_type=CleanText)
    reasoning: str = Field(default="", sa_type=CleanText)
    model: str | None = Field(default=None, sa_type=CleanText)
    """`Provider:model` of an assistant message; the bare name of a model for an imported one."""
    raw: list[Any] | None = Field(default=None, sa_type=CleanJson, nullable=True)
    """The parts of an imported message that cannot be shown, as they were in its file."""
    status: MessageStatus = Field(default=MessageStatus.COMPLETE, sa_type=MessageStatusType)
    created_at: datetime = _moment()
    deleted_at: datetime | None = _later()
    erased_at: datetime | None = _later()
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

    owner_id: str = Field(foreign_key="user.id", primary_key=True, sa_type=_ID)
    id: str = Field(primary_key=True, sa_type=CleanText)
    message_id: str = Field(foreign_key="message.id", ondelete="CASCADE", sa_type=_ID)
    position: int = 0
    """The place of this part in a joined message."""


class Checkpoint(Table, table=True):
    """A piece of a running answer. All pieces are moved into the message when the answer ends."""

    __tablename__: ClassVar[str] = "checkpoint"

    message_id: str = Field(foreign_key="message.id", ondelete="CASCADE", primary_key=True, sa_type=_ID)
    start: int = Field(primary_key=True)
    """Characters of the answer, text and reasoning, before this piece."""
    owner_id: str = _owner()
    content: str = Field(default="", sa_type=CleanText)
    reasoning: str = Field(default="", sa_type=CleanText)


class Generation(Table, table=True):
    """The run of a provider for one assistant message, with the parameters of the answer."""

    __tablename__: ClassVar[str] = "generation"
    __table_args__ = (
        UniqueConstraint("message_id"),
        Index(None, "status", sqlite_where=text("status = 'running'")),
    )

    id: str = _id()
    message_id: str = Field(foreign_key="message.id", ondelete="CASCADE", sa_type=_ID)
    conversation_id: str = Field(sa_type=_ID)
    """No foreign key, whose index would be large: the message's is enough."""
    owner_id: str = _owner()
    status: GenerationStatus = Field(default=GenerationStatus.RUNNING, sa_type=GenerationStatusType)
    provider: str = Field(sa_type=CleanText)
    model: str = Field(sa_type=CleanText)
    """The provider's own name of the model, without the provider's name."""
    system_prompt: str = Field(default="", sa_type=CleanText)
    temperature: float | None = Field(default=None, sa_type=Float)
    started_at: datetime = _moment()
    first_text_at: datetime | None = _later()
    finished_at: datetime | None = _later()
    finish_reason: FinishReason | None = Field(default=None, sa_type=FinishReasonType, nullable=True)
    raw_finish_reason: str | None = Field(default=None, sa_type=CleanText)
    input_tokens: int | None = None
    output_tokens: int | None = None
    thought_ms: int | None = None
    """Milliseconds of reasoning before the first text."""
    left_out: int = 0
    """The number of oldest messages not sent because they do not fit into the model's context."""
    error_code: str | None = Field(default=None, sa_type=CleanText)
    error_arguments: dict[str, Any] | None = Field(default=None, sa_type=CleanJson)


class Attempt(Table, table=True):
    """One attempt at one provider within a generation, numbered from 1."""

    __tablename__: ClassVar[str] = "attempt"
    __table_args__ = (
        UniqueConstraint("generation_id", "number"),
        Index(None, "owner_id", "provider", "id"),
    )

    id: str = _id()
    generation_id: str = Field(foreign_key="generation.id", ondelete="CASCADE", sa_type=_ID)
    owner_id: str = _owner()
    number: int
    provider: str = Field(sa_type=CleanText)
    model: str = Field(sa_type=CleanText)
    started_at: datetime = _moment()
    first_text_at: datetime | None = _later()
    ended_at: datetime | None = _later()
    error_code: str | None = Field(default=None, sa_type=CleanText)
    error_arguments: dict[str, Any] | None = Field(default=None, sa_type=CleanJson)


class Share(Table, table=True):
    """A link to a copy of a conversation. Anyone with the token can read the copy; it is stored as a hash."""

    __tablename__: ClassVar[str] = "share"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(None, "owner_id", "id"),
        Index(None, "conversation_id"),
        Index(None, "expires_at"),
    )

    id: str = _id()
    owner_id: str = _owner()
    conversation_id: str = Field(foreign_key="conversation.id", ondelete="CASCADE", sa_type=_ID)
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
    created_at: datetime = _moment()
    updated_at: datetime = _moment()
    """When the snapshot was created; every snapshot has a different time."""
    expires_at: datetime | None = _later()


class WrongPassphrase(Table, table=True):
    """A wrong passphrase entered for a share link, until it expires."""

    __tablename__: ClassVar[str] = "wrong_passphrase"
    __table_args__ = (Index(None, "share_id", "at"), Index(None, "at"))

    id: str = _id()
    share_id: str = Field(foreign_key="share.id", ondelete="CASCADE", sa_type=_ID)
    address: str = Field(sa_type=String(64))
    """Where it came from: a keyed hash."""
    at: datetime = _moment()


class SavedPrompt(Table, table=True):
    """A text that its owner uses again; its name is unique per owner, ignoring case."""

    __tablename__: ClassVar[str] = "saved_prompt"
    __table_args__ = (Index(None, "owner_id", "name_folded", unique=True),)

    id: str = _id()
    owner_id: str = _owner()
    name: str = Field(sa_type=CleanText)
    name_folded: str = Field(sa_type=CleanText)
    """`fold(name)`."""
    text: str = Field(sa_type=CleanText)
    """May have `{{variables}}`, which are asked for when it is used."""
    created_at: datetime = _moment()
    updated_at: datetime = _moment()


class Setting(Table, table=True):
    """One preference of one owner; `value` is any JSON value."""

    __tablename__: ClassVar[str] = "setting"

    owner_id: str = Field(foreign_key="user.id", primary_key=True, sa_type=_ID)
    key: str = Field(primary_key=True, sa_type=String(128))
    value: Any = Field(default=None, sa_type=JSON)
