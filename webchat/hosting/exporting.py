"""`webchat export`: writes all conversations to a file, whether or not webchat is running."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import BinaryIO

from webchat.errors import as_argument
from webchat.hosting.errors import DatabaseFault, ExportFailed
from webchat.services.files.files import Files
from webchat.services.transfer.export_format import ExportFormat
from webchat.services.transfer.exports import Exports
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.errors import StorageError, UserNotFound
from webchat.storage.migrations import current_revision, head_revision
from webchat.storage.queries import users
from webchat.storage.secrets import open_secrets


def export(settings: Settings, target: Path, format: ExportFormat, username: str = "") -> int:
    """Write all conversations of a person to `target` and return the size in bytes.

    Nothing is changed in the database. An existing file is replaced once the new one is complete.

    Raises:
        DatabaseFault: the database belongs to another version.
        ExportFailed: the database could not be read or the file could not be written.
        UserNotFound: there is no such account.
    """
    try:
        if current_revision(settings.database) != head_revision():
            raise DatabaseFault("other_version")
        # Under another name first, so that an existing file stays until the new one is complete.
        partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
        try:
            with open(partial, "wb", opener=_for_the_owner) as file:
                asyncio.run(_write(settings, format, file, username))
                size = file.tell()
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return size
    except UserNotFound:
        raise
    except StorageError as error:
        raise ExportFailed("database", cause=as_argument(error)) from error
    except OSError as error:
        raise ExportFailed(detail=str(error)) from error


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def _write(settings: Settings, format: ExportFormat, file: BinaryIO, username: str) -> None:
    database = Database(settings.database)
    exports = Exports(database, Files(database, open_secrets(settings.data_dir)))
    try:
        async with database.read() as session:
            owner_id = await users.owner_named(session, username)
        download = await exports.export(owner_id, format)
        async for piece in download.pieces:
            file.write(piece)
    finally:
        await exports.close()
        await database.close()
