"""A small, fast HTTP/1.1 server on bare asyncio, for upstreams that must be quick or must misbehave.

One request a connection. A handler gets the request and a `Reply` it writes to as it likes, raw bytes
included; it is cancelled the moment the client goes away, and the request remembers when that was.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(slots=True)
class SeenRequest:
    """One request as it came, and what became of its connection. Times are `time.time()` seconds."""

    number: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    came_at: float
    ended_at: float | None = None
    closed_early: bool = False
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's last value of each name."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def json(self) -> Any:
        """The body as JSON; raises `ValueError` if it is none."""
        return json.loads(self.body)


class Reply(asyncio.Protocol):
    """One connection: collects the request, then carries what the handler writes."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self.request: SeenRequest | None = None
        self.gone = asyncio.Event()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self._server.connections.add(self)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if self._task is not None:
            return
        if not self._received and not data[:1].isupper():
            self.whole(400, b"this is no HTTP", {})  # such as the greeting of a TLS client
            self._transport.close()
            return
        self._received += data
        head, separator, body = bytes(self._received).partition(b"\r\n\r\n")
        if not separator:
            return
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        pairs = (line.partition(":") for line in lines[1:])
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if len(body) < int(headers.get("content-length", "0")):
            return
        self.request = self._server.saw(method, target, headers, body)
        self._task = asyncio.get_running_loop().create_task(self._run(self.request))

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self)
        self.gone.set()
        if self.request is not None and self.request.ended_at is None:
            self.request.ended_at = time.time()
            self.request.closed_early = True
        if self._task is not None:
            self._task.cancel()

    async def _run(self, request: SeenRequest) -> None:
        assert self._transport is not None
        try:
            await self._server.handler(request, self)
        except asyncio.CancelledError:
            return
        if request.ended_at is None:
            request.ended_at = time.time()
        self._transport.close()

    # What a handler calls.

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self._transport is not None
        self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the client has read enough for more to be sent."""
        await self._writable.wait()

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status line and headers."""
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def chunk(self, data: bytes) -> None:
        """Send one chunk of a chunked body."""
        self.write(b"%x\r\n%b\r\n" % (len(data), data))

    def last_chunk(self) -> None:
        """End a chunked body."""
        self.write(b"0\r\n\r\n")

    def whole(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a whole response."""
        self.head(status, {"Content-Length": str(len(body)), **headers})
        self.write(body)

    def json(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        """Send a whole JSON response."""
        body = json.dumps(value, ensure_ascii=False).encode()
        self.whole(status, body, {"Content-Type": "application/json", **(headers or {})})

    def reset(self) -> None:
        """Drop the connection without a word."""
        assert self._transport is not None
        if self.request is not None:
            self.request.ended_at = time.time()
        self._transport.abort()


Handler = Callable[[SeenRequest, Reply], Awaitable[None]]


class Server:
    """Listens on a loopback port and hands every request to `handler`; use as an async context manager."""

    def __init__(self, handler: Handler, port: int = 0) -> None:
        self.handler = handler
        self.requests: list[SeenRequest] = []
        self.connections: set[Reply] = set()
        self._came = asyncio.Event()
        self._port = port
        self._listener: asyncio.Server | None = None

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:<port>`, once entered."""
        assert self._listener is not None
        return f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    def saw(self, method: str, target: str, headers: dict[str, str], body: bytes) -> SeenRequest:
        """Remember a request."""
        request = SeenRequest(len(self.requests) + 1, method, target, headers, body, time.time())
        self.requests.append(request)
        self._came.set()
        return request

    async def came(self, count: int = 1) -> None:
        """Wait until `count` requests have come."""
        while len(self.requests) < count:
            self._came.clear()
            await self._came.wait()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: Reply(self), "127.0.0.1", self._port, backlog=1024)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._listener is not None
        self._listener.close()
        for connection in list(self.connections):
            connection.reset()
        await asyncio.gather(*(connection.gone.wait() for connection in list(self.connections)))
        await self._listener.wait_closed()
