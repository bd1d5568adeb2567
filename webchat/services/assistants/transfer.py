"""Exports assistants, and imports them after a look at what is in the file."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from webchat.services.assistants import archive
from webchat.services.assistants.adding import add_new, add_with_files, names_by_id, same_texts, texts_of
from webchat.services.assistants.archive import MEMBER
from webchat.services.assistants.files import files_of
from webchat.services.assistants.models import with_known_model
from webchat.services.assistants.portable import FORMAT, read, written
from webchat.services.assistants.values import MAX_NAME, Values, values_of
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.errors import AssistantInvalid
from webchat.services.files.files import Files
from webchat.services.transfer.attachments import Attachments
from webchat.services.transfer.file_entries import written_file
from webchat.services.transfer.parsers.tree import ImportedFile
from webchat.services.transfer.zip_stream import zipped_with_files
from webchat.storage.blobs import Incoming
from webchat.storage.engine import Database, Session
from webchat.storage.queries import assistants as queries
from webchat.storage.queries.files import OwnedFile

MAX_PREVIEWS = 8
"""Files that wait to be imported, of all owners; the oldest is forgotten first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An assistant in a file.

    Args:
        name: as far as it is known.
        values: None if it cannot be imported.
        problem: why not.
        present: whether there is one with the same name and the same texts.
        model: the model that the file names, if another one is used in its place.
        left_out, files: see `webchat.services.assistants.portable.Read`.
    """

    name: str
    values: Values | None = None
    problem: AssistantInvalid | None = None
    present: bool = False
    model: str = ""
    left_out: tuple[str, ...] = ()
    files: tuple[ImportedFile, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether it will be imported."""
        return self.values is not None and not self.present


@dataclass(slots=True)
class _Preview:
    """What a file has; `archive` is the file itself if it has the files of assistants."""

    entries: list[Entry] = field(default_factory=list)
    archive: Incoming | None = None

    def close(self) -> None:
        if self.archive is not None:
            self.archive.give_up()


class AssistantTransfer:
    """Exports and imports the assistants of an owner."""

    def __init__(self, database: Database, catalogue: Catalogue, attached: Files) -> None:
        self._database = database
        self._catalogue = catalogue
        self._files = attached
        self._previews: OrderedDict[str, _Preview] = OrderedDict()

    async def export(self, owner_id: str, assistant_id: str = "") -> str:
        """All assistants as JSON, or one of them.

        Raises:
            AssistantNotFound: there is none with this id.
        """
        async with self._database.read() as session:
            ids = [assistant_id] if assistant_id else None
            found = await exported(session, owner_id, self._files.name, ids)
        return json.dumps({"format": FORMAT, "assistants": found}, ensure_ascii=False, indent=1)

    async def archive(self, owner_id: str, assistant_id: str = "") -> AsyncIterator[bytes] | None:
        """What `export` gives in a zip archive with the files of the assistants; None if none has any.

        Raises:
            AssistantNotFound: there is none with this id.
        """
        async with self._database.read() as session:
            ids = [assistant_id] if assistant_id else list(await names_by_id(session, owner_id))
            found = [each for id in ids for each in await files_of(session, owner_id, id)]
        if not found:
            return None
        hashes = sorted({each.file.hash for each in found})
        text = await self.export(owner_id, assistant_id)
        return zipped_with_files(_one(text.encode("utf-8", "replace")), self._files.store, hashes, MEMBER)

    async def receive(self, owner_id: str, pieces: AsyncIterable[bytes]) -> int:
        """Read a file, keep its preview, and return the number of assistants in it.

        Raises:
            AssistantInvalid: it is no such file; an earlier preview is kept.
        """
        arrived = await asyncio.to_thread(self._files.store.begin)
        preview = _Preview(archive=arrived)
        try:
            await archive.receive(arrived, pieces)
            body, is_archive = await asyncio.to_thread(archive.assistants_in, arrived.path)
            attachments = Attachments(self._files, owner_id, arrived.path)
            try:
                preview.entries = await self._entries(owner_id, body, attachments)
            finally:
                attachments.close()
        except BaseException:
            preview.close()
            raise
        if not is_archive:
            preview.close()
            preview.archive = None
        self.forget(owner_id)
        self._previews[owner_id] = preview
        while len(self._previews) > MAX_PREVIEWS:
            self._previews.popitem(last=False)[1].close()
        return len(preview.entries)

    async def _entries(self, owner_id: str, body: bytes, attachments: Attachments) -> list[Entry]:
        """What becomes of the assistants in a file."""
        listed = await asyncio.to_thread(archive.listed, body)
        async with self._database.read() as session:
            there = await texts_of(session, owner_id)
        found = []
        for each in listed:
            entry = await asyncio.to_thread(_entry, each, attachments)
            if entry.values is not None:
                values = await with_known_model(self._catalogue, owner_id, entry.values)
                wanted = entry.values.model
                texts = same_texts(values)
                entry = replace(
                    entry,
                    values=values,
                    present=texts in there,
                    model=wanted if wanted and values.model != wanted else "",
                )
                there.add(texts)
            found.append(entry)
        return found

    def preview(self, owner_id: str) -> Sequence[Entry]:
        """What the file of `receive` has; empty if there is none."""
        found = self._previews.get(owner_id)
        return found.entries if found is not None else []

    def forget(self, owner_id: str) -> None:
        """Forget the preview."""
        if (found := self._previews.pop(owner_id, None)) is not None:
            found.close()

    async def import_preview(self, owner_id: str) -> int:
        """Add the new assistants of the preview and return how many.

        Raises:
            AssistantInvalid: nothing was imported.
        """
        preview = self._previews.get(owner_id)
        if preview is None:
            raise AssistantInvalid("no_preview")
        new = [(entry.values, entry.files) for entry in preview.entries if entry.values and not entry.present]
        if preview.archive is None:
            async with self._database.write() as session:
                added = await add_new(session, owner_id, [values for values, _ in new])
        else:
            attachments = Attachments(self._files, owner_id, preview.archive.path)
            try:
                added = await add_with_files(self._database, owner_id, new, attachments)
            finally:
                attachments.close()
        self.forget(owner_id)
        return len(added)


async def exported(
    session: Session, owner_id: str, name_of: Callable[[OwnedFile], str], ids: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """The assistants with these ids, or all, as JSON; `name_of` gives the names of their files.

    Raises:
        AssistantNotFound: there is none with one of the ids.
    """
    made = []
    for id in list(await names_by_id(session, owner_id)) if ids is None else ids:
        one = written(values_of(await queries.require(session, owner_id, id)))
        files = [written_file(each, name_of(each)) for each in await files_of(session, owner_id, id)]
        made.append(one | ({"files": files} if files else {}))
    return made


async def _one(text: bytes) -> AsyncIterator[bytes]:
    yield text


def _entry(found: dict[str, Any], attachments: Attachments) -> Entry:
    name = found.get("name")
    name = " ".join(name.split())[:MAX_NAME] if isinstance(name, str) else ""
    try:
        understood = read(found)
    except AssistantInvalid as problem:
        return Entry(name, problem=problem)
    files = tuple(each for each in understood.files if attachments.has(each))
    lost = () if len(files) == len(understood.files) else ("files",)
    left_out = tuple(dict.fromkeys((*understood.left_out, *lost)))
    return Entry(understood.values.name, understood.values, left_out=left_out, files=files)
