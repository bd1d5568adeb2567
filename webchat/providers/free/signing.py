"""Signatures and random values for the services. Pure: time and randomness come from the caller."""

from __future__ import annotations

import hashlib
from random import Random, SystemRandom
from string import ascii_lowercase, digits

RANDOMNESS: Random = SystemRandom()
"""The source of random values, except in tests."""

_HEX = digits + "abcdef"


def sha256_signature(time: int, text: str, secret: str = "") -> str:
    """Return the lowercase hex SHA-256 of `{time}:{text}:{secret}` in UTF-8, always with both colons.

    >>> sha256_signature(1700000000, "Hello")
    '6e2493c26c34dc9085a0ca69ec10d130575540e4e7ad1ba9fd3ed6515327a126'
    """
    return hashlib.sha256(f"{time}:{text}:{secret}".encode("utf-8", "replace")).hexdigest()


def md5_signature(timestamp: int, nonce: str, authorization: str) -> str:
    """Return the lowercase hex MD5 of `{timestamp}-{nonce}-{authorization}`.

    >>> md5_signature(1700000000, "0123456789abcdef" * 2, "Bearer null")
    '14364f59379955fd3332f08d295b5712'
    """
    signed = f"{timestamp}-{nonce}-{authorization}".encode()
    return hashlib.md5(signed, usedforsecurity=False).hexdigest()


def random_hex(count: int, randomness: Random) -> str:
    """Return this many random lowercase hex digits."""
    return "".join(randomness.choices(_HEX, k=count))


def random_mark(count: int, randomness: Random) -> str:
    """Return this many random characters from `[a-z0-9]`."""
    return "".join(randomness.choices(ascii_lowercase + digits, k=count))
