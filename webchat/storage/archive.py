"""Backups: zip files with a copy of the database and, if wanted, the key that stored secrets need."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

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

    The database may be in use; the backup has one moment of it.

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
            open(partial, "xb", opener=_for_the_owner) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            _add(archive, copy, is_wanted)
            if key_file is not None and key_file.exists():
                _add(archive, key_file, is_wanted)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(target)


def unpack(file: Path, folder: Path) -> bool:
    """Unpack a backup into an empty folder as `webchat.db` and, if it has one, the key file. Blocks.

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
            with (
                archive.open(name) as source,
                open(folder / name, "xb", opener=_for_the_owner) as target,
            ):
                shutil.copyfileobj(source, target, _BLOCK)
                target.flush()
                os.fsync(target.fileno())
    return KEY_FILE in names


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


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
