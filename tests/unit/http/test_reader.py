"""Whose address counts for limits, with and without a reverse proxy."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from webchat.hosting.server import behind_proxies
from webchat.http.reader import reader_address
from webchat.settings import load_settings

PUBLIC = "https://chat.example.org"


async def counted(peer: str, forwarded: list[str], **settings: str) -> str:
    """The address that counts for a request from `peer` with these headers."""

    async def says(request: Request) -> PlainTextResponse:
        return PlainTextResponse(reader_address(request))

    app = behind_proxies(Starlette(routes=[Route("/", says)]), load_settings(**settings))
    transport = httpx.ASGITransport(app, client=(peer, 1))
    headers = [("X-Forwarded-For", value) for value in forwarded]
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        return (await client.get("/", headers=headers)).text


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
        ("127.0.0.1", ["unknown"], ""),
        ("127.0.0.1", ["203.0.113.7, " + "x" * 9000], ""),
        ("192.0.2.1", ["203.0.113.7"], "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", ["203.0.113.7"], "2001:db8:1:2::/64"),
    ],
)
async def test_only_a_proxy_on_this_machine_is_believed(
    peer: str, forwarded: list[str], address: str
) -> None:
    assert await counted(peer, forwarded, public_url=PUBLIC) == address


async def test_proxies_on_other_machines_are_believed_if_named() -> None:
    named = {"public_url": PUBLIC, "trusted_proxies": "192.0.2.1, 10.0.0.0/8"}

    assert await counted("192.0.2.1", ["203.0.113.7"], **named) == "203.0.113.7"
    assert await counted("192.0.2.1", ["203.0.113.7, 10.9.8.7"], **named) == "203.0.113.7"
    assert await counted("192.0.2.2", ["203.0.113.7"], **named) == "192.0.2.2"
    assert await counted("127.0.0.1", ["203.0.113.7"], **named) == "127.0.0.1"


async def test_without_a_proxy_the_header_is_not_read() -> None:
    assert await counted("127.0.0.1", ["203.0.113.7"]) == "127.0.0.1"
