"""The room for files: what all files of one person, and of everyone, may take."""

from __future__ import annotations

from webchat.services.errors import FileRefused
from webchat.storage.engine import Session
from webchat.storage.queries import files, stored_files


class Room:
    """Limits the bytes of all files.

    Args:
        per_person: maximum bytes of all files of one person.
        per_server: maximum bytes of all files.
    """

    def __init__(self, per_person: int, per_server: int) -> None:
        self._per_person, self._per_server = per_person, per_server

    async def is_enough(self, session: Session, owner_id: str) -> bool:
        """Whether a person's files, with those that were just added, are within the limit."""
        return await files.size_of_all(session, owner_id) <= self._per_person

    async def check(self, session: Session, owner_id: str, size: int, hash: str = "") -> None:
        """Make sure that a file has room; a content that is there already needs none.

        Raises:
            FileRefused: it has none.
        """
        total = await files.size_of_all(session, owner_id)
        if total + size > self._per_person and not await files.has_content(session, owner_id, hash):
            raise FileRefused("quota", limit=self._per_person)
        total = await stored_files.size_of_all(session)
        if total + size > self._per_server and not await stored_files.known(session, [hash]):
            raise FileRefused("server_quota", limit=self._per_server)
