"""The Markdown export: the current branch of each conversation, one file each."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator
from datetime import date
from typing import IO

from webchat.rendering.markdown_export import heading, message_as_markdown
from webchat.rendering.texts import written
from webchat.services.transfer.file_names import unique_name
from webchat.services.transfer.reading import Piece
from webchat.services.transfer.shown_messages import NameOf, shown_messages, untitled
from webchat.services.transfer.zip_stream import ZipOutput
from webchat.storage.types import utc_now
from webchat.words.text import ngettext, t

COMPRESSED_AT_ONCE = 64 * 1024
"""Bytes that are compressed between two turns of the event loop."""


async def markdown_pieces(pieces: AsyncIterator[Piece], name_of: NameOf) -> AsyncIterator[str]:
    """The file of one conversation; `name_of` gives the names of files."""
    async for piece in pieces:
        yield _text(piece, utc_now().date(), name_of)


async def zip_pieces(pieces: AsyncIterator[Piece], name_of: NameOf) -> AsyncIterator[bytes]:
    """A zip archive with a Markdown file for each conversation."""
    today = utc_now().date()
    output = ZipOutput()
    with zipfile.ZipFile(output, "w") as archive:
        file: IO[bytes] | None = None
        try:
            async for piece in pieces:
                file = file or archive.open(_entry(piece), "w")
                data = _text(piece, today, name_of).encode("utf-8", "replace")
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


def _text(piece: Piece, today: date, name_of: NameOf) -> str:
    text = ""
    if piece.is_first:
        messages = ngettext("{count} message", "{count} messages", piece.total)
        words = f"{t('Exported on {day}', day=written(today))} · {messages}"
        text = f"{heading(piece.conversation['title'] or untitled())}\n\n{words}\n"
    return text + "".join(map(message_as_markdown, shown_messages(piece.messages, name_of)))
