"""The guard of tests/conftest.py itself."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from tests.conftest import NetworkRefused


def test_an_unmarked_test_reaches_nothing() -> None:
    with socket.socket() as sock:
        with pytest.raises(NetworkRefused):
            sock.connect(("127.0.0.1", 9))
        with pytest.raises(NetworkRefused):
            sock.bind(("127.0.0.1", 0))
    with pytest.raises(NetworkRefused):
        socket.getaddrinfo("example.org", 80)


async def test_an_unmarked_test_reaches_nothing_through_httpx() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.RaisesGroup(NetworkRefused):
            await client.get("http://127.0.0.1:9/")


@pytest.mark.network
def test_a_marked_test_reaches_loopback_only() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        with pytest.raises(NetworkRefused):
            sock.connect(("192.0.2.1", 80))
        with pytest.raises(NetworkRefused):
            socket.getaddrinfo("example.org", 80)


async def test_unix_sockets_and_asyncio_work_unmarked() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.send(b"x")
        assert right.recv(1) == b"x"
    await asyncio.sleep(0)
