"""Brings the database up to date before the server starts."""

from __future__ import annotations

from webchat.hosting.errors import DatabaseFault
from webchat.settings import Settings
from webchat.storage.errors import StorageError
from webchat.storage.migrations import upgrade


def bring_up_to_date(settings: Settings) -> None:
    """Make the database, or upgrade it to this version's tables.

    Raises:
        DatabaseFault: it cannot be used, is newer than this webchat, or the upgrade failed and was undone.
    """
    try:
        upgrade(settings.database)
    except StorageError as error:
        raise DatabaseFault(str(error)) from error
