"""`webchat import`: imports a file while webchat is stopped.

Only one process writes to the database (docs/decisions/07-one-writer.md), so the data folder is locked for as
long as the import runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from webchat.errors import as_argument
from webchat.hosting.errors import DatabaseFault, ImportFailed
from webchat.hosting.folder_lock import lock_data
from webchat.services.errors import ImportProblem
from webchat.services.files.files import Files
from webchat.services.files.limits import MEGABYTE
from webchat.services.transfer.importer import Progress, run
from webchat.services.transfer.report import Entry, Report
from webchat.settings import Settings
from webchat.storage.engine import Database
from webchat.storage.errors import StorageError, UserNotFound
from webchat.storage.migrations import current_revision, head_revision
from webchat.storage.queries import users
from webchat.storage.secrets import open_secrets
from webchat.words.errors import shown
from webchat.words.imports import OUTCOMES, counted, noted


def import_file(settings: Settings, file: Path, *, write: bool, username: str = "") -> Report:
    """Import the conversations in a file for a person, or only say what would be imported.

    Raises:
        DataFolderInUse: webchat is running.
        DatabaseFault: the database belongs to another version.
        ImportFailed: the file cannot be read or the database cannot be written.
        UserNotFound: there is no such account.
    """
    try:
        with file.open("rb"):
            pass
        if current_revision(settings.database) != head_revision():
            raise DatabaseFault("other_version")
        with ExitStack() as locked:
            for lock in lock_data(settings):
                locked.callback(lock.release)
            return asyncio.run(_import(settings, file.absolute(), username, write=write))
    except UserNotFound:
        raise
    except StorageError as error:
        raise ImportFailed("database", cause=as_argument(error)) from error
    except OSError as error:
        raise ImportFailed(file=str(file), detail=str(error.strerror or error)) from error


async def _import(settings: Settings, file: Path, username: str, *, write: bool) -> Report:
    database = Database(settings.database)
    progress = Progress()
    attached = Files(
        database,
        open_secrets(settings.data_dir),
        per_person=settings.files_per_person * MEGABYTE,
        per_server=settings.files * MEGABYTE,
    )
    try:
        async with database.write() as session:
            owner_id = await users.owner_named(session, username)
            owner_id = owner_id or (await users.ensure_local_owner(session, "You")).id
        await run(database, owner_id, file, progress, attached, write=write)
    finally:
        await attached.close()  # the next start reads what is not read yet
        await database.close()
    return progress.report


def report_lines(report: Report) -> Iterator[str]:
    """The report as lines: one for each conversation, then the sums."""
    for entry in report.entries:
        detail = _why(entry) if entry.reason else noted(entry.notes)
        title = " ".join(entry.title.split()) or "Untitled"
        yield f"{OUTCOMES[entry.outcome]}: {title}" + (f" ({detail.rstrip('.')})" if detail else "")
    if more := report.conversations - len(report.entries):
        yield f"and {more:,} more"
    if report.ignored_files:
        yield f"Other files in the archive, which cannot be imported: {report.ignored_files:,}"
    for entry in report.problems:
        yield _why(entry)
    yield f"Conversations: {counted(report.counts)}. New messages: {report.messages:,}."
    if report.assistants:
        yield f"New assistants: {report.assistants:,}."
    if notes := noted(report.notes):
        yield f"{notes}."


def _why(entry: Entry) -> str:
    return shown(ImportProblem(entry.reason, **entry.details))
