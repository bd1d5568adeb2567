"""Hosts as they stand in addresses and connections."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether an IP address is one only this machine reaches; False for a name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
