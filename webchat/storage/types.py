"""Column types and vocabularies that mean the same on SQLite and Postgres."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import DateTime, Dialect, String, Text
from sqlalchemy.types import TypeDecorator

from webchat.messages import FinishReason, Role


class MessageStatus(StrEnum):
    """Where a message stands; a person's own message is always complete."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class GenerationStatus(StrEnum):
    """Where one run of a provider for an assistant message stands."""

    RUNNING = "running"
    COMPLETE = "complete"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    ERROR = "error"


class Origin(StrEnum):
    """How a provider came to be known: entered by a person, named by the environment, or found running."""

    PERSON = "person"
    ENVIRONMENT = "environment"
    FOUND = "found"


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes, kept and returned in UTC; a naive one is refused, since nobody knows what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring an aware datetime to UTC before it is stored."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a datetime without a time zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC: SQLite hands back naive datetimes, Postgres ones in the session's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CleanText(TypeDecorator[str]):
    """Text any database can hold, so that no odd character of a service ever costs an answer."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Join surrogate halves sent apart; lone ones, and the NUL Postgres refuses, become U+FFFD."""
        return _clean(value)


def _clean(value: str | None) -> str | None:
    if value is None:
        return None
    if not value.isascii():
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value.replace("\0", "\ufffd")


class CleanId(TypeDecorator[str]):
    """The id of a row: one that no database could hold is the id of nothing, and raises no error."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make the text one that any database can compare."""
        return _clean(value)


Word = TypeVar("Word", bound=StrEnum)


class WordType(TypeDecorator[Word], Generic[Word]):
    """A StrEnum kept as its plain value, so a new word needs no migration on any database."""

    impl = String(16)
    cache_ok = True
    vocabulary: ClassVar[type[StrEnum]]

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Store the plain word; ValueError for one the vocabulary lacks."""
        return None if value is None else self.vocabulary(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return the member of the vocabulary."""
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


class OriginType(WordType[Origin]):
    """Column of `Origin`."""

    cache_ok = True
    vocabulary = Origin


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)


def fold(text: str) -> str:
    """Text made comparable without regard to case or composition, in any script.

    SQLite's LIKE knows the case of ASCII only, so this is what is stored and searched.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
