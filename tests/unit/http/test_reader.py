"""Whose address counts for limits, with and without a reverse proxy."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from webchat.http.reader import reader_address


def asked(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return Request({"type": "http", "headers": headers, "client": None if peer is None else (peer, 1)})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("::1", ["203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["::ffff:203.0.113.7"], "203.0.113.7"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["unknown"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.7, " + "x" * 9000], "127.0.0.1"),
        ("192.0.2.1", ["203.0.113.7"], "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", ["203.0.113.7"], "2001:db8:1:2::/64"),
        (None, ["203.0.113.7"], ""),
    ],
)
def test_behind_a_proxy_its_own_entry_counts(peer: str | None, forwarded: list[str], address: str) -> None:
    assert reader_address(asked(peer, *forwarded), behind_proxy=True) == address


def test_without_a_proxy_the_header_is_not_read() -> None:
    assert reader_address(asked("127.0.0.1", "203.0.113.7"), behind_proxy=False) == "127.0.0.1"
