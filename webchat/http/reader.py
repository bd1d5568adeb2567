"""The network address of a request, as far as it is known."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_network
from ipaddress import ip_address as parsed

from starlette.requests import HTTPConnection


def reader_address(request: HTTPConnection) -> str:
    """The client's address for limits: IPv4 unchanged, IPv6 as its /64 network; empty if it is unknown.

    Behind a reverse proxy that is trusted, it is the one that the proxy names (`WEBCHAT_TRUSTED_PROXIES`).
    """
    return _network(request.client.host) if request.client else ""


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
