"""Column types that behave the same on SQLite and Postgres."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import DateTime, Dialect, String, Text
from sqlalchemy.types import TypeDecorator

from webchat.messages import FinishReason, Role
from webchat.storage.statuses import GenerationStatus as GenerationStatus
from webchat.storage.statuses import MessageStatus as MessageStatus
from webchat.storage.statuses import Origin as Origin
from webchat.storage.statuses import UserRole as UserRole


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes, stored and returned in UTC. Naive ones are rejected, because they are ambiguous."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert an aware datetime to UTC before it is stored."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a datetime without a time zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC: SQLite returns naive datetimes, Postgres ones in the session's time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text that any database can store, so that an unusual character never costs an answer."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Join split surrogate pairs; lone surrogates, and NUL, which Postgres rejects, become U+FFFD."""
        return _clean(value)


def _clean(value: str | None) -> str | None:
    if value is None:
        return None
    if not value.isascii():
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value.replace("\0", "\ufffd")


class CleanJson(TypeDecorator[Any]):
    """A JSON value as text, with the characters that `CleanText` allows."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """The value as JSON; None stays NULL."""
        return None if value is None else _clean(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The value that was stored."""
        return None if value is None else json.loads(value)


class CleanId(TypeDecorator[str]):
    """The id of a row. An id that no database can store matches nothing instead of raising an error."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Convert the text to one that any database can compare."""
        return _clean(value)


Word = TypeVar("Word", bound=StrEnum)


class WordType(TypeDecorator[Word], Generic[Word]):
    """A StrEnum stored as its plain value, so that a new member needs no migration."""

    impl = String(16)
    cache_ok = True
    vocabulary: ClassVar[type[StrEnum]]

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Store the plain value; raises ValueError for an unknown one."""
        return None if value is None else self.vocabulary(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return the member of the enum."""
        return None if value is None else self.vocabulary(value)


class RoleType(WordType[Role]):
    """Column of `Role`."""

    cache_ok = True
    vocabulary = Role


class MessageStatusType(WordType[MessageStatus]):
    """Column of `MessageStatus`."""

    cache_ok = True
    vocabulary = MessageStatus


class GenerationStatusType(WordType[GenerationStatus]):
    """Column of `GenerationStatus`."""

    cache_ok = True
    vocabulary = GenerationStatus


class FinishReasonType(WordType[FinishReason]):
    """Column of `FinishReason`."""

    cache_ok = True
    vocabulary = FinishReason


class UserRoleType(WordType[UserRole]):
    """Column of `UserRole`."""

    cache_ok = True
    vocabulary = UserRole


class OriginType(WordType[Origin]):
    """Column of `Origin`."""

    cache_ok = True
    vocabulary = Origin


def utc_now() -> datetime:
    """The current time as an aware datetime in UTC."""
    return datetime.now(UTC)


def fold(text: str) -> str:
    """Normalize text for comparison regardless of case or composition, in any script.

    SQLite's LIKE only ignores the case of ASCII, so this form is stored and searched.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
