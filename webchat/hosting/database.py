"""Upgrades the database before the server starts."""

from __future__ import annotations

from collections.abc import Callable

from webchat.errors import as_argument
from webchat.hosting.errors import DatabaseFault
from webchat.settings import Settings
from webchat.storage.errors import StorageError
from webchat.storage.migrations import upgrade


def bring_up_to_date(settings: Settings, progress: Callable[[str], None]) -> None:
    """Create the database or upgrade it to the tables of this version.

    `progress` is called with one line about an upgrade, which names the copy from before it.

    Raises:
        DatabaseFault: it cannot be used, is newer than this webchat, or the upgrade failed and was rolled
            back.
    """
    try:
        copy = upgrade(settings.database)
    except StorageError as error:
        raise DatabaseFault(cause=as_argument(error)) from error
    if copy is not None:
        progress(
            f"The database was upgraded. `webchat restore {copy}` brings it back as it was before, for the "
            "version of webchat that you had."
        )
