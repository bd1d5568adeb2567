"""Prompts that a person saved to use again."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass
from typing import Any

from webchat.providers.model_list import read_json
from webchat.services.errors import SavedPromptInvalid
from webchat.services.limits import clean_text
from webchat.storage.engine import Database, Session
from webchat.storage.queries import saved_prompts as queries
from webchat.storage.types import fold

MAX_PROMPTS = 500
MAX_NAME = 60
"""Characters of a prompt's name."""
MAX_TEXT = 20_000
"""Characters of one prompt."""
MAX_TOTAL = 500_000
"""Characters of all prompts of one owner."""
MAX_FILE = 2 * 1024 * 1024
"""Bytes of a file to import."""
FORMAT = "webchat-prompts"
_NAMES, _TEXTS = ("name", "title", "command"), ("text", "content", "prompt")
"""Where files keep the name and the text of a prompt: ours, and those of other apps."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A saved prompt."""

    id: str
    name: str
    text: str


class SavedPrompts:
    """An owner's prompts. One that does not belong to the owner is not found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, owner_id: str) -> list[Prompt]:
        """The prompts by name."""
        async with self._database.read() as session:
            rows = await queries.list_all(session, owner_id)
        return [Prompt(row.id, row.name, row.text) for row in rows]

    async def get(self, owner_id: str, prompt_id: str) -> Prompt:
        """One prompt.

        Raises:
            SavedPromptNotFound: there is none with this id.
        """
        async with self._database.read() as session:
            row = await queries.require(session, owner_id, prompt_id)
        return Prompt(row.id, row.name, row.text)

    async def save(self, owner_id: str, prompt_id: str, name: object, text: object) -> None:
        """Change a prompt, or add one if the id is empty.

        Raises:
            SavedPromptInvalid, SavedPromptNotFound, SavedPromptNameTaken: nothing was changed.
        """
        wanted, content = checked_name(name), checked_text(text)
        async with self._database.write() as session:
            if prompt_id:
                await queries.change(session, owner_id, prompt_id, wanted, content)
            else:
                await queries.add(session, owner_id, wanted, content)
            await _check_limits(session, owner_id)

    async def delete(self, owner_id: str, prompt_id: str) -> None:
        """Delete a prompt.

        Raises:
            SavedPromptNotFound: there is none with this id.
        """
        async with self._database.write() as session:
            await queries.remove(session, owner_id, prompt_id)

    async def export(self, owner_id: str) -> str:
        """All prompts as JSON."""
        prompts = [{"name": each.name, "text": each.text} for each in await self.all(owner_id)]
        return json.dumps({"format": FORMAT, "prompts": prompts}, ensure_ascii=False)

    async def import_file(self, owner_id: str, pieces: AsyncIterable[bytes]) -> int:
        """Add the prompts of a file and return how many.

        A text that is there already is not added again. If the name is taken, a number is added to it.

        Raises:
            SavedPromptInvalid: nothing was imported.
        """
        body = bytearray()
        async for piece in pieces:
            body += piece
            if len(body) > MAX_FILE:
                raise SavedPromptInvalid("file_too_large", limit=MAX_FILE)
        found = await asyncio.to_thread(read_file, bytes(body))
        async with self._database.write() as session:
            rows = await queries.list_all(session, owner_id)
            added = _new_prompts({row.name_folded for row in rows}, {row.text for row in rows}, found)
            await queries.add_several(session, owner_id, added)
            await _check_limits(session, owner_id)
        return len(added)


def checked_name(name: object) -> str:
    """The name on one line.

    Raises:
        SavedPromptInvalid: it is empty or longer than `MAX_NAME`.
    """
    line = " ".join(name.split()) if isinstance(name, str) else ""
    if not 0 < len(line) <= MAX_NAME:
        raise SavedPromptInvalid("name", limit=MAX_NAME)
    return line


def checked_text(text: object) -> str:
    """The text, if it can be saved.

    Raises:
        SavedPromptInvalid: it is empty or longer than `MAX_TEXT`.
    """
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
        raise SavedPromptInvalid("text", limit=MAX_TEXT)
    return text


def read_file(body: bytes) -> list[tuple[str, str]]:
    """The names and texts in a file: our own export, or a list of objects as other apps write it.

    Raises:
        SavedPromptInvalid: it is no such file, or one of its prompts cannot be saved.
    """
    try:
        content = read_json(body)
    except (ValueError, RecursionError):
        raise SavedPromptInvalid("file") from None
    listed = content.get("prompts") if isinstance(content, dict) else content
    if not isinstance(listed, list) or not listed or not all(isinstance(each, dict) for each in listed):
        raise SavedPromptInvalid("file")
    if len(listed) > MAX_PROMPTS:
        raise SavedPromptInvalid("too_many", limit=MAX_PROMPTS)
    return [(checked_name(_first(each, _NAMES)), checked_text(_first(each, _TEXTS))) for each in listed]


def _first(values: dict[str, Any], keys: Sequence[str]) -> object:
    found = next((values[key] for key in keys if values.get(key)), None)
    return clean_text(found) if isinstance(found, str) else found


def _new_prompts(names: set[str], texts: set[str], found: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the prompts found whose text is not there yet, each under a free name."""
    numbers: Counter[str] = Counter()
    added = []
    for name, text in found:
        if text in texts:
            continue
        free = name
        while fold(free) in names:
            numbers[fold(name)] += 1
            end = f" {numbers[fold(name)] + 1}"
            free = name[: MAX_NAME - len(end)] + end
        names.add(fold(free))
        texts.add(text)
        added.append((free, text))
    return added


async def _check_limits(session: Session, owner_id: str) -> None:
    rows = await queries.list_all(session, owner_id)
    if len(rows) > MAX_PROMPTS:
        raise SavedPromptInvalid("too_many", limit=MAX_PROMPTS)
    if sum(len(row.text) for row in rows) > MAX_TOTAL:
        raise SavedPromptInvalid("too_large", limit=MAX_TOTAL)
