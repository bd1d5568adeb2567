"""The Markdown export: the current branch of each conversation, one file each."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import date
from typing import IO

from webchat.rendering.markdown_export import heading, message_as_markdown
from webchat.rendering.texts import written
from webchat.services.transfer.file_names import unique_name
from webchat.services.transfer.reading import Piece
from webchat.services.transfer.shown_messages import UNTITLED, shown_messages
from webchat.storage.types import utc_now
from webchat.words.numbers import count

COMPRESSED_AT_ONCE = 64 * 1024
"""Bytes that are compressed between two turns of the event loop."""


async def markdown_pieces(pieces: AsyncIterator[Piece]) -> AsyncIterator[str]:
    """The file of one conversation."""
    async for piece in pieces:
        yield _text(piece, utc_now().date())


async def zip_pieces(pieces: AsyncIterator[Piece]) -> AsyncIterator[bytes]:
    """A zip archive with a Markdown file for each conversation."""
    today = utc_now().date()
    output = _Output()
    with zipfile.ZipFile(output, "w") as archive:
        file: IO[bytes] | None = None
        try:
            async for piece in pieces:
                file = file or archive.open(_entry(piece), "w")
                data = _text(piece, today).encode("utf-8", "replace")
                for at in range(0, len(data), COMPRESSED_AT_ONCE):
                    file.write(data[at : at + COMPRESSED_AT_ONCE])
                    await asyncio.sleep(0)
                if piece.is_last:
                    file.close()
                    file = None
                yield output.take()
        finally:
            if file is not None:  # the download broke off
                file.close()
    yield output.take()


def _entry(piece: Piece) -> zipfile.ZipInfo:
    row = piece.conversation
    used = row["updated_at"]
    name = unique_name(row["title"], used.date(), row["id"], "md")
    entry = zipfile.ZipInfo(name, max(used.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _text(piece: Piece, today: date) -> str:
    text = ""
    if piece.is_first:
        words = f"Exported on {written(today)} · {count(piece.total, 'message')}"
        text = f"{heading(piece.conversation['title'] or UNTITLED)}\n\n{words}\n"
    return text + "".join(map(message_as_markdown, shown_messages(piece.messages)))


class _Output(io.RawIOBase):
    """A file that can only be written to; `take` gives what was written since the last time."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)
