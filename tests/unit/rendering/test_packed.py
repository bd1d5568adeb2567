"""A page is compressed once and goes out under any address, whole."""

from __future__ import annotations

import gzip
import random

from hypothesis import given
from hypothesis import strategies as st

from webchat.rendering.packed import PIECE, CompressedPage


@given(rest=st.binary(max_size=3 * PIECE), openings=st.lists(st.binary(max_size=300), max_size=4))
def test_every_opening_makes_a_whole_file(rest: bytes, openings: list[bytes]) -> None:
    packed = CompressedPage.of(rest)

    for opening in [b"", *openings, *openings]:
        assert gzip.decompress(packed.gzip(opening)) == opening + rest
        assert b"".join(packed.pieces(opening)) == opening + rest


def test_what_is_not_compressed_comes_in_pieces() -> None:
    rest = bytes(50 * PIECE) + random.Random(1).randbytes(3 * PIECE)
    packed = CompressedPage.of(rest)
    sizes = [len(piece) for piece in packed.pieces(b"x")]

    assert max(sizes) <= PIECE
    assert sum(sizes) == packed.size + 1 == len(rest) + 1
    assert gzip.decompress(packed.gzip(b"x")) == b"x" + rest
