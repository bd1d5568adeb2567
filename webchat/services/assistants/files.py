"""Assistants as files: exported, and imported after a look at what is in the file."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from webchat.providers.model_list import read_json
from webchat.services.assistants.assistants import add, free_name
from webchat.services.assistants.models import with_known_model
from webchat.services.assistants.portable import FORMAT, read, written
from webchat.services.assistants.values import MAX_ASSISTANTS, MAX_NAME, Values, values_of
from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.errors import AssistantInvalid
from webchat.storage.engine import Database, Session
from webchat.storage.queries import assistants as queries
from webchat.storage.tables import Assistant

MAX_FILE = 4 * 1024 * 1024
"""Bytes of a file to import."""
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
        left_out: see `webchat.services.assistants.portable.Read`.
    """

    name: str
    values: Values | None = None
    problem: AssistantInvalid | None = None
    present: bool = False
    model: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether it will be imported."""
        return self.values is not None and not self.present


class AssistantFiles:
    """Exports and imports the assistants of an owner."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue
        self._previews: OrderedDict[str, list[Entry]] = OrderedDict()

    async def export(self, owner_id: str, assistant_id: str = "") -> str:
        """All assistants as JSON, or one of them.

        Raises:
            AssistantNotFound: there is none with this id.
        """
        async with self._database.read() as session:
            if assistant_id:
                found = [written(values_of(await queries.require(session, owner_id, assistant_id)))]
            else:
                found = await exported(session, owner_id)
        return json.dumps({"format": FORMAT, "assistants": found}, ensure_ascii=False, indent=1)

    async def receive(self, owner_id: str, pieces: AsyncIterable[bytes]) -> int:
        """Read a file, keep its preview, and return the number of assistants in it.

        Raises:
            AssistantInvalid: it is no such file; an earlier preview is kept.
        """
        body = bytearray()
        async for piece in pieces:
            body += piece
            if len(body) > MAX_FILE:
                raise AssistantInvalid("file_too_large", limit=MAX_FILE)
        listed = await asyncio.to_thread(_listed, bytes(body))
        async with self._database.read() as session:
            there = await _texts(session, owner_id)
        found = []
        for each in listed:
            entry = await asyncio.to_thread(_entry, each)
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
        self._previews[owner_id] = found
        self._previews.move_to_end(owner_id)
        while len(self._previews) > MAX_PREVIEWS:
            self._previews.popitem(last=False)
        return len(found)

    def preview(self, owner_id: str) -> Sequence[Entry]:
        """What the file of `receive` has; empty if there is none."""
        return self._previews.get(owner_id, [])

    def forget(self, owner_id: str) -> None:
        """Forget the preview."""
        self._previews.pop(owner_id, None)

    async def import_preview(self, owner_id: str) -> int:
        """Add the new assistants of the preview and return how many.

        Raises:
            AssistantInvalid: nothing was imported.
        """
        entries = self._previews.get(owner_id)
        if entries is None:
            raise AssistantInvalid("no_preview")
        new = [entry.values for entry in entries if entry.values is not None and not entry.present]
        async with self._database.write() as session:
            added = await add_new(session, owner_id, new)
        self.forget(owner_id)
        return len(added)


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


async def add_new(session: Session, owner_id: str, found: Sequence[Values]) -> list[tuple[str, str]]:
    """Add those that the owner has not, under free names, and return their names as given and their ids.

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
        added.append((values.name, row.id))
    return added


async def exported(session: Session, owner_id: str) -> list[dict[str, Any]]:
    """All assistants as JSON."""
    ids = [row.id for row in await queries.list_all(session, owner_id)]
    return [written(values_of(await queries.require(session, owner_id, id_))) for id_ in ids]


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


def _entry(found: dict[str, Any]) -> Entry:
    name = found.get("name")
    name = " ".join(name.split())[:MAX_NAME] if isinstance(name, str) else ""
    try:
        understood = read(found)
    except AssistantInvalid as problem:
        return Entry(name, problem=problem)
    return Entry(understood.values.name, understood.values, left_out=understood.left_out)


async def _texts(session: Session, owner_id: str) -> set[tuple[object, ...]]:
    """What tells the owner's assistants apart."""
    return {_same(row) for row in await queries.list_all(session, owner_id)}


def _same(values: Values | Assistant) -> tuple[object, ...]:
    return values.name, values.description, values.system_prompt, tuple(values.starters)
