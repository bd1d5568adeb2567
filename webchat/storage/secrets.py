"""API keys at rest: encrypted with a key that lies in a file of its own beside the database.

The file `secret.key` holds one Fernet key a line (https://github.com/fernet/spec: 32 bytes, URL-safe base64).
The first encrypts, all of them decrypt. To change keys: `add_key`, then
`webchat.storage.queries.maintenance.reencrypt_secrets`, then `drop_old_keys`; a process that ends between two
of them leaves everything readable, and the whole can be done again.
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

from webchat.storage.errors import KeyFileBroken, SecretUnreadable

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_FILE = "secret.key"
_KEY_BYTES = 32


class Secrets:
    """Encrypts and decrypts with the keys of one key file."""

    def __init__(self, keys: list[str]) -> None:
        """Take checked keys, the one that encrypts first; `open_secrets` reads them from the file."""
        self._keys = keys

    def __repr__(self) -> str:
        return f"<Secrets of {len(self._keys)} keys>"

    @cached_property
    def _fernet(self) -> MultiFernet:
        # Imported when first needed: it costs 6 MB, and many an installation has no API key.
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in self._keys])

    def encrypt(self, secret: str) -> str:
        """The secret as the database keeps it: a Fernet token, ASCII."""
        return self._fernet.encrypt(secret.encode()).decode("ascii")

    def decrypt(self, token: str, *, provider: str, what: str = "API key") -> str:
        """The secret again.

        Raises:
            SecretUnreadable: none of our keys made this token; it names `provider` and `what` it has.
        """
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise SecretUnreadable(provider, what) from error

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, by HMAC-SHA256 from the first key; it changes with that key."""
        return hmac.digest(self._keys[0].encode("ascii"), purpose.encode(), "sha256")

    def rotate(self, token: str, *, provider: str, what: str = "API key") -> str:
        """The same secret, encrypted with the first key.

        Raises:
            SecretUnreadable: none of our keys made this token; it names `provider` and `what` it has.
        """
        return self.encrypt(self.decrypt(token, provider=provider, what=what))


def open_secrets(folder: Path) -> Secrets:
    """The box of the key file in `folder`; a first key is made if there is no file yet.

    Raises:
        KeyFileBroken: the file cannot be read or created, or has a line that is no key.
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
    """Put a new key before those of the file in `folder`; the old ones still decrypt.

    Raises:
        KeyFileBroken: as `open_secrets`; the file is as it was.
    """
    return _rewrite(folder, lambda keys: [_new_key(), *keys])


def drop_old_keys(folder: Path) -> Secrets:
    """Keep the first key only: what was not encrypted anew can no longer be read.

    Raises:
        KeyFileBroken: as `open_secrets`; the file is as it was.
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
    """Bring the file into being whole; if another process was faster, its file stays."""
    partial = _write_beside(path, keys)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    finally:
        partial.unlink()
    _sync(path.parent)


def _write_beside(path: Path, keys: list[str]) -> Path:
    """Write the keys, on disk for certain and readable by the owner alone, to a file next to `path`."""
    handle, partial = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # mode 0600
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    return Path(partial)


def _sync(folder: Path) -> None:
    """Put the names in a folder on disk: a database written after it must not outlive its key."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> list[str]:
    lines = path.read_bytes().split()
    if not lines:
        raise KeyFileBroken(path, "it is empty")
    for number, line in enumerate(lines, start=1):
        try:
            length = len(base64.b64decode(line, altchars=b"-_", validate=True))
        except binascii.Error:
            length = 0
        if length != _KEY_BYTES:
            raise KeyFileBroken(path, f"line {number} is not a key")
    path.chmod(0o600)
    return [line.decode("ascii") for line in lines]
