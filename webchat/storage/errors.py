"""Exceptions of the storage layer. `str(error)` is shown to the user.

```
StorageError
├── DatabaseUnavailable     cannot be opened, read or written
│   ├── DatabaseBusy        locked by another process, or all readers in use, for too long
│   └── DatabaseFull        no space left on the disk
├── DatabaseDamaged         not a SQLite database, or a damaged one
├── DatabaseTooNew          created by a later version of webchat
├── DatabaseUnsupported     an address that webchat has no driver for
├── MigrationFailed         the upgrade was rolled back
├── NotFound
│   ├── ConversationNotFound
│   ├── MessageNotFound
│   ├── ShareNotFound
│   ├── GenerationNotFound
│   └── ProviderNotFound
├── ProviderNameTaken
├── StillAnswering          nothing can follow an answer that is being written
├── TextNotKept             an answer's checkpoints do not match its end
└── SecretError
    ├── KeyFileBroken       the key file cannot be read or parsed
    └── SecretUnreadable    a stored secret that none of our keys can decrypt
```
"""

from __future__ import annotations

from pathlib import Path


class StorageError(Exception):
    """Base class of all storage errors."""


class DatabaseUnavailable(StorageError):
    """The database cannot be opened, read or written. `database` is its address without a password."""

    def __init__(self, database: str, reason: str) -> None:
        super().__init__(f"The database {database} cannot be used: {reason}.")
        self.database = database
        self.reason = reason


class DatabaseBusy(DatabaseUnavailable):
    """The database was locked for longer than we wait."""

    def __init__(self, database: str) -> None:
        super().__init__(database, "another program is using it. Nothing was changed. Try again")


class DatabaseFull(DatabaseUnavailable):
    """The disk is full."""

    def __init__(self, database: str) -> None:
        super().__init__(database, "the disk is full. Nothing was changed. Free some space and try again")


class DatabaseDamaged(StorageError):
    """The file is not a SQLite database, or is damaged."""

    def __init__(self, database: str, reason: str) -> None:
        super().__init__(
            f"The database {database} is damaged or not a database ({reason}). "
            "Move it aside and restore a backup."
        )
        self.database = database
        self.reason = reason


class DatabaseTooNew(StorageError):
    """A later version of webchat has already upgraded this database."""

    def __init__(self, database: str, revision: str, newest_known: str) -> None:
        super().__init__(
            f"The database {database} was created by a newer version of webchat (its version is "
            f"{revision}, this one supports up to {newest_known}). Nothing was changed. Update webchat, "
            "or use another data folder."
        )
        self.database = database
        self.revision = revision
        self.newest_known = newest_known


class DatabaseUnsupported(StorageError):
    """A database address that webchat cannot use."""

    def __init__(self, database: str) -> None:
        super().__init__(
            f"webchat cannot use the database address {database}. "
            "Use the path of a SQLite file, such as sqlite:////path/to/webchat.db."
        )
        self.database = database


class MigrationFailed(StorageError):
    """The upgrade failed and was rolled back; the database is unchanged."""

    def __init__(self, database: str, reason: str, backup: Path | None) -> None:
        kept = f" A backup from before the upgrade is at {backup}." if backup else ""
        super().__init__(f"Upgrading the database {database} failed and was rolled back: {reason}.{kept}")
        self.database = database
        self.reason = reason
        self.backup = backup


class NotFound(StorageError):
    """The owner has no row with this `id`."""

    what = "thing"

    def __init__(self, id: str) -> None:
        super().__init__(f"This {self.what} no longer exists. It may have been deleted elsewhere.")
        self.id = id


class ConversationNotFound(NotFound):
    """No such conversation, or it is deleted."""

    what = "conversation"


class MessageNotFound(NotFound):
    """No such message in this conversation."""

    what = "message"


class ShareNotFound(NotFound):
    """No such link."""

    what = "link"


class GenerationNotFound(NotFound):
    """No such generation."""

    what = "answer"


class ProviderNotFound(NotFound):
    """No such provider setting."""

    what = "provider"


class ProviderNameTaken(StorageError):
    """The owner already has a provider that has or had this name; `now` is its current name."""

    def __init__(self, name: str, now: str = "") -> None:
        happened = (
            f"{now} used to be named “{name}”, and conversations still refer to it by that name."
            if now and now != name
            else f"There is already a provider named “{name}”."
        )
        super().__init__(f"{happened} Choose another name.")
        self.name = name


class StillAnswering(StorageError):
    """The parent message is an answer that is still being written."""

    def __init__(self) -> None:
        super().__init__("The answer is still being written. Stop it first, or wait until it is complete.")


class TextNotKept(StorageError):
    """The checkpoints of an answer do not match its end, so its whole text must be saved."""

    def __init__(self, message_id: str) -> None:
        super().__init__("The checkpoints of this answer are incomplete. Its full text is still available.")
        self.message_id = message_id


class SecretError(StorageError):
    """Base class of errors about encrypted API keys."""


class KeyFileBroken(SecretError):
    """The key file cannot be read, written or parsed."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The key file {path} cannot be used: {reason}. Restore it from a backup. Without it, "
            "stored API keys cannot be read and must be entered again."
        )
        self.path = path
        self.reason = reason


class SecretUnreadable(SecretError):
    """A stored secret that none of our keys can decrypt.

    Args:
        provider: the name of what it belongs to, as users know it.
        what: what it is, such as `API key` or `proxy`.
    """

    def __init__(self, provider: str, what: str = "API key") -> None:
        super().__init__(
            f"The stored {what} of {provider} cannot be read with the key file in the data folder. "
            "Enter it again in Settings."
        )
        self.provider = provider
        self.what = what
