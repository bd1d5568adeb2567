"""The network address of a request, as far as it is known, and when it may come again."""

from __future__ import annotations

import math

from starlette.requests import Request

from webchat.hosts import is_loopback, network_of


def reader_address(request: Request, *, behind_proxy: bool) -> str:
    """The client's address for limits: IPv4 unchanged, IPv6 as its /64 network.

    Behind a reverse proxy every connection comes from the proxy. If one is expected (`WEBCHAT_PUBLIC_URL` is
    set) and the connection comes from this machine, the last entry of `X-Forwarded-For`, added by the proxy
    itself, is used. Clients can forge all other entries, and the whole header if no proxy adds to it, so only
    limits may depend on this address.
    """
    peer = client_address(request)
    if behind_proxy and is_loopback(peer):
        named = request.headers.getlist("x-forwarded-for")
        last = ",".join(named).rpartition(",")[2].strip()
        return network_of(last) or peer
    return network_of(peer) or peer


def client_address(request: Request) -> str:
    """The other end of a request's connection; empty if unknown."""
    return request.client.host if request.client else ""


def retry_after(wait: float | None) -> dict[str, str]:
    """The header that tells a client to wait this many seconds; none for None."""
    return {} if wait is None else {"Retry-After": str(math.ceil(wait))}
