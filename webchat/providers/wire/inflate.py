"""Unpacking of compressed bodies piece by piece, so that none can unpack into more memory than is wanted."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

PIECE = 64 * 1024
"""Bytes a piece may hold at most."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class BadEncoding(ValueError):
    """The body is not packed the way its headers say, or in a way webchat did not ask for."""


class Unpacker(Protocol):
    """Turns packed bytes into pieces of at most `PIECE` bytes."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Unpack the next bytes of the body."""
        ...

    def finish(self) -> None:
        """Say that the body has ended."""
        ...


class Plain:
    """A body that isn't packed."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Return the bytes as they are."""
        return iter((data,))

    def finish(self) -> None:
        """Nothing can be missing."""


class Inflate:
    """A body packed with gzip (also in several members) or zlib."""

    def __init__(self) -> None:
        self._unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._began = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Return what the bytes unpack to; raises `BadEncoding`."""
        self._began = True
        more = True
        while data or more:
            if self._unpack.eof and data:
                self._unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                piece = self._unpack.decompress(data, PIECE)
            except zlib.error as error:
                raise BadEncoding(str(error)) from error
            data = self._unpack.unused_data if self._unpack.eof else self._unpack.unconsumed_tail
            more = len(piece) == PIECE  # a full piece may leave output behind although all input is taken
            if piece:
                yield piece

    def finish(self) -> None:
        """The body has ended; raises `BadEncoding` if something is missing."""
        if self._began and not self._unpack.eof:
            raise BadEncoding("the compressed body is incomplete")


def unpacker(content_encoding: str) -> Unpacker:
    """Return what unpacks a body with this `Content-Encoding`; raises `BadEncoding` for one not asked for."""
    encoding = content_encoding.strip().lower()
    if encoding in ("", "identity"):
        return Plain()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return Inflate()
    raise BadEncoding(f"the body is compressed with {encoding}, which was not requested")
