"""The contents of files, in a folder beside the database: `files/ab/ab12…`, named by their SHA-256.

The text that was read from a document stands beside it as `ab12….text`. Everything is readable by the owner
of the process alone. All functions block; call them in threads.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from webchat.storage.ids import new_id

FOLDER = "files"
"""The folder beside the database."""
_INCOMING = "incoming"
_TEXT = ".text"
HASH = re.compile(r"[0-9a-f]{64}")


class Incoming:
    """A file that is arriving; its hash is calculated while it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._digest = hashlib.sha256()
        self._file = open(path, "xb", opener=for_the_owner)  # noqa: SIM115  (closed by `finish` or `give_up`)

    @property
    def hash(self) -> str:
        """The SHA-256 of what was written, in hexadecimal."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Append data."""
        self._digest.update(data)
        self._file.write(data)
        self.size += len(data)

    def finish(self) -> None:
        """Sync the file to disk and close it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def give_up(self) -> None:
        """Remove the file, unless it was kept."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class BlobStore:
    """The contents in one folder, which is created when first needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self) -> Incoming:
        """A new file to write."""
        incoming = self.folder / _INCOMING
        incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Incoming(incoming / new_id())

    def keep(self, arrived: Incoming) -> None:
        """Move a finished file to its place. Call it in the transaction that saves its row."""
        target = self.path(arrived.hash)
        is_new = not target.parent.exists()
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        arrived.path.replace(target)
        _sync(target.parent)
        if is_new:
            _sync(self.folder)

    def write_text(self, hash: str, text: bytes) -> None:
        """Save the text that was read from a document, as UTF-8."""
        incoming = self.begin()
        try:
            incoming.write(text)
            incoming.finish()
            incoming.path.replace(self.text_path(hash))
        finally:
            incoming.give_up()

    def read_text(self, hash: str) -> str:
        """The text that was read from a document; empty if there is none."""
        with suppress(FileNotFoundError):
            return self.text_path(hash).read_text("utf-8", "replace")
        return ""

    def path(self, hash: str) -> Path:
        """Where a content is."""
        return self.folder / hash[:2] / hash

    def text_path(self, hash: str) -> Path:
        """Where the text of a document is."""
        return self.folder / hash[:2] / f"{hash}{_TEXT}"

    def remove(self, hash: str) -> None:
        """Remove a content with its text."""
        for path in (self.path(hash), self.text_path(hash)):
            path.unlink(missing_ok=True)

    def adopt(self, other: BlobStore, hashes: Iterable[str]) -> None:
        """Copy those of these contents that are missing here from another store, as far as it has them."""
        for hash in hashes:
            for ours, theirs in (
                (self.path(hash), other.path(hash)),
                (self.text_path(hash), other.text_path(hash)),
            ):
                if theirs.exists() and not ours.exists():
                    ours.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    shutil.copy2(theirs, ours)

    def clear_incoming(self) -> None:
        """Remove what a crash has left of files that were arriving."""
        shutil.rmtree(self.folder / _INCOMING, ignore_errors=True)

    def hashes(self) -> Iterator[list[str]]:
        """The hashes of all contents, a folder at a time."""
        if self.folder.is_dir():
            for each in sorted(self.folder.iterdir()):
                if each.is_dir() and len(each.name) == 2:
                    yield [path.name for path in each.iterdir() if HASH.fullmatch(path.name)]


def files_beside(database: Path) -> BlobStore:
    """The contents of the files of a database."""
    return BlobStore(database.parent / FOLDER)


def for_the_owner(path: str, flags: int) -> int:
    """Open a file that only the owner of the process can read; an `opener` for `open`."""
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
