"""The base of all tables, and the columns that many of them have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from webchat.storage.ids import new_id
from webchat.storage.types import CleanId, UtcDateTime, utc_now

_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel, registry=registry(metadata=MetaData(naming_convention=_NAMING))):
    """Base of all tables: our own metadata, with constraint names that migrations can rely on."""


def new_row_id() -> Any:
    """A primary key that sorts by the time it was made; see `webchat.storage.ids`."""
    return Field(default_factory=new_id, primary_key=True, sa_type=CleanId)


def number() -> Any:
    """A primary key of SQLite itself, by which the search index knows the row.

    SQLite gives each new row the next number; imports count down from the lowest.
    """
    return Field(default=None, primary_key=True)


def unique_id() -> Any:
    """An id beside a `number`."""
    return Field(default_factory=new_id, sa_type=CleanId)


def owner() -> Any:
    """The id of the user to whom the row belongs."""
    return Field(foreign_key="user.id", sa_type=CleanId)


def moment() -> Any:
    """A time, by default now."""
    return Field(default_factory=utc_now, sa_type=UtcDateTime)


def later() -> Any:
    """A time that is not known yet."""
    return Field(default=None, sa_type=UtcDateTime, nullable=True)
