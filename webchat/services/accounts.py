"""Who is using webchat. There is one local person until accounts exist."""

from __future__ import annotations

from dataclasses import dataclass

from webchat.services.errors import NotSignedIn
from webchat.storage.engine import Database
from webchat.storage.queries import users


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking. `id` is the owner of everything that is read or written for them."""

    id: str
    is_administrator: bool = False


class Accounts:
    """Finds the person behind a request: every entrance from a browser asks here once and passes it on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.local: Person | None = None
        """The person everyone is; None until `open`."""

    async def open(self) -> Person:
        """Make sure that there is a local person, and return it."""
        async with self._database.write() as session:
            self.local = Person((await users.ensure_local_owner(session, "You")).id, is_administrator=True)
        return self.local

    async def is_administrator(self, person_id: str) -> bool:
        """Whether a person is an administrator; False for an unknown one."""
        async with self._database.read() as session:
            first = await users.local_owner(session)
        return first is not None and first.id == person_id

    async def person_of(self, cookie: str) -> Person:
        """The person who sent this `Cookie` header.

        Raises:
            NotSignedIn: the header does not say who that is.
        """
        if self.local is None:
            raise NotSignedIn
        return self.local
