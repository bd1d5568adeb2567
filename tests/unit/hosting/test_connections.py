"""How long a client may keep the server waiting, and how many may at once; over real loopback sockets."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network
from typing import Any

import pytest
import uvicorn

from webchat.hosting import connections
from webchat.hosting.connections import MAX_BODY, MAX_HEAD, Limits, limits_of_this_process, protocols

pytestmark = pytest.mark.network

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SOON = 0.1
"""Seconds of a deadline in these tests."""
NEVER = 20
"""Seconds after which what a test waits for will not come any more."""


async def hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        if scope["path"] == "/quiet":
            await asyncio.sleep(2 * SOON)
            await send({"type": "websocket.send", "bytes": b"still here"})
            await send({"type": "websocket.close"})
            return
        for _ in range(1_000):  # far more than the buffers of two kernels
            await send({"type": "websocket.send", "bytes": bytes(100_000)})
        return
    more = scope["method"] == "POST"
    while more:
        more = (await receive()).get("more_body", False)
    size = 100_000_000 if scope["path"] == "/large" else 5
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(max(1, size // 100_000)):
        await send({"type": "http.response.body", "body": bytes(min(size, 100_000)), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def served(limits: Limits) -> AsyncIterator[tuple[int, uvicorn.Server]]:
    http, websocket = protocols(limits)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as uvloop does
    config = uvicorn.Config(
        hello, http=http, ws=websocket, log_config=None, lifespan="off", timeout_keep_alive=1
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])  # `serve` would look ten times a second whether it shall end
    try:
        async with asyncio.timeout(NEVER):
            yield listening.getsockname()[1], server
    finally:
        while _opened:
            _opened.pop().close()
        for one in server.servers:
            one.close()
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        for task in list(server.server_state.tasks):
            task.cancel()
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)


class Client:
    """A TCP connection that reads only when it is told to."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)
        _opened.append(self.socket)

    async def write(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def read_to_the_end(self) -> bytes:
        """Everything until the server ends the connection, b"" if it reset it."""
        data = b""
        try:
            while part := await asyncio.get_running_loop().sock_recv(self.socket, 65_536):
                data += part
        except ConnectionError:
            return b""
        return data

    async def read_until(self, end: bytes) -> bytes:
        data = b""
        while not data.endswith(end) and (part := await asyncio.get_running_loop().sock_recv(self.socket, 1)):
            data += part
        return data


_opened: list[socket.socket] = []


def has_connections(server: uvicorn.Server, count: int) -> bool:
    return len(server.server_state.connections) == count


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "begun",
    [b"", b"\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n", GET + b"GET / HT", GET + b"\r\n"],
    ids=["nothing", "blank line", "half a head", "half a second head", "blank line after a request"],
)
async def test_a_head_that_does_not_end_ends_the_connection(begun: bytes) -> None:
    async with served(Limits(head=SOON)) as (port, _):
        one = Client(port)
        await one.write(begun)

        answers = (await one.read_to_the_end()).count(b"200 OK")

        assert answers == begun.count(GET)


async def test_a_body_that_does_not_end_ends_the_connection() -> None:
    async with served(Limits(body=SOON)) as (port, _):
        one = Client(port)
        await one.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")

        assert await one.read_to_the_end() == b""


async def test_a_body_that_is_too_large_ends_the_connection() -> None:
    async with served(Limits()) as (port, _):
        one = Client(port)
        await one.write(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" + bytes(MAX_BODY + 1)
        )

        assert await one.read_to_the_end() == b""


@pytest.mark.parametrize("path", ["/api/imports", "/api/files?name=book.pdf"])
async def test_a_file_may_be_large_and_take_long(path: str) -> None:
    pieces = 5
    async with served(Limits(body=4 * SOON)) as (port, _):
        one = Client(port)
        length = pieces * MAX_BODY
        await one.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        for _ in range(pieces):  # longer than the deadline in all
            await one.write(bytes(MAX_BODY))
            await asyncio.sleep(SOON)

        assert b"200 OK" in await one.read_to_the_end()


