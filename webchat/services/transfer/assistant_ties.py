"""Connects imported conversations to the assistants that their file names, once the whole file is read."""

from __future__ import annotations

from webchat.services.assistants.adding import ids_by_name
from webchat.services.transfer.parsers.tree import ImportedFile
from webchat.storage.engine import Database
from webchat.storage.queries import imports

AT_ONCE = 100
"""Conversations in one transaction."""


class AssistantTies:
    """What is known so far of the assistants and the conversations of a file."""

    def __init__(self) -> None:
        self.imported: dict[str, str] = {}
        """The ids of the assistants that were imported with it, by the names in the file."""
        self.wanted: dict[str, str] = {}
        """The names of the assistants of conversations, by the ids of those."""
        self.files: dict[str, list[ImportedFile]] = {}
        """The files that new conversations were begun with, by the ids of those."""

    async def save(self, database: Database, owner_id: str) -> None:
        """Give each conversation that has no assistant the one with its name, as far as there is one.

        Raises:
            StorageError: the database cannot be written; conversations keep what they have been given.
        """
        if not self.wanted:
            return
        async with database.read(gives_way=True) as session:
            ids = await ids_by_name(session, owner_id, self.imported)
        found = sorted((ids[name], id) for id, name in self.wanted.items() if name in ids)
        for at in range(0, len(found), AT_ONCE):
            async with database.write(gives_way=True) as session:
                await imports.tie_to_assistants(session, owner_id, found[at : at + AT_ONCE])
