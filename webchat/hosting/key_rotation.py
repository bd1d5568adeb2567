"""`webchat rotate-key`: creates a new key and re-encrypts all secrets with it.

The old keys are kept until everything is re-encrypted and on disk, so a crash at any time loses nothing, and
the command can be run again.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from webchat.errors import as_argument
from webchat.hosting.errors import DatabaseFault
from webchat.hosting.folder_lock import lock_data
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.errors import StorageError
from webchat.storage.migrations import current_revision, head_revision
from webchat.storage.queries.maintenance import reencrypt_secrets
from webchat.storage.secrets import add_key, drop_old_keys, open_secrets


def rotate_key(settings: Settings) -> int:
    """Create a new key, encrypt every secret with it, delete the old keys, and return the number of secrets.

    Raises:
        DataFolderInUse: webchat is running and would continue to encrypt with the old key.
        DatabaseFault: the database belongs to another version, or a secret or the key file cannot be read.
            All secrets remain as readable as before.
    """
    try:
        if current_revision(settings.database) != head_revision():
            raise DatabaseFault("other_version")
        with ExitStack() as locked:
            for lock in lock_data(settings):
                locked.callback(lock.release)
            open_secrets(settings.data_dir)  # creates a first key if there is none
            add_key(settings.data_dir)
            count = asyncio.run(_reencrypt(settings))
            drop_old_keys(settings.data_dir)
    except StorageError as error:
        raise DatabaseFault("old_key_in_use", cause=as_argument(error)) from error
    return count


async def _reencrypt(settings: Settings) -> int:
    database = Database(settings.database)
    try:
        async with database.write() as session:
            return await reencrypt_secrets(session, open_secrets(settings.data_dir))
    finally:
        await database.close()
