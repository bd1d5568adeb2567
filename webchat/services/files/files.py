"""The files of the people who use this server: what is known of them, and what messages and models get."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path

from webchat.messages import Message as Turn
from webchat.services.errors import FileRefused
from webchat.services.files.kinds import PICTURE
from webchat.services.files.limits import MAX_TOKENS, MEGABYTE, checked_tokens
from webchat.services.files.parts import MOST_PICTURES, file_parts
from webchat.services.files.reading import Reading
from webchat.services.files.room import Room
from webchat.services.files.saving import Saving
from webchat.services.files.unused import UnusedFiles
from webchat.services.files.views import FileView, name_of, view_of
from webchat.services.limits import title_from
from webchat.storage.blobs import BlobStore, files_beside
from webchat.storage.engine import Database, Session
from webchat.storage.errors import FileNotFound
from webchat.storage.queries import files
from webchat.storage.queries.files import OwnedFile
from webchat.storage.secrets import Secrets
from webchat.storage.tables import Message

PATIENCE = 3.0
"""Seconds that a message waits for its documents: less than the time after which a browser sends it again."""


class Files:
    """The files of each owner. Anything that does not belong to the owner is not found.

    Args:
        database: the contents are stored beside it.
        secrets: encrypt the names.
        per_person: maximum bytes of all files of one person.
        per_server: maximum bytes of all files.
    """

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        *,
        per_person: int = 2048 * MEGABYTE,
        per_server: int = 2048 * MEGABYTE,
        reading: Reading | None = None,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self.store: BlobStore = files_beside(database.path)
        self._reading = reading or Reading(database, self.store)
        self.room = Room(per_person, per_server)
        self.saving = Saving(database, secrets, self.store, self._reading, self.room)
        self.unused = UnusedFiles(database, self.store)
        self._sweeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Remove what a crash has left, and read the documents that it has interrupted."""
        await asyncio.to_thread(self.store.clear_incoming)
        await self._reading.open()
        self._sweeping = asyncio.create_task(self.unused.sweep(), name="sweep files")

    async def close(self) -> None:
        """Stop reading documents; the next start continues."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        await self._reading.close()

    async def look(self, owner_id: str, file_id: str) -> FileView:
        """What is known about a file.

        Raises:
            FileNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            found = await files.get(session, owner_id, file_id)
        return view_of(found, self._secrets)

    async def content(self, owner_id: str, file_id: str) -> tuple[FileView, Path]:
        """A file with the path of its content.

        Raises:
            FileNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            found = await files.get(session, owner_id, file_id)
        path = self.store.path(found.stored.hash)
        if not await asyncio.to_thread(path.is_file):  # of a backup without files
            raise FileNotFound(file_id)
        return view_of(found, self._secrets), path

    async def text(self, owner_id: str, file_id: str) -> str:
        """The text that was read from a document; empty if there is none.

        Raises:
            FileNotFound: the owner has none with this id.
        """
        async with self._database.read() as session:
            found = await files.get(session, owner_id, file_id)
        return await asyncio.to_thread(self.store.read_text, found.stored.hash)

    async def limit(self, owner_id: str, file_id: str, tokens: object) -> FileView:
        """Let models have only the first tokens of a document's text; None for all of it.

        Raises:
            FileNotFound: the owner has none with this id.
            FileRefused: it is not a number of tokens.
        """
        kept = checked_tokens(tokens)
        if tokens is not None and kept is None:
            raise FileRefused("limit", limit=MAX_TOKENS)
        async with self._database.write() as session:
            await files.limit(session, owner_id, file_id, kept)
        return await self.look(owner_id, file_id)

    async def remove(self, owner_id: str, file_id: str) -> None:
        """Remove a file that was not sent. Its content goes with the next round of `UnusedFiles.purge_step`.

        Raises:
            FileNotFound: the owner has none with this id.
            FileRefused: it was sent.
        """
        async with self._database.write() as session:
            found = await files.get(session, owner_id, file_id)
            if not await files.remove_unsent(session, owner_id, file_id):
                raise FileRefused("sent")
            await self.unused.remove_content(session, found.stored.hash)

    async def check(self, owner_id: str, file_ids: Sequence[str]) -> bool:
        """Make sure that a message can have these files, and return whether there are pictures among them.

        Raises:
            FileRefused: the owner does not have one of them, or the pictures are too large together.
        """
        async with self._database.read() as session:
            found = await files.get_many(session, owner_id, file_ids)
        if len(found) < len(file_ids):
            raise FileRefused("gone")
        pictures = [each.stored.size for each in found if each.stored.kind == PICTURE]
        if sum(pictures) > MOST_PICTURES:
            raise FileRefused("pictures_too_large", limit=MOST_PICTURES)
        return bool(pictures)

    async def wait_until_read(
        self, owner_id: str, file_ids: Sequence[str], seconds: float = PATIENCE
    ) -> None:
        """Wait until these documents of the owner are read, or it is known that they cannot be.

        Raises:
            FileRefused: that takes too long.
        """
        if not file_ids:
            return
        async with self._database.read() as session:
            found = await files.get_many(session, owner_id, file_ids)
        if not await self._reading.wait([each.stored.hash for each in found], seconds):
            raise FileRefused("still_reading")

    async def of_message(self, owner_id: str, message_id: str) -> list[FileView]:
        """The files of one of the owner's messages."""
        return (await self.of_messages(owner_id, [message_id])).get(message_id, [])

    async def of_messages(self, owner_id: str, message_ids: Collection[str]) -> dict[str, list[FileView]]:
        """The files of those of the owner's messages that have any."""
        async with self._database.read() as session:
            return await self.views_of(session, owner_id, message_ids)

    async def views_of(
        self, session: Session, owner_id: str, message_ids: Collection[str]
    ) -> dict[str, list[FileView]]:
        """As `of_messages`, in a session that is open."""
        found = await files.of_messages(session, owner_id, message_ids)
        return {id: [self.view(each) for each in several] for id, several in found.items()}

    async def views(self, owner_id: str, file_ids: Sequence[str]) -> list[FileView]:
        """The owner's files with these ids."""
        async with self._database.read() as session:
            found = await files.get_many(session, owner_id, file_ids)
        return [self.view(each) for each in found]

    async def title(self, owner_id: str, file_ids: Sequence[str]) -> str:
        """The title of a conversation that begins with these files and no text: the name of the first."""
        async with self._database.read() as session:
            found = await files.get_many(session, owner_id, file_ids[:1])
        return title_from(self.name(found[0])) if found else ""

    async def turns(self, session: Session, messages: Sequence[Message], room: int) -> list[Turn]:
        """Messages of one owner as models get them, with their files; see `webchat.services.files.parts`.

        Args:
            room: the tokens that the documents of one message may take.
        """
        ids = [each.id for each in messages]
        found = await files.of_messages(session, messages[0].owner_id, ids) if messages else {}
        turns = []
        for each in messages:
            parts = file_parts(found.get(each.id, ()), self.store, self.name, room)
            turns.append(Turn(each.role, (*parts, *(each.parts if each.content or not parts else ()))))
        return turns

    def name(self, found: OwnedFile) -> str:
        """The name of a file."""
        return name_of(found.file.sealed_name, self._secrets)

    def view(self, found: OwnedFile) -> FileView:
        """A file as its owner sees it."""
        return view_of(found, self._secrets)
