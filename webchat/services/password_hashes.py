"""Passwords of accounts and passphrases of share links as argon2id hashes."""

from __future__ import annotations

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

LONGEST = 200
"""Characters of a password that is checked at all."""

# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html: 19 MiB, two passes.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def composed(text: str) -> str:
    """The same text for every way of typing it."""
    return unicodedata.normalize("NFC", text).strip()


class PasswordHashes:
    """Hashes and checks passwords, one at a time in a thread, because each takes 19 MiB for a moment."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def hash(self, password: str) -> str:
        """The argon2id hash, with its parameters and salt."""
        async with self._turn:
            return await asyncio.to_thread(_HASHER.hash, password.encode("utf-8", "replace"))

    async def is_right(self, password_hash: str, guess: str) -> bool:
        """Whether the guess matches the hash."""
        async with self._turn:
            return await asyncio.to_thread(_is_right, password_hash, composed(guess))


def _is_right(password_hash: str, guess: str) -> bool:
    if len(guess) > LONGEST:
        return False
    try:
        return _HASHER.verify(password_hash, guess.encode("utf-8", "replace"))
    except (VerifyMismatchError, InvalidHashError):
        return False
