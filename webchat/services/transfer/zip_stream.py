"""Zip archives that are written while they are sent."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Sequence

from webchat.storage.blobs import BlobStore

READ_AT_ONCE = 256 * 1024
"""Bytes of a file that are read between two turns of the event loop."""
CONVERSATIONS = "conversations.json"
"""The member with the conversations of a JSON export that has files."""


class ZipOutput(io.RawIOBase):
    """A file that can only be written to; `take` gives what was written since the last time."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, data: object) -> int:
        """Keep the data until it is taken."""
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def member_of(hash: str) -> str:
    """The name of the content of a file in an export."""
    return f"files/{hash}"


async def zipped_with_files(
    texts: AsyncIterator[bytes], store: BlobStore, hashes: Sequence[str], member: str = CONVERSATIONS
) -> AsyncIterator[bytes]:
    """A zip archive with texts, such as conversations, as `member`, and the contents of their files."""
    output = ZipOutput()
    with zipfile.ZipFile(output, "w") as archive:
        document = zipfile.ZipInfo(member)
        document.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(document, "w", force_zip64=True) as file:
            async for text in texts:
                file.write(text)
                yield output.take()
                await asyncio.sleep(0)
        for hash in hashes:
            path = store.path(hash)
            if not await asyncio.to_thread(path.is_file):  # removed in the meantime
                continue
            with (
                await asyncio.to_thread(open, path, "rb") as reading,
                archive.open(zipfile.ZipInfo(member_of(hash)), "w", force_zip64=True) as file,
            ):
                while block := await asyncio.to_thread(reading.read, READ_AT_ONCE):
                    file.write(block)
                    yield output.take()
    yield output.take()
