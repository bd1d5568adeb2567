"""`webchat rotate-key`: a new key file, with everything that is encrypted carried over to it.

The old keys stay readable until all is written anew and on disk, so a crash at any moment loses nothing: the
command is given once more.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

from webchat.hosting.errors import DatabaseFault
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.errors import StorageError
from webchat.storage.migrations import current_revision, head_revision
from webchat.storage.queries.maintenance import reencrypt_secrets
from webchat.storage.secrets import add_key, drop_old_keys, open_box
from webchat.storage.sqlite import sqlite_path


def rotate_key(settings: Settings) -> int:
    """Make a new key, encrypt every secret with it, forget the old keys; returns how many secrets there are.

    Raises:
        DatabaseFault: a webchat is running, the database is not of this version, or a secret or the key file
            cannot be read. All secrets are as readable as before.
    """
    try:
        if current_revision(settings.database) != head_revision():
            raise DatabaseFault(
                "The database is not of this version. Nothing was changed; start webchat once and try again."
            )
        _refuse_while_running(settings)
        open_box(settings.data_dir)  # the first key, where there is none yet
        add_key(settings.data_dir)
        count = asyncio.run(_reencrypt(settings))
        drop_old_keys(settings.data_dir)
    except StorageError as error:
        raise DatabaseFault(f"{error} The old key is still in use.") from error
    return count


async def _reencrypt(settings: Settings) -> int:
    database = Database(settings.database)
    try:
        async with database.write() as session:
            return await reencrypt_secrets(session, open_box(settings.data_dir))
    finally:
        await database.close()


def _refuse_while_running(settings: Settings) -> None:
    """Refuse while another process has the database open: it would go on encrypting with the old key."""
    with closing(sqlite3.connect(sqlite_path(settings.database), timeout=1)) as connection:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            raise DatabaseFault(
                "The database is in use. Nothing was changed; stop webchat first, then try again."
            ) from None
