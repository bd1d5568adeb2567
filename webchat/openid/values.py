"""What webchat tells an issuer of OpenID Connect, and what it learns from it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Client:
    """How webchat is registered with the issuer. `name` is what people call the issuer."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    wants_groups: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What one sign-in asks the issuer, and what its answer must fit."""

    redirect_uri: str
    nonce: str
    verifier: str
    """The secret of PKCE."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who somebody is, as the issuer says. `issuer` and `subject` together never change."""

    issuer: str
    subject: str
    username: str = ""
    email: str = ""
    email_verified: bool = False
    groups: frozenset[str] = frozenset()
