"""What all share links have in common: their tokens and how long they last."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from webchat.services.errors import ShareInvalid
from webchat.storage.errors import SecretUnreadable
from webchat.storage.secrets import Secrets

EXPIRY: dict[str, timedelta | None] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "never": None,
}
"""Lifetimes of a link."""
_TOKEN_BYTES = 32


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """The stored form of a token: its SHA-256 in hexadecimal. It is random enough to need no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def opened_token(box: Secrets, sealed: str, title: str) -> str:
    """A token as its owner stored it; empty if the key file has changed and it can no longer be read."""
    try:
        return box.decrypt(sealed, provider=f"the link to “{title}”")
    except SecretUnreadable:
        return ""


def expires_at(expiry: object, now: datetime) -> datetime | None:
    """When a link made now ends; None for never.

    Raises:
        ShareInvalid: it is not one of `EXPIRY`.
    """
    if not isinstance(expiry, str) or expiry not in EXPIRY:
        raise ShareInvalid("expiry")
    lifetime = EXPIRY[expiry]
    return None if lifetime is None else now + lifetime
