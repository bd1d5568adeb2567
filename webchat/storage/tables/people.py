"""Who uses webchat, what they prefer and what they keep for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, String, UniqueConstraint, text
from sqlmodel import Field

from webchat.storage.tables.base import Table, later, moment, new_row_id, number, owner
from webchat.storage.types import CleanId, CleanJson, CleanText, UserRole, UserRoleType, UtcDateTime


class User(Table, table=True):
    """An owner of conversations. One without a username is the local owner, who never signs in."""

    __tablename__: ClassVar[str] = "user"
    __table_args__ = (
        Index(None, "username_folded", unique=True),
        Index(None, "deleted_at", sqlite_where=text("deleted_at IS NOT NULL")),
    )

    id: str = new_row_id()
    name: str = Field(sa_type=CleanText)
    """Shown to people: the username, or "You" for the local owner."""
    created_at: datetime = moment()
    username_folded: str | None = Field(default=None, sa_type=CleanText)
    """`fold(username)`, by which an account is found."""
    password_hash: str | None = Field(default=None, sa_type=CleanText)
    """argon2id; None until a password was chosen."""
    role: UserRole = Field(
        default=UserRole.MEMBER, sa_type=UserRoleType, sa_column_kwargs={"server_default": "member"}
    )
    disabled_at: datetime | None = later()
    """When an administrator disabled the account; nobody can use it until it is enabled again."""
    deleted_at: datetime | None = later()
    """When the account was deleted; the row stays until `purge` has removed its conversations."""
    last_seen_at: datetime | None = later()
    limits: dict[str, Any] | None = Field(default=None, sa_type=CleanJson, nullable=True)
    """Their own limits, where they are not everyone's; see `webchat.services.member_limits`."""


class UserSession(Table, table=True):
    """A browser in which somebody has signed in. Signing out deletes the row."""

    __tablename__: ClassVar[str] = "session"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"), Index(None, "expires_at"))

    id: str = new_row_id()
    user_id: str = Field(foreign_key="user.id", ondelete="CASCADE", sa_type=CleanId)
    token_hash: str = Field(sa_type=String(64))
    """SHA-256 of the token in the cookie, in hexadecimal."""
    created_at: datetime = moment()
    last_seen_at: datetime = moment()
    expires_at: datetime = Field(sa_type=UtcDateTime)
    user_agent: str = Field(default="", sa_type=CleanText)


class Passkey(Table, table=True):
    """A key that somebody's device or password manager has made, to sign in without a password."""

    __tablename__: ClassVar[str] = "passkey"
    __table_args__ = (UniqueConstraint("credential_id"), Index(None, "user_id"))

    id: str = new_row_id()
    user_id: str = Field(foreign_key="user.id", ondelete="CASCADE", sa_type=CleanId)
    credential_id: str = Field(sa_type=CleanText)
    """How the device names it, in base64url."""
    public_key: bytes = Field(sa_type=LargeBinary)
    """As a COSE key."""
    sign_count: int = Field(default=0, sa_type=BigInteger)
    """How often the device said it was used; 0 if it does not count."""
    host: str = Field(sa_type=CleanText)
    """The host it was made for; browsers offer it for no other one."""
    backed_up: bool = False
    """Whether the device keeps a copy elsewhere, so that it is not lost with the device."""
    name: str = Field(sa_type=CleanText)
    created_at: datetime = moment()
    last_used_at: datetime | None = later()


class Invitation(Table, table=True):
    """A link with which one person makes an account, or chooses a new password for theirs."""

    __tablename__: ClassVar[str] = "invitation"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "user_id"))

    id: str = new_row_id()
    token_hash: str = Field(sa_type=String(64))
    role: UserRole = Field(sa_type=UserRoleType)
    user_id: str | None = Field(default=None, foreign_key="user.id", ondelete="CASCADE", sa_type=CleanId)
    """Whose password it sets; None to make a new account."""
    made_by: str = Field(default="", sa_type=CleanText)
    """The name of the administrator, or of the command."""
    created_at: datetime = moment()
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = later()


class Identity(Table, table=True):
    """An account of an issuer of OpenID Connect with which somebody signs in to theirs."""

    __tablename__: ClassVar[str] = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), Index(None, "user_id"))

    id: str = new_row_id()
    user_id: str = Field(foreign_key="user.id", ondelete="CASCADE", sa_type=CleanId)
    issuer: str = Field(sa_type=CleanText)
    subject: str = Field(sa_type=CleanText)
    """By which the issuer knows them; it never changes, unlike names and e-mail addresses."""
    created_at: datetime = moment()
    last_used_at: datetime = moment()


class AuditEvent(Table, table=True):
    """Something that changed who can do what. Names are kept as they were then."""

    __tablename__: ClassVar[str] = "audit_event"
    __table_args__ = (Index(None, "what"),)

    number: int | None = number()
    at: datetime = moment()
    actor: str = Field(default="", sa_type=CleanText)
    """Who did it; empty if nobody was signed in."""
    what: str = Field(sa_type=String(32))
    subject: str = Field(default="", sa_type=CleanText)
    """About whom or what."""
    address: str = Field(default="", sa_type=String(64))
    """The network address it came from."""


class SavedPrompt(Table, table=True):
    """A text that its owner uses again; its name is unique per owner, ignoring case."""

    __tablename__: ClassVar[str] = "saved_prompt"
    __table_args__ = (Index(None, "owner_id", "name_folded", unique=True),)

    id: str = new_row_id()
    owner_id: str = owner()
    name: str = Field(sa_type=CleanText)
    name_folded: str = Field(sa_type=CleanText)
    """`fold(name)`."""
    text: str = Field(sa_type=CleanText)
    """May have `{{variables}}`, which are asked for when it is used."""
    created_at: datetime = moment()
    updated_at: datetime = moment()


class Setting(Table, table=True):
    """One preference of one owner; `value` is any JSON value."""

    __tablename__: ClassVar[str] = "setting"

    owner_id: str = Field(foreign_key="user.id", primary_key=True, sa_type=CleanId)
    key: str = Field(primary_key=True, sa_type=String(128))
    value: Any = Field(default=None, sa_type=JSON)


class ServerSetting(Table, table=True):
    """A preference of the whole server, set by administrators; `value` is any JSON value."""

    __tablename__: ClassVar[str] = "server_setting"

    key: str = Field(primary_key=True, sa_type=String(128))
    value: Any = Field(default=None, sa_type=JSON)
