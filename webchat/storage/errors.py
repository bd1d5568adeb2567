"""Exceptions of the storage layer. Their messages are in `webchat.words.storage_errors`.

```
StorageError
├── DatabaseUnavailable     cannot be opened, read or written
│   ├── DatabaseBusy        locked by another process, or all readers in use, for too long
│   └── DatabaseFull        no space left on the disk
├── DatabaseDamaged         not a SQLite database, or a damaged one
├── DatabaseTooNew          created by a later version of webchat
├── DatabaseUnsupported     an address that webchat has no driver for
├── MigrationFailed         the upgrade was rolled back
├── ArchiveUnusable         not a backup of webchat, or a damaged one
├── NotFound
│   ├── ConversationNotFound
│   ├── MessageNotFound
│   ├── ShareNotFound
│   ├── GenerationNotFound
│   ├── FolderNotFound
│   ├── SavedPromptNotFound
│   ├── AssistantNotFound
│   ├── ProviderNotFound
│   ├── PasskeyNotFound
│   ├── FileNotFound
│   └── UserNotFound
├── FolderNameTaken
├── SavedPromptNameTaken
├── ProviderNameTaken
├── UsernameTaken
├── StillAnswering          nothing can follow an answer that is being written
├── TextNotKept             an answer's checkpoints do not match its end
└── SecretError
    ├── KeyFileBroken       the key file cannot be read or parsed
    └── SecretUnreadable    a stored secret that none of our keys can decrypt
```
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from webchat.errors import WebchatError

What = Literal["", "proxy", "headers", "name"]
"""The kind of a stored secret; empty for an API key."""


class StorageError(WebchatError):
    """Base class of all storage errors."""


class DatabaseUnavailable(StorageError):
    """The database cannot be opened, read or written.

    Args:
        database: its address without a password.
        detail: what the system said.
    """

    code = "database_unavailable"

    def __init__(self, database: str, detail: str = "", *, reason: str = "", **details: Any) -> None:
        super().__init__(reason, database=database, detail=detail, **details)
        self.database = database


class DatabaseBusy(DatabaseUnavailable):
    """The database was locked for longer than we wait."""

    code = "database_busy"


class DatabaseFull(DatabaseUnavailable):
    """The disk is full."""

    code = "database_full"


class DatabaseDamaged(StorageError):
    """The file is not a SQLite database, or is damaged."""

    code = "database_damaged"

    def __init__(self, database: str, detail: str) -> None:
        super().__init__(database=database, detail=detail)
        self.database = database


class DatabaseTooNew(StorageError):
    """A later version of webchat has already upgraded this database."""

    code = "database_too_new"

    def __init__(self, database: str, revision: str, newest_known: str) -> None:
        super().__init__(database=database, revision=revision, newest_known=newest_known)
        self.revision = revision
        self.newest_known = newest_known


class DatabaseUnsupported(StorageError):
    """A database address that webchat cannot use."""

    code = "database_unsupported"

    def __init__(self, database: str) -> None:
        super().__init__(database=database)
        self.database = database


class MigrationFailed(StorageError):
    """The upgrade failed and was rolled back; the database is unchanged.

    Args:
        detail: what the database said; empty if rows would have lost the rows they belong to.
        backup: the copy from before the upgrade.
    """

    code = "migration_failed"

    def __init__(self, database: str, detail: str, backup: Path | None) -> None:
        parts = ("" if detail else "orphans", "backup" if backup else "")
        super().__init__(
            "_".join(part for part in parts if part), database=database, detail=detail, backup=str(backup)
        )
        self.backup = backup


class ArchiveUnusable(StorageError):
    """The file is not a backup of webchat, or is damaged."""

    code = "archive_unusable"

    def __init__(self, file: str, detail: str = "", *, reason: str = "") -> None:
        super().__init__(reason, file=file, detail=detail)


class NotFound(StorageError):
    """The owner has no row with this `id`."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.id = id


class ConversationNotFound(NotFound):
    """No such conversation, or it is deleted."""

    code = "conversation_not_found"


class FolderNotFound(NotFound):
    """No such folder."""

    code = "folder_not_found"


class FolderNameTaken(StorageError):
    """The owner already has a folder with this `name`, ignoring case."""

    code = "folder_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.name = name


class SavedPromptNotFound(NotFound):
    """No such saved prompt."""

    code = "saved_prompt_not_found"


class AssistantNotFound(NotFound):
    """No such assistant."""

    code = "assistant_not_found"


class SavedPromptNameTaken(StorageError):
    """The owner already has a saved prompt with this `name`, ignoring case."""

    code = "saved_prompt_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.name = name


class MessageNotFound(NotFound):
    """No such message in this conversation."""

    code = "message_not_found"


class ShareNotFound(NotFound):
    """No such link."""

    code = "share_not_found"


class GenerationNotFound(NotFound):
    """No such generation."""

    code = "generation_not_found"


class ProviderNotFound(NotFound):
    """No such provider setting."""

    code = "provider_not_found"


class UserNotFound(NotFound):
    """No such account."""

    code = "user_not_found"


class PasskeyNotFound(NotFound):
    """The user has no such passkey."""

    code = "passkey_not_found"


class FileNotFound(NotFound):
    """No such file."""

    code = "file_not_found"


class UsernameTaken(StorageError):
    """There is already an account with this username, ignoring case."""

    code = "username_taken"

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.name = name


class ProviderNameTaken(StorageError):
    """The owner already has a provider that has or had this name; `now` is its current name."""

    code = "provider_name_taken"

    def __init__(self, name: str, now: str = "") -> None:
        super().__init__("renamed" if now and now != name else "", name=name, now=now)
        self.name = name


class StillAnswering(StorageError):
    """The parent message is an answer that is still being written."""

    code = "still_answering"


class TextNotKept(StorageError):
    """The checkpoints of an answer do not match its end, so its whole text must be saved."""

    code = "text_not_kept"

    def __init__(self, message_id: str) -> None:
        super().__init__(message_id=message_id)
        self.message_id = message_id


class SecretError(StorageError):
    """Base class of errors about encrypted API keys."""


class KeyFileBroken(SecretError):
    """The key file cannot be read, written or parsed."""

    code = "key_file_broken"

    def __init__(self, path: Path, detail: str = "", *, reason: str = "", **details: Any) -> None:
        super().__init__(reason, path=str(path), detail=detail, **details)
        self.path = path


class SecretUnreadable(SecretError):
    """A stored secret that none of our keys can decrypt.

    Args:
        provider: the name of what it belongs to, as users know it.
        what: `proxy` or `headers`, or empty for an API key.
    """

    code = "secret_unreadable"

    def __init__(self, provider: str, what: What = "") -> None:
        super().__init__(what, provider=provider)
        self.provider = provider
