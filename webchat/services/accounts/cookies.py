"""The cookie of a session."""

from __future__ import annotations

from dataclasses import dataclass

MAX_AGE = 365 * 24 * 3600
"""Seconds a browser keeps it; the server ends a session earlier if it is not used."""


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """Its name, and whether browsers send it over TLS only."""

    secure: bool = False

    @property
    def name(self) -> str:
        """`__Host-` makes browsers refuse one that another host of the domain has set."""
        return "__Host-webchat" if self.secure else "webchat_session"

    def token_in(self, header: str) -> str:
        """The token in a `Cookie` header; empty if there is none."""
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == self.name:
                return value
        return ""
