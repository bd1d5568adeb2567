"""Which site the passkeys of a request belong to."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from webchat.http.origin import Origin
from webchat.services.accounts.authenticators import Site
from webchat.services.errors import PasskeyInvalid

_LOCAL = "localhost"
"""The only name that browsers trust without TLS."""


def passkey_site(request: Request, public_origins: Sequence[str]) -> Site:
    """The site of the address at which webchat was opened, as browsers will name it.

    Args:
        public_origins: where webchat is published; none if it has only its own address.

    Raises:
        PasskeyInvalid: passkeys do not work at this address.
    """
    host = Origin.parse(f"http://{request.headers.get('host', '')}")
    published = [each for each in map(Origin.parse, public_origins) if each is not None]
    possible = [each for each in published if _can_have_passkeys(each)]
    if host is not None and not published:
        possible = [host] if _can_have_passkeys(host) else []
    for each in possible:
        if host is not None and each.host == host.host:
            return Site(each.host, str(each))
    if possible:
        raise PasskeyInvalid("other_address", address=str(possible[0]))
    raise PasskeyInvalid("address")


def _can_have_passkeys(origin: Origin) -> bool:
    return not origin.is_address and (origin.scheme == "https" or origin.host == _LOCAL)
