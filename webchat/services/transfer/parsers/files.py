"""Opens an export: a JSON file, or the JSON files in a zip archive. Nothing is written to disk."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from webchat.services.errors import ImportProblem
from webchat.services.transfer.parsers.json_stream import Readable

MAX_ENTRIES = 100_000
"""Maximum number of files in an archive."""
MAX_UNPACKED = 2 * 1024 * 1024 * 1024
"""Maximum bytes read from all files of an archive."""
MAX_RATIO = 200
"""Maximum ratio of unpacked to packed bytes; JSON is packed about ten to one …"""
RATIO_FROM = 16 * 1024 * 1024
"""… and a small file is never a danger."""

_CONVERSATIONS = re.compile(r"(?:.*/)?conversations(?:-\d+)?\.json", re.IGNORECASE)
_OTHER_DATA = re.compile(
    r"(?:.*/)?(?:users?|projects|memories|message_feedback|shared_conversations|model_comparisons|"
    r"user_settings|group_chats|shopping|sora|tasks|export_manifest)\.json",
    re.IGNORECASE,
)


class OpenedFile:
    """A file to import. `position` is how many of its `size` bytes were read; `ignored` counts the files of
    an archive that hold no conversations."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size
        self.position = 0
        self.ignored = 0

    def streams(self) -> Iterator[Readable]:
        """The JSON documents in the file.

        Raises:
            ImportProblem: it is an archive that cannot be read.
        """
        with self._path.open("rb") as file:
            packed = file.read(4) == b"PK\x03\x04"
            file.seek(0)
            if not packed:
                yield _Plain(self, file)
                return
            with _zip_errors():
                archive = zipfile.ZipFile(file)
            with archive:
                yield from self._entries(archive)

    def _entries(self, archive: zipfile.ZipFile) -> Iterator[Readable]:
        files = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(files) > MAX_ENTRIES:
            raise ImportProblem("too_many_files", limit=MAX_ENTRIES)
        wanted = [entry for entry in files if _CONVERSATIONS.fullmatch(entry.filename)]
        if not wanted:
            wanted = [entry for entry in files if _may_hold_conversations(entry.filename)]
        self.ignored = len(files) - len(wanted)
        if not wanted:
            raise ImportProblem("no_conversations")
        room = _Room()
        before = 0
        for entry in sorted(wanted, key=lambda each: each.filename):
            with _zip_errors():
                file = archive.open(entry)
            with file:
                yield _Entry(self, file, entry, room, before)
            before += entry.compress_size
            self.position = min(before, self.size)


def _may_hold_conversations(name: str) -> bool:
    hidden = name.startswith("__MACOSX/") or "/." in f"/{name}"
    return name.lower().endswith(".json") and not _OTHER_DATA.fullmatch(name) and not hidden


@contextmanager
def _zip_errors() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        # zipfile has no other error for a password.
        reason = "broken_archive" if isinstance(error, NotImplementedError) else "encrypted"
        raise ImportProblem(reason) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        OverflowError,
        struct.error,
    ) as error:
        raise ImportProblem("broken_archive") from error


class _Plain:
    def __init__(self, opened: OpenedFile, file: IO[bytes]) -> None:
        self._opened, self._file = opened, file

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._opened.position += len(data)
        return data


class _Room:
    """The bytes that may still be unpacked from all files together."""

    left = MAX_UNPACKED


class _Entry:
    """One file of an archive, read within the limits; what its header says of its size is not trusted."""

    def __init__(
        self, opened: OpenedFile, file: IO[bytes], entry: zipfile.ZipInfo, room: _Room, before: int
    ) -> None:
        self._opened, self._file, self._room, self._before = opened, file, room, before
        self._packed = max(1, min(entry.compress_size, opened.size))
        self._unpacked_size = max(1, entry.file_size)
        self._unpacked = 0

    def read(self, size: int = -1, /) -> bytes:
        with _zip_errors():
            data = self._file.read(size)
        self._unpacked += len(data)
        self._room.left -= len(data)
        too_dense = self._unpacked > RATIO_FROM and self._unpacked > MAX_RATIO * self._packed
        if too_dense or self._room.left < 0:
            raise ImportProblem("bomb")
        share = min(1.0, self._unpacked / self._unpacked_size)
        self._opened.position = min(self._opened.size, self._before + int(share * self._packed))
        return data
