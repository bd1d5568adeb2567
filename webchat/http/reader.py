"""Where a request comes from, as far as that can be known."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_network
from ipaddress import ip_address as parsed

from starlette.requests import Request


def reader_address(request: Request, *, behind_proxy: bool) -> str:
    """The address of whoever asks, for limits: IPv4 as it is, of IPv6 the network of one connection (/64).

    Behind a reverse proxy every connection comes from the proxy. Where one is expected (`WEBCHAT_PUBLIC_URL`
    is set) and the connection comes from this machine, the last entry of `X-Forwarded-For` counts, which the
    proxy itself added. A reader can invent all others, and the whole header where no proxy adds to it: only
    limits may depend on this address.
    """
    peer = request.client.host if request.client else ""
    if behind_proxy and _is_loopback(peer):
        named = request.headers.getlist("x-forwarded-for")
        last = ",".join(named).rpartition(",")[2].strip()
        return _network(last) or peer
    return _network(peer) or peer


def _is_loopback(host: str) -> bool:
    try:
        return parsed(host).is_loopback
    except ValueError:
        return False


def _network(host: str) -> str:
    """One connection's part of the network; empty for what is no address."""
    try:
        address = parsed(host)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False))
