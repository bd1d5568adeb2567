"""`webchat backup`: copies the database, whether or not webchat is running."""

from __future__ import annotations

import asyncio
from pathlib import Path

from webchat.errors import as_argument
from webchat.hosting.errors import BackupFailed
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.errors import StorageError


def back_up(settings: Settings, target: Path) -> int:
    """Copy the database to the file `target`, replacing an earlier copy, and return its size in bytes.

    Raises:
        BackupFailed: there is no database yet, `target` is part of it, or it could not be copied.
    """
    try:
        database = Database(settings.database)
        path = database.path.resolve()
        if not path.exists():
            raise BackupFailed("no_database", path=str(path))
        if target.resolve() in [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")]:
            raise BackupFailed("itself", target=str(target))
        asyncio.run(database.backup(target))
        return target.stat().st_size
    except StorageError as error:
        raise BackupFailed("database", cause=as_argument(error)) from error
    except OSError as error:
        raise BackupFailed(detail=str(error)) from error
