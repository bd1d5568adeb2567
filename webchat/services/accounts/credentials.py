"""Usernames and passwords as people type them, and the tokens of sessions and links."""

from __future__ import annotations

import hashlib
import re
import secrets

from webchat.services.errors import AccountInvalid
from webchat.services.password_hashes import LONGEST, composed
from webchat.storage.types import UserRole, fold

LONGEST_USERNAME = 64
SHORTEST = 8
"""Characters of a password."""
_USERNAME = re.compile(rf"[\w.@-]{{1,{LONGEST_USERNAME}}}")
_TOKEN_BYTES = 32


def new_token() -> str:
    """A token of 256 random bits for a cookie or a link."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def checked_username(text: object) -> str:
    """The normalized username.

    Raises:
        AccountInvalid: it is empty, too long or has other characters than a username may have.
    """
    if not isinstance(text, str):
        raise AccountInvalid("not_text")
    username = composed(text)
    if not _USERNAME.fullmatch(username):
        raise AccountInvalid("username", limit=LONGEST_USERNAME)
    return username


def checked_password(text: object, username: str) -> str:
    """The normalized password of a username.

    Raises:
        AccountInvalid: it is too short, too long or the username.
    """
    if not isinstance(text, str):
        raise AccountInvalid("not_text")
    password = composed(text)
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountInvalid("password", least=SHORTEST, most=LONGEST)
    if fold(password) == fold(username):
        raise AccountInvalid("password_is_name")
    return password


def checked_role(text: object) -> UserRole:
    """The role with this name.

    Raises:
        AccountInvalid: there is none.
    """
    try:
        return UserRole(text if isinstance(text, str) else "")
    except ValueError:
        raise AccountInvalid("role") from None
