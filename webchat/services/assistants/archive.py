"""The files that assistants are imported from: JSON, or a zip archive that has their files too."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterable
from pathlib import Path
from typing import Any

from webchat.providers.model_list import read_json
from webchat.services.assistants.values import MAX_ASSISTANTS
from webchat.services.errors import AssistantInvalid
from webchat.services.transfer.attachments import ZIP_ERRORS
from webchat.services.transfer.parsers.files import MAX_ENTRIES
from webchat.storage.blobs import Incoming

MAX_FILE = 4 * 1024 * 1024
"""Bytes of the assistants in a file to import."""
MAX_ARCHIVE = 100 * 1024 * 1024
"""Bytes of a file to import that has the files of assistants too."""
MEMBER = "assistants.json"
"""What has the assistants in such a file."""
_ZIP = b"PK\x03\x04"


async def receive(arrived: Incoming, pieces: AsyncIterable[bytes]) -> None:
    """Write a file to import as it comes.

    Raises:
        AssistantInvalid: it is too large.
    """
    head = b""
    async for piece in pieces:
        head = (head + piece)[: len(_ZIP)]
        limit = MAX_ARCHIVE if head == _ZIP else MAX_FILE
        if arrived.size + len(piece) > limit:
            raise AssistantInvalid("file_too_large", limit=limit)
        await asyncio.to_thread(arrived.write, piece)
    await asyncio.to_thread(arrived.finish)


def assistants_in(path: Path) -> tuple[bytes, bool]:
    """The JSON of a file, and whether that is a member of an archive. Blocks.

    Raises:
        AssistantInvalid: it is no such file, or too large.
    """
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


def listed(body: bytes) -> list[dict[str, Any]]:
    """The assistants of such a file, as it has them.

    Raises:
        AssistantInvalid: it is no such file, or has too many.
    """
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
