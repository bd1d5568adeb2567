"""Makes sure that only one webchat uses a data folder; a second one would interrupt the first one's answers.

The lock belongs to the operating system, so it ends with the process, however that ends; a leftover file does
not lock anything. The contents of the file (who holds it) are only for people.
"""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

from webchat.hosting.errors import DataFolderInUse, DataFolderUnusable
from webchat.settings import Settings
from webchat.storage.errors import DatabaseUnsupported
from webchat.storage.location import folder_of

LOCK_FILE = "webchat.lock"
HOLDER_FILE = "webchat.running"
"""Who holds the lock. A separate file, because on some systems a locked file cannot be read."""
_SECONDS_TO_WAIT = 1.0


def lock_data(settings: Settings) -> list[FileLock]:
    """Lock the data folder, and the database's folder if it is elsewhere, and return the locks.

    They are held until they are released or this process ends.

    Raises:
        DataFolderInUse: another webchat holds one.
        DataFolderUnusable: a folder cannot be locked.
    """
    return [_lock(folder, settings) for folder in _folders(settings)]


def holder_of_data(settings: Settings) -> str | None:
    """Return who is using the data, such as `process 71, http://127.0.0.1:3000`, or None."""
    return next((holder for folder in _folders(settings) if (holder := _holder_of(folder))), None)


def _folders(settings: Settings) -> list[Path]:
    try:
        database = folder_of(settings.database)
    except DatabaseUnsupported:  # reported when it is opened
        database = settings.data_dir
    return list(dict.fromkeys([settings.data_dir, database]))


def _lock(folder: Path, settings: Settings) -> FileLock:
    # A concurrent `webchat doctor` holds it for an instant.
    lock = FileLock(folder / LOCK_FILE, timeout=_SECONDS_TO_WAIT, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire()
        with open(folder / HOLDER_FILE, "w", opener=_for_the_owner, encoding="utf-8") as file:
            file.write(f"process {os.getpid()}, {_address(settings)}\n")
    except Timeout:
        holder = _holder(folder)
        raise DataFolderInUse("holder" if holder else "", folder=str(folder), holder=holder) from None
    except (OSError, NotImplementedError) as error:
        raise DataFolderUnusable("lock", folder=str(folder), detail=str(error)) from error
    return lock


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _holder_of(folder: Path) -> str | None:
    if not (folder / LOCK_FILE).exists():
        return None
    lock = FileLock(folder / LOCK_FILE, timeout=0, mode=0o600, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        return _holder(folder) or "another webchat"
    except (OSError, NotImplementedError):
        return None
    lock.release()
    return None


def _holder(folder: Path) -> str:
    try:
        return (folder / HOLDER_FILE).read_text(encoding="utf-8", errors="replace")[:200].strip()
    except OSError:
        return ""


def _address(settings: Settings) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"
