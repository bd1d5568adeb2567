"""Runs the migration scripts. This is the only module that imports alembic."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from webchat.storage import migrations, triggers
from webchat.storage.errors import (
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseFull,
    DatabaseTooNew,
    DatabaseUnavailable,
    MigrationFailed,
)
from webchat.storage.migrations import migration_engine, read_revision
from webchat.storage.sqlite import copy_database, explain

SCRIPTS = Path(__file__).parent


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration: the location of the scripts and the connection they run on."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(path: Path) -> Path | None:
    """Upgrade the database at `path` to the newest revision; see `webchat.storage.migrations.upgrade`."""
    return _migrate(path, "head")


def downgrade(path: Path, revision: str) -> None:
    """Downgrade the database at `path` to `revision` (`base` for an empty one), also keeping a copy."""
    _migrate(path, revision, down=True)


def _migrate(path: Path, target: str, *, down: bool = False) -> Path | None:
    database = str(path)
    backup: Path | None = None
    engine = migration_engine(path, begin="BEGIN IMMEDIATE")
    try:
        # The write lock is held from here on, so two processes that start together upgrade one after the
        # other.
        with engine.begin() as connection:
            current = read_revision(connection)
            scripts = ScriptDirectory.from_config(alembic_config())
            _refuse_unknown(scripts, current, database)
            if not down and current == scripts.get_current_head():
                return None
            if current is not None:
                backup = _back_up(path, current)
            _move(connection, target, down, database, backup)
    except DBAPIError as error:
        raise explain(error.orig, database) or DatabaseUnavailable(database, str(error.orig)) from error
    finally:
        engine.dispose()
    return backup


def _move(connection: Connection, target: str, down: bool, database: str, backup: Path | None) -> None:
    move = command.downgrade if down else command.upgrade
    try:
        triggers.remove(connection)
        move(alembic_config(connection), target)
        if read_revision(connection) == migrations.HEAD:
            triggers.set_up(connection)
        orphan = connection.execute(text("PRAGMA foreign_key_check")).first()
    except (CommandError, SQLAlchemyError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        typed = explain(cause, database)
        if isinstance(typed, DatabaseBusy | DatabaseFull | DatabaseDamaged):
            raise typed from error
        raise MigrationFailed(database, str(cause), backup) from error
    if orphan is not None:
        raise MigrationFailed(database, "", backup)


def _refuse_unknown(scripts: ScriptDirectory, current: str | None, database: str) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise DatabaseTooNew(database, current, scripts.get_current_head() or "none")


def _back_up(path: Path, current: str) -> Path:
    backup = path.with_name(f"{path.name}.before-upgrade-from-{current}")
    try:
        copy_database(path, backup)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseUnavailable(str(path), str(error), reason="copy_first") from error
    return backup
