"""Who may sign in with an account at an OpenID Connect issuer, and the username they get here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from webchat.openid.errors import OpenIdError
from webchat.openid.values import Claimed
from webchat.services.accounts.credentials import LONGEST_USERNAME
from webchat.services.password_hashes import composed
from webchat.storage.types import fold

_NOT_IN_USERNAMES = re.compile(r"[^\w.-]+")
_LONGEST_NUMBER = 6


@dataclass(frozen=True, slots=True)
class Admission:
    """Whom the host lets in. With neither domains nor groups, only people who are known or invited.

    Args:
        domains: of verified e-mail addresses, folded.
        groups: of the claim `groups`.
    """

    domains: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether people may come in who are neither known nor invited."""
        return bool(self.domains or self.groups)

    def check(self, claimed: Claimed, name: str) -> None:
        """Make sure that somebody may sign in, each time: where both are set, domain and group must fit.

        Raises:
            OpenIdError: they may not.
        """
        if self.domains:
            local_part, _, domain = claimed.email.partition("@")
            if not local_part or fold(domain) not in self.domains:
                raise OpenIdError("not_allowed", name)
            if not claimed.email_verified:
                raise OpenIdError("unverified", name)
        if self.groups and not self.groups & claimed.groups:
            raise OpenIdError("not_allowed", name)


def usernames(claimed: Claimed) -> Iterator[str]:
    """Usernames that somebody could have here, the best first, without end."""
    wanted = claimed.username or claimed.email
    text = _NOT_IN_USERNAMES.sub("-", composed(wanted.partition("@")[0])).strip("-.")
    base = text[: LONGEST_USERNAME - _LONGEST_NUMBER] or "member"
    yield base
    number = 2
    while True:
        yield f"{base}-{number}"
        number += 1
