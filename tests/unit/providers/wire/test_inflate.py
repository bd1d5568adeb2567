from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.providers.wire.inflate import PIECE, BadEncoding, unpacker


def unpacked(packed: bytes, size: int = 1 << 20, encoding: str = "gzip") -> bytes:
    unpack = unpacker(encoding)
    pieces = [
        piece for start in range(0, len(packed), size) for piece in unpack.feed(packed[start : start + size])
    ]
    unpack.finish()
    assert all(len(piece) <= PIECE for piece in pieces)
    return b"".join(pieces)


PACKERS: list[Callable[[bytes], bytes]] = [gzip.compress, zlib.compress]


@given(st.binary(max_size=300), st.integers(1, 50), st.sampled_from(PACKERS))
def test_any_body_in_any_pieces(body: bytes, size: int, pack: Callable[[bytes], bytes]) -> None:
    assert unpacked(pack(body), size) == body


@pytest.mark.parametrize("extra", range(-300, 300, 37))
def test_output_that_fills_a_piece_to_the_brim(extra: int) -> None:
    body = b"x" * (PIECE + extra)
    assert unpacked(gzip.compress(body, mtime=0)) == body
    assert unpacked(gzip.compress(body, mtime=0), size=1) == body


def test_several_members() -> None:
    packed = gzip.compress(b"one ", mtime=0) + gzip.compress(b"two")
    assert unpacked(packed) == unpacked(packed, size=1) == b"one two"


def test_a_body_that_is_not_packed() -> None:
    assert unpacked(b"plain", encoding="") == unpacked(b"plain", encoding="Identity") == b"plain"


def test_nothing_at_all() -> None:
    assert unpacked(b"") == b""


@pytest.mark.parametrize(
    "packed", [gzip.compress(b"x" * 100, mtime=0)[:-3], b"\x1f\x8b\x08", b"not packed at all"]
)
def test_a_damaged_body(packed: bytes) -> None:
    with pytest.raises(BadEncoding):
        unpacked(packed)


def test_an_encoding_that_was_not_asked_for() -> None:
    with pytest.raises(BadEncoding, match="br"):
        unpacker("br")
