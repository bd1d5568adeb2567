"""Decompresses bodies piece by piece, so that a small body cannot expand into unlimited memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

PIECE = 64 * 1024
"""Maximum bytes per piece."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class BadEncoding(ValueError):
    """The body is not compressed as its headers say, or in a way that webchat did not request."""


class Unpacker(Protocol):
    """Decompresses bytes into pieces of at most `PIECE` bytes."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decompress the next bytes of the body."""
        ...

    def finish(self) -> None:
        """Signal the end of the body."""
        ...


class Plain:
    """A body that is not compressed."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Return the bytes unchanged."""
        return iter((data,))

    def finish(self) -> None:
        """Do nothing."""


class Inflate:
    """A body compressed with gzip (possibly with several members) or zlib."""

    def __init__(self) -> None:
        self._unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._began = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Return the decompressed bytes; raises `BadEncoding`."""
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
            more = len(piece) == PIECE  # a full piece may leave output pending after all input
            if piece:
                yield piece

    def finish(self) -> None:
        """Signal the end of the body; raises `BadEncoding` if something is missing."""
        if self._began and not self._unpack.eof:
            raise BadEncoding("the compressed body is incomplete")


def unpacker(content_encoding: str) -> Unpacker:
    """Return a decompressor for this `Content-Encoding`; raises `BadEncoding` if it was not requested."""
    encoding = content_encoding.strip().lower()
    if encoding in ("", "identity"):
        return Plain()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return Inflate()
    raise BadEncoding(f"the body is compressed with {encoding}, which was not requested")
