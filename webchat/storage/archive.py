"""Backups: zip files with a copy of the database, the contents of its files and, if wanted, the key that
stored secrets need."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

from webchat.storage.blobs import FOLDER, HASH, BlobStore, files_beside, for_the_owner
from webchat.storage.errors import ArchiveUnusable
from webchat.storage.location import DATABASE_FILE
from webchat.storage.secrets import KEY_FILE, open_secrets
from webchat.storage.sqlite import copy_database

_BLOCK = 1024 * 1024
_SQLITE = b"SQLite format 3\0"


class Stopped(Exception):
    """The backup is no longer wanted."""


def write_archive(
    database: Path, key_file: Path | None, target: Path, is_wanted: Callable[[], bool] = lambda: True
) -> None:
    """Write a backup to `target`, only readable by its owner, replacing an existing file. Blocks.

    The database may be in use; the backup has one moment of it. The files of that moment that were removed
    before they were copied belonged to nothing, and are left out.

    Args:
        key_file: the key file to include, if it exists; None leaves it out.
        is_wanted: asked again and again; once it returns False, `Stopped` is raised.

    Raises:
        sqlite3.Error, OSError: it could not be read or written; `target` is unchanged.
    """
    # Beside the target, because a system's folder for temporary files may be small or in memory.
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        copy, partial = Path(folder) / DATABASE_FILE, Path(folder) / "backup.zip"
        copy_database(database, copy)
        with (
            open(partial, "xb", opener=for_the_owner) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            _add(archive, copy, is_wanted)
            _add_files(archive, files_beside(database), stored_hashes(copy), is_wanted)
            if key_file is not None and key_file.exists():
                _add(archive, key_file, is_wanted)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(target)


def unpack(file: Path, folder: Path) -> bool:
    """Unpack a backup into an empty folder as `webchat.db`, the folder of the contents of its files and, if
    it has one, the key file. Blocks.

    A copy of a database without an archive around it is a backup too.

    Returns:
        whether it has a key.

    Raises:
        ArchiveUnusable: it is not a backup of webchat, or damaged.
        OSError: it cannot be read, or the folder cannot be written to.
    """
    with file.open("rb") as opened:
        is_database = opened.read(len(_SQLITE)) == _SQLITE
    try:
        if is_database:
            copy_database(file, folder / DATABASE_FILE)
            has_key = False
        else:
            has_key = _unzip(file, folder)
        _check(folder / DATABASE_FILE)
    except (zipfile.BadZipFile, zlib.error, sqlite3.Error, EOFError, NotImplementedError) as error:
        raise ArchiveUnusable(str(file), str(error)) from error
    if has_key:
        open_secrets(folder)
    return has_key


def _unzip(file: Path, folder: Path) -> bool:
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        if DATABASE_FILE not in names:
            raise ArchiveUnusable(str(file), reason="foreign")
        for name in names & {DATABASE_FILE, KEY_FILE}:
            with archive.open(name) as source:
                _write(source, folder / name)
        store = BlobStore(folder / FOLDER)
        for hash in stored_hashes(folder / DATABASE_FILE):
            _unzip_file(archive, store.path(hash), hash)
            _unzip_file(archive, store.text_path(hash), "")
    return KEY_FILE in names


def _unzip_file(archive: zipfile.ZipFile, path: Path, hash: str) -> None:
    """Unpack the content of a file to `path`, if the archive has it; its SHA-256 must be `hash` if given."""
    name = _member(path)
    if name not in archive.NameToInfo:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with archive.open(name) as source:
        found = _write(source, path)
    if hash and found != hash:
        raise zipfile.BadZipFile(f"{name} is not what it was")


def _write(source: IO[bytes], path: Path) -> str:
    """Copy to a new file, and return its SHA-256."""
    digest = hashlib.sha256()
    with open(path, "xb", opener=for_the_owner) as target:
        while block := source.read(_BLOCK):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


def stored_hashes(database: Path) -> list[str]:
    """The hashes of the contents that a database knows; none if it is older than files. Blocks."""
    with closing(sqlite3.connect(database)) as connection:
        there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'stored_file'").fetchone()
        found = connection.execute("SELECT hash FROM stored_file ORDER BY hash") if there else ()
        return [hash for (hash,) in found if HASH.fullmatch(hash)]


def _check(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)


def _add(archive: zipfile.ZipFile, source: Path, is_wanted: Callable[[], bool]) -> None:
    with source.open("rb") as reading, archive.open(source.name, "w", force_zip64=True) as writing:
        while block := reading.read(_BLOCK):
            if not is_wanted():
                raise Stopped
            writing.write(block)


def _add_files(
    archive: zipfile.ZipFile, store: BlobStore, hashes: list[str], is_wanted: Callable[[], bool]
) -> None:
    for hash in hashes:
        for path in (store.path(hash), store.text_path(hash)):
            with suppress(FileNotFoundError), path.open("rb") as reading:
                # Most are compressed already.
                member = zipfile.ZipInfo(_member(path))
                with archive.open(member, "w", force_zip64=True) as writing:
                    while block := reading.read(_BLOCK):
                        if not is_wanted():
                            raise Stopped
                        writing.write(block)


def _member(path: Path) -> str:
    return f"{FOLDER}/{path.parent.name}/{path.name}"
