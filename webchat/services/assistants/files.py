"""Assistants as files: exported, and imported after a look at what is in the file."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from webchat.providers.model_list import read_json
from webchat.services.assistants import carried
from webchat.services.assistants.assistants import add, free_name
from webchat.services.assistants.attached import files_of
from webchat.services.assistants.models import with_known_model
from webchat.services.assistants.portable import FORMAT, read, written
from webchat.services.assistants.values import MAX_ASSISTANTS, MAX_NAME, Values, values_of
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.errors import AssistantInvalid
from webchat.services.files.files import Files
from webchat.services.transfer.attachments import ZIP_ERRORS, Attachments
from webchat.services.transfer.file_entries import written_file
from webchat.services.transfer.parsers.files import MAX_ENTRIES
from webchat.services.transfer.parsers.tree import ImportedFile
from webchat.services.transfer.zip_stream import zipped_with_files
from webchat.storage.blobs import Incoming
from webchat.storage.engine import Database, Session
from webchat.storage.queries import assistants as queries
from webchat.storage.queries import file_lists
from webchat.storage.queries.files import OwnedFile
from webchat.storage.tables import Assistant

MAX_FILE = 4 * 1024 * 1024
"""Bytes of the assistants in a file to import."""
MAX_ARCHIVE = 100 * 1024 * 1024
"""Bytes of a file to import that has the files of assistants too."""
MEMBER = "assistants.json"
"""What has the assistants in such a file."""
_ZIP = b"PK\x03\x04"
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


class AssistantFiles:
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
            await _write(arrived, pieces)
            body, is_archive = await asyncio.to_thread(_assistants_in, arrived.path)
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
        listed = await asyncio.to_thread(_listed, body)
        async with self._database.read() as session:
            there = await _texts(session, owner_id)
        found = []
        for each in listed:
            entry = await asyncio.to_thread(_entry, each, attachments)
            if entry.values is not None:
                values = await with_known_model(self._catalogue, owner_id, entry.values)
                wanted = entry.values.model
                texts = _same(values)
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


async def add_with_files(
    database: Database,
    owner_id: str,
    found: Sequence[tuple[Values, Sequence[ImportedFile]]],
    attachments: Attachments,
    *,
    gives_way: bool = False,
) -> list[tuple[Values, str]]:
    """As `add_new`, in a transaction of its own and with those of their files that are there.

    Raises:
        AssistantInvalid: there would be too many; nothing was added.
    """
    arrived = {id(values): await carried.fetch(attachments, files) for values, files in found}
    try:
        async with database.write(gives_way=gives_way) as session:
            added = await add_new(session, owner_id, [values for values, _ in found])
            for values, new_id in added:
                await carried.save(
                    session, owner_id, attachments, file_lists.ASSISTANT, new_id, arrived[id(values)]
                )
    finally:
        await attachments.settle([each for several in arrived.values() for each in several])
    return added


async def new_of(session: Session, owner_id: str, found: Sequence[Values]) -> list[Values]:
    """Those that the owner has not, each once."""
    there = await _texts(session, owner_id)
    new = []
    for values in found:
        if _same(values) not in there:
            there.add(_same(values))
            new.append(values)
    return new


async def names_by_id(session: Session, owner_id: str) -> dict[str, str]:
    """The names of all assistants."""
    return {row.id: row.name for row in await queries.list_all(session, owner_id)}


async def ids_by_name(session: Session, owner_id: str, names: Mapping[str, str]) -> dict[str, str]:
    """The ids of all assistants by name; of several with a name, the first one's.

    Args:
        names: the ids of those just imported by the names in their file, which go first.
    """
    there = await names_by_id(session, owner_id)
    return {name: id for id, name in reversed(there.items())} | {
        name: id for name, id in names.items() if id in there
    }


async def add_new(session: Session, owner_id: str, found: Sequence[Values]) -> list[tuple[Values, str]]:
    """Add those that the owner has not, under free names, and return them as given with their ids.

    Raises:
        AssistantInvalid: there would be too many; the transaction must be undone.
    """
    new = await new_of(session, owner_id, found)
    taken = set((await names_by_id(session, owner_id)).values())
    added = []
    for values in new:
        name = free_name(values.name, taken)
        taken.add(name)
        row = await add(session, owner_id, replace(values, name=name))
        added.append((values, row.id))
    return added


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


async def _write(arrived: Incoming, pieces: AsyncIterable[bytes]) -> None:
    head = b""
    async for piece in pieces:
        head = (head + piece)[: len(_ZIP)]
        limit = MAX_ARCHIVE if head == _ZIP else MAX_FILE
        if arrived.size + len(piece) > limit:
            raise AssistantInvalid("file_too_large", limit=limit)
        await asyncio.to_thread(arrived.write, piece)
    await asyncio.to_thread(arrived.finish)


def _assistants_in(path: Path) -> tuple[bytes, bool]:
    """The JSON of a file, and whether that is a member of an archive. Blocks."""
    with path.open("rb") as file:
        if file.read(len(_ZIP)) != _ZIP:
            file.seek(0)
            return file.read(MAX_FILE + 1), False
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if each.filename.rpartition("/")[2] == MEMBER]
            if len(archive.filelist) > MAX_ENTRIES or not members:
                raise AssistantInvalid("file")
            with archive.open(members[0]) as member:
                body = member.read(MAX_FILE + 1)
    except ZIP_ERRORS:
        raise AssistantInvalid("file") from None
    if len(body) > MAX_FILE:
        raise AssistantInvalid("file_too_large", limit=MAX_FILE)
    return body, True


def _listed(body: bytes) -> list[dict[str, Any]]:
    try:
        content = read_json(body)
    except (ValueError, RecursionError):
        raise AssistantInvalid("file") from None
    if isinstance(content, dict):
        content = content.get("assistants", [content] if "name" in content else None)
    if not isinstance(content, list) or not content or not all(isinstance(each, dict) for each in content):
        raise AssistantInvalid("file")
    if len(content) > MAX_ASSISTANTS:
        raise AssistantInvalid("too_many", limit=MAX_ASSISTANTS)
    return content


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


async def _texts(session: Session, owner_id: str) -> set[tuple[object, ...]]:
    """What tells the owner's assistants apart."""
    return {_same(row) for row in await queries.list_all(session, owner_id)}


def _same(values: Values | Assistant) -> tuple[object, ...]:
    return values.name, values.description, values.system_prompt, tuple(values.starters)
