"""Passphrases of share links."""

from __future__ import annotations

from webchat.services.errors import ShareInvalid
from webchat.services.password_hashes import LONGEST, composed

SHORTEST = 6
"""Characters of a passphrase."""


def checked_passphrase(text: object) -> str:
    """The normalized passphrase for hashing; empty for none.

    Raises:
        ShareInvalid: it is too short or too long.
    """
    if not isinstance(text, str):
        raise ShareInvalid("not_text")
    passphrase = composed(text)
    if passphrase and not SHORTEST <= len(passphrase) <= LONGEST:
        raise ShareInvalid("passphrase", least=SHORTEST, most=LONGEST)
    return passphrase
