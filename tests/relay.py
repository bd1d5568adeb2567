"""A relay between a browser and webchat that can lose every connection at once, as networks do.

It can also answer in place of webchat, as a proxy does while the server is away.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.running_app import free_port


class Relay:
    """Passes on what comes to `url` to the server at `target`; use it as an async context manager."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._port = free_port()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._refuses = False

    @property
    def url(self) -> str:
        """The address to use in place of the server's."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.cut()

    async def cut(self) -> None:
        """Lose every connection, and refuse new ones."""
        assert self._server is not None
        self._server.close()
        self._lose_all()

    def refuse(self) -> None:
        """Lose every connection, and answer each new one with the status 502."""
        self._refuses = True
        self._lose_all()

    def stop_refusing(self) -> None:
        """Pass on what comes (again)."""
        self._refuses = False

    def _lose_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def mend(self) -> None:
        """Take connections (again)."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if self._refuses:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                writer.close()
                await writer.wait_closed()
                return
            ahead, back = await asyncio.open_connection(self._target.hostname, self._target.port)
            self._writers |= {writer, back}
            await asyncio.gather(self._pass(reader, back), self._pass(ahead, writer))
            self._writers -= {writer, back}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
