"""Limits the number of connections and how long one may keep the server waiting.

Extends uvicorn's protocols with what they lack: timeouts for the head and the body of a request, limits on
the size of a head and on the number of connections in total and per address, and disconnecting clients that
do not read their responses.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from webchat.http import assistants, files, imports
from webchat.services.assistants.archive import MAX_ARCHIVE
from webchat.services.files.limits import MAX_BODY as MAX_FILE
from webchat.services.transfer.imports import MAX_FILE as MAX_IMPORT

SECONDS_FOR_HEAD = 10.0
SECONDS_FOR_BODY = 30.0
SECONDS_UNREAD = 30.0
"""Seconds a client may read nothing while data is waiting to be sent."""
MAX_HEAD = 32 * 1024
"""Maximum bytes of the address and headers of a request."""
MAX_BODY = 2 * 1024 * 1024
"""Maximum bytes of the body of a request, except of those in `MAX_UPLOAD`."""
MAX_UPLOAD = {
    assistants.IMPORT_PATH: MAX_ARCHIVE,
    imports.PATH: MAX_IMPORT,
    files.PATH: MAX_FILE,
}
"""Maximum bytes of the files that are received at these paths."""
MIN_PART = 256 * 1024
"""Bytes of such a file that must arrive within the timeout of a body."""
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
    """The limits of a server.

    Args:
        connections: the maximum in total.
        from_one_address: the maximum from one address, except from this machine and from `proxies`.
        head, body, unread: timeouts in seconds; see `SECONDS_FOR_HEAD` and the constants below it.
        proxies: the networks of reverse proxies, which connect for everyone.
        base_path: the path under which webchat is served.
    """

    connections: int = MAX_CONNECTIONS
    from_one_address: int = MAX_CONNECTIONS // 2
    head: float = SECONDS_FOR_HEAD
    body: float = SECONDS_FOR_BODY
    unread: float = SECONDS_UNREAD
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    base_path: str = ""


def limits_of_this_process() -> Limits:
    """Raise this process's limit on open files as far as allowed, and reserve half of them for other uses.

    These are the database, connections to providers and the pages' files.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    connections = MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, soft // 2)
    return Limits(connections, connections // 2)


def protocols(limits: Limits) -> tuple[Any, Any]:
    """The protocol classes for uvicorn: for HTTP and for websockets."""
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
        self._head_size = self._body_size = self._part_size = 0
        self._max_body = MAX_BODY

    @property
    def is_idle(self) -> bool:
        """Whether this connection has no request in progress."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection if the limit allows, closing an idle one if necessary."""
        super().connection_made(transport)
        self._wait_for_head()
        host = self.client[0] if self.client else ""
        others = [each for each in self.connections if each is not self]
        from_there = sum(_host(each) == host for each in others)
        if from_there >= self._limits.from_one_address and _counts(host, self._limits.proxies):
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
        """Cancel the timeouts of the connection."""
        self._stop_deadlines()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive data of a request; its head must be complete within the timeout and the size limit."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self._in_head and self.parser is not None:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self.send_400_response("The head of the request is too long.")
        handed_on = self.transport.get_protocol() is not self
        if self.is_idle and self._deadline is None and not handed_on:
            self._wait_for_head()  # blank lines before a request do not start one

    def on_message_begin(self) -> None:
        """Start of a request."""
        super().on_message_begin()
        self._in_head = True
        self._head_size = self._body_size = self._part_size = 0
        if self._deadline is None:
            self._wait_for_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive a header.

        Raises:
            ValueError: the head is too long; the parser turns it into a 400.
        """
        self._head_size += len(name) + len(value)
        if self._head_size > MAX_HEAD:
            raise ValueError("the head of the request is too long")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End of the head; the body has a separate timeout, in a file each `MIN_PART` of it."""
        self._in_head = False
        self._set_deadline(self._limits.body)
        path = self.url.partition(b"?")[0].removeprefix(self._limits.base_path.encode())
        self._max_body = MAX_UPLOAD.get(path.decode("ascii", "replace"), MAX_BODY)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Receive a part of the body."""
        self._body_size += len(body)
        if self._body_size > self._max_body:
            self.transport.abort()
            return
        self._part_size += len(body)
        if self._max_body > MAX_BODY and self._part_size >= MIN_PART:
            self._part_size = 0
            self._set_deadline(self._limits.body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End of the request."""
        self._clear_deadline()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Pass the connection to the websocket protocol, which has its own timeouts."""
        self._stop_deadlines()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """The client reads more slowly than data is sent."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.unread, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has caught up."""
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
    """One websocket. Its scope's state has `abort`, which closes it at once and drops unsent data."""

    def __init__(self, limits: Limits, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._limits = limits
        self._unread: asyncio.TimerHandle | None = None

    async def run_asgi(self) -> None:
        """Run the app for this websocket."""
        self.scope["state"]["abort"] = self.transport.abort
        await super().run_asgi()

    def pause_writing(self) -> None:
        """The client reads more slowly than data is sent."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.unread, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeout of the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


def _host(protocol: Any) -> str:
    return protocol.client[0] if protocol.client else ""


def _counts(host: str, proxies: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether the connections from an address are limited. This machine may be a proxy for everyone."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return not address.is_loopback and not any(address in proxy for proxy in proxies)
