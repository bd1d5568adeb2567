"""Whether the server can take requests."""

from __future__ import annotations

from webchat.storage.engine import Database
from webchat.storage.errors import StorageError


class Readiness:
    """Ready once the services run, until the server stops, while the database answers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopping = False

    def stop(self) -> None:
        """The server is stopping."""
        self._stopping = True

    async def is_ready(self) -> bool:
        """Whether requests can be answered now."""
        if self._stopping:
            return False
        try:
            await self._database.ping()
        except StorageError:
            return False
        return True
