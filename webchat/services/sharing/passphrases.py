"""Passphrases of share links, stored as argon2id hashes."""

from __future__ import annotations

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from webchat.services.errors import ShareInvalid

SHORTEST, LONGEST = 6, 200
"""Characters of a passphrase."""

# https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html: 19 MiB, two passes.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def checked_passphrase(text: object) -> str:
    """The normalized passphrase for hashing; empty for none.

    Raises:
        ShareInvalid: it is too short or too long.
    """
    if not isinstance(text, str):
        raise ShareInvalid("not_text")
    passphrase = _composed(text)
    if passphrase and not SHORTEST <= len(passphrase) <= LONGEST:
        raise ShareInvalid("passphrase", least=SHORTEST, most=LONGEST)
    return passphrase


class Passphrases:
    """Hashes and checks passphrases, one at a time in a thread, because each takes 19 MiB for a moment."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def hash(self, passphrase: str) -> str:
        """The argon2id hash, with its parameters and salt."""
        async with self._turn:
            return await asyncio.to_thread(_HASHER.hash, passphrase.encode("utf-8", "replace"))

    async def is_right(self, passphrase_hash: str, guess: str) -> bool:
        """Whether the guess matches the hash."""
        async with self._turn:
            return await asyncio.to_thread(_is_right, passphrase_hash, _composed(guess))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _is_right(passphrase_hash: str, guess: str) -> bool:
    if len(guess) > LONGEST:
        return False
    try:
        return _HASHER.verify(passphrase_hash, guess.encode("utf-8", "replace"))
    except (VerifyMismatchError, InvalidHashError):
        return False
