"""Upgrades the database before the server starts."""

from __future__ import annotations

from webchat.errors import as_argument
from webchat.hosting.errors import DatabaseFault
from webchat.settings import Settings
from webchat.storage.errors import StorageError
from webchat.storage.migrations import upgrade


def bring_up_to_date(settings: Settings) -> None:
    """Create the database or upgrade it to the tables of this version.

    Raises:
        DatabaseFault: it cannot be used, is newer than this webchat, or the upgrade failed and was rolled
            back.
    """
    try:
        upgrade(settings.database)
    except StorageError as error:
        raise DatabaseFault(cause=as_argument(error)) from error
