"""A stored page: compressed once, sent as one gzip file (RFC 1952) or in uncompressed pieces.

The opening of a page differs between requests, because it contains the requested address. Deflate blocks (RFC
1951) can be concatenated, so the rest is never compressed again.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

PIECE = 64 * 1024
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_NOTHING = bytes(PIECE)


@dataclass(slots=True)
class CompressedPage:
    """The rest of a page: `body` is raw deflate data; CRC-32 and size are those of the uncompressed
    content."""

    body: bytes
    crc: int
    size: int
    _last: tuple[bytes, bytes, bytes] | None = field(default=None, repr=False, compare=False)
    """The most recent opening, with the gzip data before and after the body."""

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Compress the rest of a page."""
        packer = zlib.compressobj(6, wbits=-zlib.MAX_WBITS)
        return cls(packer.compress(data) + packer.flush(), zlib.crc32(data), len(data))

    def gzip(self, opening: bytes = b"") -> bytes:
        """The opening and the rest as one gzip file."""
        if self._last is None or self._last[0] != opening:
            packer = zlib.compressobj(6, wbits=-zlib.MAX_WBITS)
            before = _HEAD + packer.compress(opening) + packer.flush(zlib.Z_SYNC_FLUSH)
            whole = (len(opening) + self.size) & 0xFFFFFFFF
            self._last = opening, before, struct.pack("<II", self._crc_after(opening), whole)
        _, before, after = self._last
        return before + self.body + after

    def pieces(self, opening: bytes = b"") -> Iterator[bytes]:
        """The same uncompressed, in pieces of at most `PIECE` bytes."""
        if opening:
            yield opening
        unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        waiting = self.body
        while waiting and not unpacker.eof:
            piece = unpacker.decompress(waiting, PIECE)
            waiting = unpacker.unconsumed_tail
            if piece:
                yield piece
        yield unpacker.flush()

    def _crc_after(self, opening: bytes) -> int:
        """The CRC-32 of both: CRCs of strings of equal length can be XORed, with zeros in place of each
        half."""
        first, nothing = zlib.crc32(opening), 0
        for at in range(0, self.size, PIECE):
            zeros = _NOTHING[: self.size - at]
            first, nothing = zlib.crc32(zeros, first), zlib.crc32(zeros, nothing)
        return first ^ nothing ^ self.crc
