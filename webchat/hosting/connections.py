"""How many connections the server takes, and how long one may keep it waiting.

uvicorn's own protocols with what they leave open: a deadline for the head of a request and for its body, a
bound on the size of a head, on the number of connections in all and from one address, and an end to clients
that do not read what they asked for.
"""

from __future__ import annotations

import asyncio
import resource
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

SECONDS_FOR_HEAD = 10.0
SECONDS_FOR_BODY = 30.0
SECONDS_UNREAD = 30.0
"""How long a client may read nothing while something waits to be sent to it."""
MAX_HEAD = 32 * 1024
"""Bytes of the address and headers of a request."""
MAX_BODY = 2 * 1024 * 1024
"""Bytes of the body of a request; nothing of webchat takes more."""
MAX_CONNECTIONS = 1_000
MAX_OPEN_FILES = 65_536

_BUSY = b"webchat has too many connections. Try again in a few seconds.\n"
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 5\r\n"
    b"Connection: close\r\nContent-Length: " + str(len(_BUSY)).encode() + b"\r\n\r\n" + _BUSY
)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes.

    Args:
        connections: in all.
        from_one_address: of them, from an address that is not this machine's own.
        head, body, unread: seconds, as `SECONDS_FOR_HEAD` and its neighbours.
    """

    connections: int = MAX_CONNECTIONS
    from_one_address: int = MAX_CONNECTIONS // 2
    head: float = SECONDS_FOR_HEAD
    body: float = SECONDS_FOR_BODY
    unread: float = SECONDS_UNREAD


def limits_of_this_process() -> Limits:
    """Raise the number of files this process may open as far as it may, and leave half of them to the rest.

    The rest are the database, providers that are being asked and the pages' files.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    connections = MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, soft // 2)
    return Limits(connections, connections // 2)


def protocols(limits: Limits) -> tuple[Any, Any]:
    """The classes uvicorn makes for each connection: for HTTP, and for websockets."""
    return partial(Http, limits), partial(Websocket, limits)


class Http(HttpToolsProtocol):
    """One HTTP connection."""

    def __init__(self, limits: Limits, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._limits = limits
        self._began = self.loop.time()
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._in_head = True
        self._head_size = self._body_size = 0

    @property
    def is_idle(self) -> bool:
        """Whether no request of this connection is being answered."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection if there is room; an idle one makes room for it."""
        super().connection_made(transport)
        self._wait_for_head()
        host = self.client[0] if self.client else ""
        others = [each for each in self.connections if each is not self]
        if _is_remote(host) and sum(_host(each) == host for each in others) >= self._limits.from_one_address:
            self._refuse("too many connections from one address")
        elif len(others) >= self._limits.connections:
            idle = [each for each in others if isinstance(each, Http) and each.is_idle]
            if idle:
                min(idle, key=lambda each: each._began).transport.abort()
            else:
                self._refuse("too many connections")

    def _refuse(self, why: str) -> None:
        _log.warning("connection_refused", reason=why)
        self.transport.write(_REFUSAL)
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the deadlines with the connection."""
        self._stop_deadlines()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request; its head has to end within the deadline and the size."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._in_head and self.parser is not None:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self.send_400_response("The head of the request is too long.")
        handed_on = self.transport.get_protocol() is not self
        if self.is_idle and self._deadline is None and not handed_on:
            self._wait_for_head()  # blank lines before a request begin none

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = True
        self._head_size = self._body_size = 0
        if self._deadline is None:
            self._wait_for_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header.

        Raises:
            ValueError: the head is too long; the parser turns it into a 400.
        """
        self._head_size += len(name) + len(value)
        if self._head_size > MAX_HEAD:
            raise ValueError("the head of the request is too long")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; its body has a deadline of its own."""
        self._in_head = False
        self._set_deadline(self._limits.body)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body_size += len(body)
        if self._body_size > MAX_BODY:
            self.transport.abort()
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._clear_deadline()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection on to the websocket's protocol, which has its own deadlines."""
        self._stop_deadlines()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """The client reads slower than it is sent to."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.unread, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read what was waiting."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _wait_for_head(self) -> None:
        self._set_deadline(self._limits.head)

    def _set_deadline(self, seconds: float) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_deadlines(self) -> None:
        self._clear_deadline()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


class Websocket(WebSocketsSansIOProtocol):
    """One websocket. Its scope's state has `abort`, which ends it at once, whatever is still to be sent."""

    def __init__(self, limits: Limits, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._limits = limits
        self._unread: asyncio.TimerHandle | None = None

    async def run_asgi(self) -> None:
        """Run the app for this websocket."""
        self.scope["state"]["abort"] = self.transport.abort
        await super().run_asgi()

    def pause_writing(self) -> None:
        """The client reads slower than it is sent to."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.unread, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read what was waiting."""
        super().resume_writing()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the deadline with the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def _host(protocol: Any) -> str:
    return protocol.client[0] if protocol.client else ""


def _is_remote(host: str) -> bool:
    """Whether an address is another machine's: a reverse proxy on this one has everybody behind it."""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return False
