"""The network address of a request, as far as it is known, and when it may come again."""

from __future__ import annotations

import math

from starlette.requests import HTTPConnection

from webchat.hosts import network_of


def reader_address(request: HTTPConnection) -> str:
    """The client's address for limits: IPv4 unchanged, IPv6 as its /64 network; empty if it is unknown.

    Behind a reverse proxy that is trusted, it is the one that the proxy names (`WEBCHAT_TRUSTED_PROXIES`).
    """
    return network_of(client_address(request))


def client_address(request: HTTPConnection) -> str:
    """The other end of a request's connection; empty if unknown."""
    return request.client.host if request.client else ""


def retry_after(wait: float | None) -> dict[str, str]:
    """The header that tells a client to wait this many seconds; none for None."""
    return {} if wait is None else {"Retry-After": str(math.ceil(wait))}
