"""The files of imported messages and assistants: taken from the archive, or from the file with the
conversations itself."""

from __future__ import annotations

import asyncio
import io
import struct
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from webchat.services.errors import FileRefused
from webchat.services.files.files import Files
from webchat.services.files.kinds import Kind, kind_of
from webchat.services.files.limits import MAX_BODY, checked_tokens
from webchat.services.files.names import clean_name
from webchat.services.transfer.parsers.files import MAX_ENTRIES
from webchat.services.transfer.parsers.tree import ImportedFile
from webchat.storage.blobs import Incoming
from webchat.storage.engine import Session
from webchat.storage.queries import files
from webchat.storage.queries.files import OwnedFile
from webchat.storage.queries.imports import NewRows

MOST_FILES = 50
"""Maximum files of a message."""
_BLOCK = 1024 * 1024
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error)
"""What reading an archive can raise."""


@dataclass(slots=True)
class Arrived:
    """A file, of a message if it has an id, that is there and can be saved."""

    message_id: str
    file: ImportedFile
    content: Incoming
    kind: Kind


class Attachments:
    """Saves the files of one import.

    Args:
        attached: whose files they become part of.
        owner_id: who imports.
        path: the file that is imported.
    """

    def __init__(self, attached: Files, owner_id: str, path: Path) -> None:
        self._files, self._owner_id, self._path = attached, owner_id, path
        self._archive: zipfile.ZipFile | None = None
        self._names: list[tuple[str, str]] = []
        self._saved: list[OwnedFile] = []
        self.taken: set[str] = set()
        """The files of the archive that were used."""

    async def arrive(self, rows: NewRows, wanted: dict[str, list[ImportedFile]]) -> tuple[list[Arrived], int]:
        """Fetch the files of new messages, and return them and how many could not be fetched.

        What the file said of those is kept with their message, as other parts that cannot be shown are.
        """
        arrived: list[Arrived] = []
        lost = 0
        for row in rows.messages:
            for number, file in enumerate(wanted.pop(row["id"], ())):
                found = await asyncio.to_thread(self.fetch, row["id"], file) if number < MOST_FILES else None
                if found is None:
                    row["raw"] = [*(row["raw"] or []), file.raw]
                    lost += 1
                else:
                    arrived.append(found)
                    wanted.setdefault(row["id"], []).append(file)  # for another try
        return arrived, lost

    async def save(self, session: Session, arrived: Sequence[Arrived]) -> None:
        """Save files within the transaction that saves their messages; those without room are left out."""
        for each in arrived:
            if file_id := await self.save_one(session, each):
                await files.attach(session, self._owner_id, each.message_id, [file_id])

    async def save_one(self, session: Session, arrived: Arrived) -> str:
        """Save a file and return its id; empty if there is no room for it."""
        name = clean_name(arrived.file.name)
        try:
            found = await self._files.saving.save(
                session, self._owner_id, name, arrived.content, arrived.kind
            )
        except FileRefused:
            return ""
        if (kept := checked_tokens(arrived.file.kept_tokens)) is not None:
            await files.limit(session, self._owner_id, found.file.id, kept)
        self._saved.append(found)
        return found.file.id

    async def settle(self, arrived: Sequence[Arrived]) -> None:
        """Begin to read the documents, and remove what was not saved."""
        for found in self._saved:
            self._files.saving.read_soon(found)
        self._saved.clear()
        for each in arrived:
            await asyncio.to_thread(each.content.give_up)

    def close(self) -> None:
        """Close the archive."""
        if self._archive is not None:
            self._archive.close()

    def has(self, file: ImportedFile) -> bool:
        """Whether the content of a file is there. Blocks."""
        try:
            with self._opened(file):
                return True
        except (*ZIP_ERRORS, KeyError):
            return False

    def fetch(self, message_id: str, file: ImportedFile) -> Arrived | None:
        """The content of a file; None if it is not there or of a kind that cannot be attached. Blocks."""
        arrived: Incoming | None = None
        try:
            with self._opened(file) as source:
                arrived = self._files.store.begin()
                while block := source.read(_BLOCK):
                    if arrived.size + len(block) > MAX_BODY:
                        raise FileRefused("too_large", limit=MAX_BODY)
                    arrived.write(block)
            arrived.finish()
            return Arrived(message_id, file, arrived, kind_of(arrived.path))
        except (*ZIP_ERRORS, KeyError, FileRefused):
            if arrived is not None:
                arrived.give_up()
            return None

    def _opened(self, file: ImportedFile) -> IO[bytes]:
        if file.data:
            return io.BytesIO(file.data)
        if self._archive is None:
            self._archive = zipfile.ZipFile(self._path)
            if len(self._archive.filelist) > MAX_ENTRIES:
                raise KeyError(file.member)
            members = self._archive.filelist
            self._names = sorted((each.filename.rpartition("/")[2], each.filename) for each in members)
        place = bisect_left(self._names, (file.member, ""))
        if not file.member or place == len(self._names) or not self._names[place][0].startswith(file.member):
            raise KeyError(file.member)
        self.taken.add(self._names[place][1])
        return self._archive.open(self._names[place][1])
