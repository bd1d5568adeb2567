"""Database upgrades, from the first version on.

Alembic costs 12 MB and a third of a second, so it is only imported if there is something to upgrade.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from webchat.storage.errors import DatabaseUnavailable
from webchat.storage.folding import FoldingConnection
from webchat.storage.sqlite import explain, make_parent, prepare_connections, sqlite_path

HEAD = "0023"
"""The newest revision in versions/, verified by a test."""


def head_revision() -> str:
    """The revision this version of webchat needs."""
    return HEAD


def current_revision(url: str) -> str | None:
    """The revision of a database; None if it is empty or does not exist.

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


def upgrade(url: str) -> Path | None:
    """Create the database or upgrade it to `head_revision()`, all in one transaction.

    Returns the copy made before an upgrade, or None if there was nothing to upgrade.

    An existing database is first copied to a file next to it, named after its revision
    (`webchat.db.before-upgrade-from-0001`). This blocks; call it in a thread from an event loop.

    Raises:
        DatabaseTooNew: a later version of webchat has upgraded this database; nothing was changed.
        MigrationFailed: the upgrade was rolled back.
        DatabaseUnsupported, DatabaseUnavailable, DatabaseDamaged: it cannot be opened or copied.
    """
    path = sqlite_path(url)
    make_parent(path)
    if current_revision(url) == HEAD:
        return None
    from webchat.storage.migrations import runner

    return runner.upgrade(path)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise DatabaseUnavailable(str(path), str(error.strerror), reason="access") from error


def migration_engine(path: Path, *, begin: str, read_only: bool = False) -> Engine:
    """A synchronous engine for upgrades. Foreign keys are off, because rebuilding a table would cascade."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"factory": FoldingConnection},
    )
    prepare_connections(engine, begin=begin, foreign_keys=False, read_only=read_only)
    return engine


def read_revision(connection: Connection) -> str | None:
    """The revision stored in the database, or None."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    with closing(connection.execute(text("SELECT version_num FROM alembic_version"))) as rows:
        return rows.scalar_one_or_none()
