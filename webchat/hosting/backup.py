"""`webchat backup`: writes a backup to a file, whether or not webchat is running."""

from __future__ import annotations

import asyncio
from pathlib import Path

from webchat.errors import as_argument
from webchat.hosting.errors import BackupFailed
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.errors import StorageError
from webchat.storage.secrets import KEY_FILE


def back_up(settings: Settings, target: Path, *, with_key: bool = True) -> int:
    """Write the database, and the key file unless told not to, to the file `target`, which may exist.

    Returns its size in bytes.

    Raises:
        BackupFailed: there is no database yet, `target` is part of the data, or it could not be copied.
    """
    key_file = settings.data_dir / KEY_FILE
    try:
        database = Database(settings.database)
        path = database.path.resolve()
        if not path.exists():
            raise BackupFailed("no_database", path=str(path))
        data = [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")]
        if target.resolve() in [*data, key_file.resolve()]:
            raise BackupFailed("itself", target=str(target))
        asyncio.run(database.archive(target, key_file if with_key else None))
        return target.stat().st_size
    except StorageError as error:
        raise BackupFailed("database", cause=as_argument(error)) from error
    except OSError as error:
        raise BackupFailed(detail=str(error)) from error