async def test_a_file_to_import_in_drops_ends_the_connection() -> None:
    async with served(Limits(body=SOON)) as (port, _):
        one = Client(port)
        await one.write(b"POST /api/imports HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        ended = asyncio.ensure_future(one.read_to_the_end())
        async with asyncio.timeout(NEVER):
            while not ended.done():
                with contextlib.suppress(ConnectionError):
                    await one.write(b"x")
                await asyncio.sleep(SOON / 10)

        assert ended.result() == b""


async def test_a_file_to_import_that_stops_ends_the_connection() -> None:
    async with served(Limits(body=SOON)) as (port, _):
        one = Client(port)
        await one.write(b"POST /api/imports HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")

        assert await one.read_to_the_end() == b""


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"x" * MAX_HEAD + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"x" * MAX_HEAD,
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * MAX_HEAD,
        b"GET /" + b"x" * (MAX_HEAD + 1),
    ],
    ids=["cookie", "endless cookie", "many headers", "address"],
)
async def test_a_head_that_is_too_long_is_refused(head: bytes) -> None:
    async with served(Limits()) as (port, _):
        one = Client(port)
        await one.write(head)

        # Bytes that are still on their way make the kernel drop the answer.
        assert (await one.read_to_the_end())[:12] in (b"HTTP/1.1 400", b"")


async def test_many_requests_follow_each_other_on_one_connection() -> None:
    async with served(Limits()) as (port, _):
        one = Client(port)
        for _ in range(20):
            await one.write(GET)
            await one.read_until(b"0\r\n\r\n")


async def test_a_response_that_nobody_reads_ends() -> None:
    async with served(Limits(unread=SOON)) as (port, server):
        one = Client(port)
        await one.write(GET.replace(b"/ ", b"/large "))
        await until(lambda: bool(server.server_state.connections))

        await until(lambda: not server.server_state.connections)


async def test_a_websocket_that_nobody_reads_ends() -> None:
    async with served(Limits(unread=SOON)) as (port, server):
        await Client(port).write(UPGRADE)
        await until(lambda: bool(server.server_state.connections))

        await until(lambda: not server.server_state.connections)


async def test_a_websocket_outlives_the_deadline_of_a_head() -> None:
    async with served(Limits(head=SOON)) as (port, _):
        client = Client(port)
        await client.write(UPGRADE.replace(b"GET / ", b"GET /quiet "))

        assert (await client.read_until(b"still here")).endswith(b"still here")


async def test_an_idle_connection_makes_room_for_a_new_one() -> None:
    async with served(Limits(connections=3)) as (port, server):
        idle = []
        for number in range(1, 4):
            idle.append(Client(port))
            await until(partial(has_connections, server, number))
        for _ in range(2):
            one = Client(port)
            await one.write(GET)
            assert (await one.read_until(b"\r\n")).startswith(b"HTTP/1.1 200")

        assert await idle[0].read_to_the_end() == b""  # the oldest went first


async def test_beyond_the_bound_a_connection_is_told_to_come_again() -> None:
    async with served(Limits(connections=2)) as (port, server):
        for _ in range(2):
            await Client(port).write(UPGRADE)
        await until(lambda: len(server.server_state.tasks) == 2)

        refusal = await Client(port).read_to_the_end()

        assert refusal.startswith(b"HTTP/1.1 503")
        assert b"Retry-After: 5" in refusal


async def test_one_address_has_a_part_of_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_counts", lambda host, _proxies: host == "127.0.0.1")
    async with served(Limits(connections=9, from_one_address=2)) as (port, server):
        for _ in range(2):
            Client(port)
        await until(lambda: len(server.server_state.connections) == 2)

        assert (await Client(port).read_to_the_end()).startswith(b"HTTP/1.1 503")


@pytest.mark.parametrize(
    ("host", "counts"),
    [
        ("127.0.0.1", False),
        ("::1", False),
        ("", False),
        ("192.0.2.7", True),
        ("2001:db8::1", True),
        ("10.1.2.3", False),
    ],
)
def test_a_trusted_reverse_proxy_is_not_one_client(host: str, counts: bool) -> None:
    assert connections._counts(host, [ip_network("10.0.0.0/8")]) is counts


@pytest.mark.parametrize(
    ("soft", "hard", "raised_to", "bound"),
    [
        (256, 256, 256, 128),
        (256, 1024, 1024, 512),
        (1024, 1_048_576, 65_536, 1_000),
        (1024, resource.RLIM_INFINITY, 65_536, 1_000),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, resource.RLIM_INFINITY, 1_000),
    ],
)
def test_the_bound_is_below_the_number_of_files(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised_to: int, bound: int
) -> None:
    limit = (soft, hard)

    def set_limit(_which: int, new: tuple[int, int]) -> None:
        nonlocal limit
        limit = new

    monkeypatch.setattr(resource, "getrlimit", lambda _which: limit)
    monkeypatch.setattr(resource, "setrlimit", set_limit)

    assert limits_of_this_process().connections == bound
    assert limit == (raised_to, hard)
