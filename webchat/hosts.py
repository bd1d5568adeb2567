"""Hosts as they stand in addresses and connections."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

_NAT64 = IPv6Network("64:ff9b::/96")
"""How a network without IPv4 reaches an IPv4 address, which is in the last 32 bits (RFC 6052)."""
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_CLOSED = tuple(
    map(
        ip_network,
        (
            "168.63.129.16/32",  # Azure's own services: inside its network in spite of the number
            "192.0.0.0/24",
            "192.88.99.0/24",
            "2001::/23",  # Teredo and other ways to reach an address inside another one
            "2002::/16",  # 6to4
            "3fff::/20",
        ),
    )
)
"""Networks with no service of the internet, which some versions of Python call global."""


def is_loopback(host: str) -> bool:
    """Whether an IP address is one only this machine reaches; False for a name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_this_machine(host: str) -> bool:
    """Whether a name or an IP address is one only this machine reaches."""
    return host == "localhost" or is_loopback(host)


def is_safe_address(url: object) -> bool:
    """Whether nobody else can read requests to a URL: they use TLS, or stay on this machine."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
    except ValueError:
        return False
    if parts is None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname))


def network_of(host: str) -> str:
    """What limits count an address by: IPv4 unchanged, IPv6 as its /64 network; empty for an invalid one."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False))


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet, and not to a machine or network of its own.

    IPv6 addresses that contain an IPv4 address are judged by that, or refused where no service uses them.

    >>> is_public("93.184.216.34"), is_public("64:ff9b::a9fe:a9fe"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        inner = IPv4Address(int(parsed) & 0xFFFFFFFF) if parsed in _NAT64 else parsed.ipv4_mapped
        if inner is not None:
            return is_public(str(inner))
        if parsed not in _GLOBAL_UNICAST or parsed.scope_id:
            return False
    refused = parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified or parsed.is_private
    return parsed.is_global and not refused and not any(parsed in network for network in _CLOSED)
