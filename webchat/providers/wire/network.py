"""TCP and TLS for httpcore on plain asyncio: every connection can be closed at once, at any time.

httpcore's own backend leaves a socket to the garbage collector when a task is cancelled during the TLS
handshake. This one tracks every connection from the start, so `close_all` leaves none behind. It also paces
reading: between small reads of an answer that has begun, it leaves the bytes in the kernel's buffer for a
moment, to read them together.

It is also where requests are kept out of the server's own network: a name is resolved once, every address it
has is checked, and the connection goes to the very address that was checked. Nothing that a name server
answers later, and no other way to write an address, can lead elsewhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any, cast

import httpcore

from webchat.hosts import is_public

_SMALL_READ = 16 * 1024
_NEXT_ADDRESS_AFTER = 0.25
"""Seconds until the next address is tried in parallel (RFC 8305)."""


class NotPublic(OSError):
    """A host has an address that is not on the internet; nothing was connected to."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is not on the internet")
        self.host = host


class Pace:
    """Whether and for how many seconds reading pauses; off until the first text has arrived.

    `flooded` means that the last read was large.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.on = False
        self.flooded = False


class _Connection(asyncio.Protocol):
    """One connection: buffers what arrives and stops reading until it has been consumed."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._received: list[bytes] = []
        self._ended = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass of it

    def data_received(self, data: bytes) -> None:
        self._received.append(data)
        assert self.transport is not None
        self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._error = exc
        self._may_write.set()
        self._wake()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def read(self, most: int) -> bytes:
        """Return up to `most` bytes as soon as there are any; empty at the end."""
        if not self._received and not self._ended:
            assert self.transport is not None
            self.transport.resume_reading()
            self._waiter = self._loop.create_future()
            await self._waiter
        if self._received:
            data = self._received[0] if len(self._received) == 1 else b"".join(self._received)
            self._received = [data[most:]] if len(data) > most else []
            return data[:most]
        if self._error is not None:
            raise self._error
        return b""

    async def write(self, data: bytes) -> None:
        """Send data; return when the connection can accept more."""
        assert self.transport is not None
        self.transport.write(data)
        await self._may_write.wait()
        if self._error is not None:
            raise self._error

    def abort(self) -> None:
        """Close without waiting."""
        if self.transport is not None:
            self.transport.abort()


class _Stream(httpcore.AsyncNetworkStream):
    """A connection with httpcore's interface; `deadlines.py` enforces its timeouts."""

    def __init__(self, connection: _Connection, pace: Pace, names: Mapping[str, str]) -> None:
        self._connection = connection
        self._pace = pace
        self._names = names

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        if self._pace.on and not self._pace.flooded:
            await asyncio.sleep(self._pace.seconds)
        try:
            data = await self._connection.read(max_bytes)
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error
        self._pace.flooded = len(data) >= _SMALL_READ
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if buffer:
            try:
                await self._connection.write(buffer)
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        self._connection.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        connection = self._connection
        assert connection.transport is not None
        server_hostname = self._names.get(server_hostname or "", server_hostname)
        try:
            secure = await asyncio.get_running_loop().start_tls(
                connection.transport, connection, ssl_context, server_hostname=server_hostname
            )
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        if secure is None:
            raise httpcore.ConnectError("the connection was closed during the TLS handshake")
        connection.transport = secure
        return self

    def get_extra_info(self, info: str) -> Any:
        names = {"ssl_object": "ssl_object", "server_addr": "peername", "client_addr": "sockname"}
        transport = self._connection.transport
        return transport.get_extra_info(names[info]) if transport is not None and info in names else None


class Network(httpcore.AsyncNetworkBackend):
    """Opens the connections of one answer.

    Args:
        pace: how reading is paced.
        public_only: refuse to connect to anything that is not on the internet.
    """

    def __init__(self, pace: Pace, *, public_only: bool = False) -> None:
        self._pace = pace
        self._public_only = public_only
        self._opened: list[_Connection] = []
        self._names: dict[str, str] = {}
        """The names of checked addresses, for certificates."""

    def close_all(self) -> None:
        """Close every connection, including those still being opened."""
        for connection in self._opened:
            connection.abort()

    async def checked(self, host: str, port: int) -> str:
        """An address of a host on the internet, which a proxy is told in place of the name.

        TLS then still asks for a certificate of the name.

        Raises:
            httpcore.ConnectError: caused by `NotPublic`, or the name is unknown.
        """
        try:
            address = (await _public_addresses_of(host, port))[0]
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        self._names[address] = host
        return address

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that answers.

        Raises:
            httpcore.ConnectError: none did; or, caused by `NotPublic`, nothing was connected to.
        """
        find = _public_addresses_of if self._public_only else _addresses_of
        try:
            addresses = await find(host, port)
            connection = await self._first_of(addresses, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        return _Stream(connection, self._pace, self._names)

    async def sleep(self, seconds: float) -> None:
        """Pause between attempts to connect."""
        await asyncio.sleep(seconds)

    async def _first_of(self, addresses: Sequence[str], port: int) -> _Connection:
        """Connect to the first address that answers, starting the next attempt whenever one takes too
        long."""
        if len(addresses) == 1:
            return await self._connect(addresses[0], port)
        trying: set[asyncio.Task[_Connection]] = set()
        failures: list[OSError] = []
        waiting = list(reversed(addresses))
        try:
            while waiting or trying:
                if waiting:
                    trying.add(asyncio.create_task(self._connect(waiting.pop(), port)))
                patience = _NEXT_ADDRESS_AFTER if waiting else None
                done, trying = await asyncio.wait(
                    trying, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    error = task.exception()
                    if error is None:
                        return task.result()
                    if not isinstance(error, OSError):
                        raise error
                    failures.append(error)
        finally:
            for task in trying:
                task.cancel()
        raise failures[-1]

    async def _connect(self, address: str, port: int) -> _Connection:
        connection = _Connection()
        self._opened.append(connection)
        try:
            await asyncio.get_running_loop().create_connection(lambda: connection, address, port)
        except BaseException:
            connection.abort()
            raise
        return connection


async def _addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a host, alternating IPv6 and IPv4; an address is returned unchanged."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    six = [str(info[4][0]) for info in infos if info[0] == socket.AF_INET6]
    four = [str(info[4][0]) for info in infos if info[0] != socket.AF_INET6]
    by_turns = chain.from_iterable(zip_longest(six, four))
    found = list(dict.fromkeys(address for address in by_turns if address is not None))
    if not found:
        raise OSError(f"{host} has no address")
    return found


async def _public_addresses_of(host: str, port: int) -> list[str]:
    """Return the addresses of a host on the internet.

    Raises:
        NotPublic: one of them is not. A name with some of each is no service's, but an attempt to get inside.
    """
    addresses = await _addresses_of(host, port)
    if not all(is_public(address) and not is_own(address) for address in addresses):
        raise NotPublic(host)
    return addresses


def is_own(address: str) -> bool:
    """Whether an address is one of this machine, whose firewall does not see what comes from itself.

    Nothing is sent: the system only says from which address it would be, and to itself that is the same one.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:
            return False  # no way leads there
        return bool(probe.getsockname()[0] == address)
