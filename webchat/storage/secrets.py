"""API keys at rest, encrypted with a key in a separate file next to the database.

The file `secret.key` has one Fernet key per line (https://github.com/fernet/spec: 32 bytes, URL-safe base64).
The first key encrypts; all of them decrypt. To change keys, call `add_key`, then
`webchat.storage.queries.maintenance.reencrypt_secrets`, then `drop_old_keys`. If the process ends between two
of them, everything stays readable and the sequence can be repeated.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import os
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from webchat.storage.errors import KeyFileBroken, SecretUnreadable, What

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_FILE = "secret.key"
_KEY_BYTES = 32


class Secrets:
    """Encrypts and decrypts with the keys of one key file."""

    def __init__(self, keys: list[str]) -> None:
        """Take validated keys, starting with the one that encrypts; `open_secrets` reads them from the
        file."""
        self._keys = keys

    def __repr__(self) -> str:
        return f"<Secrets of {len(self._keys)} keys>"

    @cached_property
    def _fernet(self) -> MultiFernet:
        # Imported when first needed, because it costs 6 MB and many installations have no API key.
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in self._keys])

    def encrypt(self, secret: str) -> str:
        """Encrypt a secret for the database: a Fernet token in ASCII."""
        return self._fernet.encrypt(secret.encode()).decode("ascii")

    def decrypt(self, token: str, *, provider: str, what: What = "") -> str:
        """Decrypt a secret.

        Raises:
            SecretUnreadable: none of our keys can decrypt this token; the message names `provider` and
                `what` (empty for an API key).
        """
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable(provider, what) from error

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose, derived from the first key with HMAC-SHA256; it changes with that
        key."""
        return hmac.digest(self._keys[0].encode("ascii"), purpose.encode(), "sha256")

    def rotate(self, token: str, *, provider: str, what: What = "") -> str:
        """The same secret, encrypted with the first key.

        Raises:
            SecretUnreadable: none of our keys can decrypt this token; the message names `provider` and
                `what` (empty for an API key).
        """
        return self.encrypt(self.decrypt(token, provider=provider, what=what))


def open_secrets(folder: Path) -> Secrets:
    """Open the key file in `folder`, creating it with a first key if it does not exist.

    Raises:
        KeyFileBroken: the file cannot be read or created, or has a line that is not a key.
    """
    path = folder / KEY_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _create(path, [_new_key()])
        return Secrets(_read(path))
    except OSError as error:
        raise KeyFileBroken(path, error.strerror or str(error)) from error


def add_key(folder: Path) -> Secrets:
    """Add a new first key to the file in `folder`; the old keys still decrypt.

    Raises:
        KeyFileBroken: as for `open_secrets`; the file is unchanged.
    """
    return _rewrite(folder, lambda keys: [_new_key(), *keys])


def drop_old_keys(folder: Path) -> Secrets:
    """Keep only the first key; anything not re-encrypted can no longer be read.

    Raises:
        KeyFileBroken: as for `open_secrets`; the file is unchanged.
    """
    return _rewrite(folder, lambda keys: keys[:1])


def _rewrite(folder: Path, change: Callable[[list[str]], list[str]]) -> Secrets:
    path = folder / KEY_FILE
    try:
        keys = change(_read(path))
        partial = _write_beside(path, keys)
        try:
            partial.replace(path)
        except OSError:
            partial.unlink()
            raise
        _sync(path.parent)
    except OSError as error:
        raise KeyFileBroken(path, error.strerror or str(error)) from error
    return Secrets(keys)


def _new_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode("ascii")


def _create(path: Path, keys: list[str]) -> None:
    """Create the complete file atomically; if another process was faster, its file is kept."""
    partial = _write_beside(path, keys)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    finally:
        partial.unlink()
    _sync(path.parent)


def _write_beside(path: Path, keys: list[str]) -> Path:
    """Write the keys to a file next to `path`, synced to disk and only readable by its owner."""
    handle, partial = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    return Path(partial)


def _sync(folder: Path) -> None:
    """Sync a folder to disk, because a database written later must not outlive its key."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> list[str]:
    lines = path.read_bytes().split()
    if not lines:
        raise KeyFileBroken(path, reason="empty")
    for number, line in enumerate(lines, start=1):
        try:
            length = len(base64.b64decode(line, altchars=b"-_", validate=True))
        except binascii.Error:
            length = 0
        if length != _KEY_BYTES:
            raise KeyFileBroken(path, reason="line", line=number)
    path.chmod(0o600)
    return [line.decode("ascii") for line in lines]
