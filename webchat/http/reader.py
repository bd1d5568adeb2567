"""The network address of a request, as far as it is known."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_network
from ipaddress import ip_address as parsed

from starlette.requests import Request

from webchat.hosts import is_loopback


def reader_address(request: Request, *, behind_proxy: bool) -> str:
    """The client's address for limits: IPv4 unchanged, IPv6 as its /64 network.

    Behind a reverse proxy every connection comes from the proxy. If one is expected (`WEBCHAT_PUBLIC_URL` is
    set) and the connection comes from this machine, the last entry of `X-Forwarded-For`, added by the proxy
    itself, is used. Clients can forge all other entries, and the whole header if no proxy adds to it, so only
    limits may depend on this address.
    """
    peer = request.client.host if request.client else ""
    if behind_proxy and is_loopback(peer):
        named = request.headers.getlist("x-forwarded-for")
        last = ",".join(named).rpartition(",")[2].strip()
        return _network(last) or peer
    return _network(peer) or peer


def _network(host: str) -> str:
    """The address or its network; empty for an invalid address."""
    try:
        address = parsed(host)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False))
