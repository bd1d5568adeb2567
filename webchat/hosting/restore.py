"""`webchat restore`: puts the data of a backup in place of the present data, while webchat is stopped.

The backup is unpacked and checked first. The present data is moved into a folder of its own, never deleted.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from webchat.errors import as_argument
from webchat.hosting.checks import prepare_data_folder
from webchat.hosting.errors import RestoreFailed
from webchat.hosting.folder_lock import lock_data
from webchat.settings import Settings
from webchat.storage import location
from webchat.storage.archive import stored_hashes, unpack
from webchat.storage.blobs import FOLDER, BlobStore, files_beside
from webchat.storage.engine import Database
from webchat.storage.errors import DatabaseTooNew, StorageError
from webchat.storage.migrations import current_revision, head_revision
from webchat.storage.secrets import KEY_FILE
from webchat.storage.types import utc_now


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored.

    Args:
        revision: the version of the restored database.
        has_key: whether the backup had a key; without one, the present key file stays.
        aside: the folder with the data from before; None if there was none.
    """

    revision: str
    has_key: bool
    aside: Path | None


def restore(settings: Settings, file: Path) -> Restored:
    """Replace the data with that of the backup in `file`.

    Raises:
        DataFolderInUse: webchat is running.
        DataFolderUnusable: the data folder cannot be created or written to.
        RestoreFailed: the backup is damaged, of a newer webchat, or cannot be read. Nothing was changed.
    """
    try:
        with file.open("rb"):
            pass
        prepare_data_folder(settings.data_dir)
        database = Database(settings.database).path
        with ExitStack() as stack:
            for lock in lock_data(settings):
                stack.callback(lock.release)
            unpacked = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix=".restoring-", dir=database.parent))
            )
            has_key = unpack(file, unpacked)
            revision = _revision(unpacked, file)
            aside = _move_aside(settings, database, with_key=has_key)
            for source in location.local_files(location.default_url(unpacked)):
                source.replace(database.with_name(source.name.replace(location.DATABASE_FILE, database.name)))
            _restore_files(unpacked, database, aside)
            if has_key:
                shutil.move(unpacked / KEY_FILE, settings.data_dir / KEY_FILE)
            return Restored(revision, has_key, aside)
    except StorageError as error:
        raise RestoreFailed("database", cause=as_argument(error)) from error
    except OSError as error:
        raise RestoreFailed(file=str(file), detail=str(error.strerror or error)) from error


def _restore_files(unpacked: Path, database: Path, aside: Path | None) -> None:
    """Put the contents of files in place; those that the backup lacks are taken from the present data."""
    store = files_beside(database)
    if (unpacked / FOLDER).exists():
        shutil.move(unpacked / FOLDER, store.folder)
    if aside is not None:
        store.adopt(BlobStore(aside / FOLDER), stored_hashes(database))


def _revision(unpacked: Path, file: Path) -> str:
    """The version of an unpacked database, which this webchat must know."""
    revision, newest = current_revision(location.default_url(unpacked)), head_revision()
    if revision is None:
        raise RestoreFailed("foreign", file=str(file))
    if revision > newest:
        raise DatabaseTooNew(str(file), revision, newest)
    return revision


def _move_aside(settings: Settings, database: Path, *, with_key: bool) -> Path | None:
    """Move the present data into a new folder beside the database, and return it."""
    files = location.local_files(settings.database)
    if (contents := files_beside(database).folder).exists():
        files.append(contents)
    key_file = settings.data_dir / KEY_FILE
    if with_key and key_file.exists():
        files.append(key_file)
    if not files:
        return None
    folder = database.with_name(f"before-restore-{utc_now():%Y-%m-%dT%H-%M-%S}")
    folder.mkdir(mode=0o700)
    for each in files:
        shutil.move(each, folder / each.name)
    return folder
