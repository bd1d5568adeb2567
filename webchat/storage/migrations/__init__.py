"""Upgrades of the database, from the first version on.

Alembic costs 12 MB and a third of a second, so it is imported only when there is something to upgrade.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from webchat.storage.errors import DatabaseUnavailable
from webchat.storage.sqlite import explain, make_parent, prepare_connections, sqlite_path

HEAD = "0006"
"""The newest revision in versions/; a test compares them."""


def head_revision() -> str:
    """The revision this version of webchat needs."""
    return HEAD


def current_revision(url: str) -> str | None:
    """The revision a database has, None for one that is empty or does not exist.

    Raises:
        DatabaseUnsupported, DatabaseUnavailable, DatabaseDamaged: it cannot be read.
    """
    path = sqlite_path(url)
    if not _exists(path):
        return None
    engine = migration_engine(path, begin="BEGIN", read_only=True)
    try:
        with engine.connect() as connection:
            return read_revision(connection)
    except DBAPIError as error:
        raise explain(error.orig, str(path)) or DatabaseUnavailable(str(path), str(error.orig)) from error
    finally:
        engine.dispose()


def upgrade(url: str) -> None:
    """Create the database, or bring it to `head_revision()`, in one transaction: all of it or nothing.

    Before an existing database is changed, it is copied beside itself, named by the revision it has
    (`webchat.db.before-upgrade-from-0001`). It blocks; an event loop calls it in a thread.

    Raises:
        DatabaseTooNew: a later version of webchat has upgraded this database; nothing is changed.
        MigrationFailed: the upgrade was undone.
        DatabaseUnsupported, DatabaseUnavailable, DatabaseDamaged: it cannot be opened or copied.
    """
    path = sqlite_path(url)
    make_parent(path)
    if current_revision(url) == HEAD:
        return
    from webchat.storage.migrations import runner

    runner.upgrade(path)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise DatabaseUnavailable(str(path), f"it cannot be looked at ({error.strerror})") from error


def migration_engine(path: Path, *, begin: str, read_only: bool = False) -> Engine:
    """A synchronous engine for upgrades. Foreign keys are off: rebuilding a table would cascade otherwise."""
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    prepare_connections(engine, begin=begin, foreign_keys=False, read_only=read_only)
    return engine


def read_revision(connection: Connection) -> str | None:
    """The revision written in the database, None if there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    with closing(connection.execute(text("SELECT version_num FROM alembic_version"))) as rows:
        return rows.scalar_one_or_none()
