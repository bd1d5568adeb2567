"""Who is using webchat. There is one local owner until accounts exist."""

from __future__ import annotations

from webchat.storage.engine import Database
from webchat.storage.queries import users


class Accounts:
    """Finds the user behind a request. Everything that reads or writes goes through `owner_of`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._local_owner = ""

    async def open(self) -> None:
        """Create the owner if there is none."""
        async with self._database.write() as session:
            self._local_owner = (await users.ensure_local_owner(session, "You")).id

    def owner_of(self, cookie: str) -> str:
        """The id of the user who sent this `Cookie` header."""
        return self._local_owner
