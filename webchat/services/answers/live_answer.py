"""An answer that is being written: its text so far, and any number of readers that follow it.

A reader's position is the number of characters it has. A reader that joins late or reconnects gets exactly
what it is missing in one piece, and no log of deltas is kept.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace

FLUSH_INTERVAL = 0.033
"""Seconds between pieces sent to one reader: about two frames. The first piece is sent at once."""

PIECE_LIMIT = 64 * 1024
"""Maximum characters per piece. A reader further behind gets several pieces, each cheap to create."""

_BLOCK = 16 * 1024
_END_PARTS = 512

_LONGEST_POSITION = 40
"""Maximum characters of a serialized position, far more than any answer needs."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader has read, in characters (Unicode code points)."""

    reasoning: int = 0
    text: int = 0

    @property
    def size(self) -> int:
        """Total characters of both."""
        return self.reasoning + self.text

    def __str__(self) -> str:
        return f"{self.reasoning}.{self.text}" if self.reasoning else str(self.text)

    @classmethod
    def parse(cls, written: str) -> Position:
        """Parse the output of `str()`. Anything else, such as an empty string, is the beginning."""
        before, _, after = written.rpartition(".")
        numbers = after.isdecimal() and (not before or before.isdecimal())
        if not numbers or len(written) > _LONGEST_POSITION:
            return cls()
        return cls(int(before or 0), int(after))


@dataclass(frozen=True, slots=True)
class Piece:
    """What a reader is missing: reasoning, text or both, its new position, and the note if it changed."""

    reasoning: str
    text: str
    position: Position
    note: str | None = None


def missing_piece(reasoning: str, text: str, position: Position, most: int = PIECE_LIMIT) -> Piece | None:
    """The next part of a finished answer after `position`, or None at the end."""
    said = reasoning[position.reasoning : position.reasoning + most]
    words = text[position.text : position.text + most - len(said)]
    if not said and not words:
        return None
    return Piece(said, words, Position(position.reasoning + len(said), position.text + len(words)))


class _Growing:
    """Text that grows at its end and can be read from any position, in time linear in the size of the piece.

    It holds what the database will hold (`storage.types.CleanText`), so that positions mean the same in both
    and every piece can be sent: surrogate pairs are joined, and a lone surrogate becomes U+FFFD. One at the
    very end waits for its other half.

    All but the end is stored as UTF-8 in blocks of equal length, because a Python string takes up to four
    bytes per character as soon as it contains a single wide one.
    """

    def __init__(self, text: str) -> None:
        self._blocks: list[bytes] = []
        self._end: list[str] = []
        self._end_length = 0
        self._pairs = codecs.getincrementaldecoder("utf-16-le")("replace")
        self._half = False
        self.append(text)

    @property
    def length(self) -> int:
        return len(self._blocks) * _BLOCK + self._end_length

    def append(self, text: str) -> None:
        if self._half or not text.isascii():
            text = self._pairs.decode(text.encode("utf-16-le", "surrogatepass"))
            self._half = bool(self._pairs.getstate()[0])
        text = text.replace("\0", "\ufffd")
        self._end.append(text)
        self._end_length += len(text)
        if self._end_length >= _BLOCK or len(self._end) >= _END_PARTS:
            self._pack()

    def _pack(self) -> None:
        text = "".join(self._end)
        whole = len(text) // _BLOCK * _BLOCK
        self._blocks += [text[at : at + _BLOCK].encode() for at in range(0, whole, _BLOCK)]
        self._end = [text[whole:]]
        self._end_length = len(text) - whole

    def since(self, position: int, most: int | None = None) -> str:
        length = self.length
        position = min(position, length)
        end = length if most is None else min(length, position + most)
        first, skip = divmod(position, _BLOCK)
        parts = [block.decode() for block in self._blocks[first : -(-end // _BLOCK)]]
        if end > len(self._blocks) * _BLOCK:
            parts += self._end
        return "".join(parts)[skip : skip + end - position]


class LiveAnswer:
    """The text of one running answer. It belongs to one event loop."""

    def __init__(self, text: str = "", reasoning: str = "") -> None:
        """Start with what an earlier run has written."""
        self._text = _Growing(text)
        self._reasoning = _Growing(reasoning)
        self._news = asyncio.Event()
        self.note = ""
        """Shown to the user while there is no text yet."""
        self.ended = False
        self.readers = 0
        """The number of readers that follow the answer."""

    @property
    def position(self) -> Position:
        """The position at the end of the text so far."""
        return Position(self._reasoning.length, self._text.length)

    @property
    def size(self) -> int:
        """Characters of text and reasoning."""
        return self.position.size

    def pieces(self, position: Position, end: Position, most: int = PIECE_LIMIT) -> Iterator[Piece]:
        """Yield the text between two positions, creating each piece lazily.

        All but the last have `most` characters, so iterating from the same position gives the same pieces.
        """
        while position != end:
            there = end.reasoning - position.reasoning
            reasoning = self._reasoning.since(position.reasoning, min(most, there))
            text = self._text.since(position.text, min(most - len(reasoning), end.text - position.text))
            position = Position(position.reasoning + len(reasoning), position.text + len(text))
            yield Piece(reasoning, text, position)

    @property
    def text(self) -> str:
        """The answer so far."""
        return self._text.since(0)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return self._reasoning.since(0)

    def add_text(self, text: str) -> None:
        """Append to the answer."""
        self._text.append(text)
        self._news.set()

    def add_reasoning(self, text: str) -> None:
        """Append to the reasoning."""
        self._reasoning.append(text)
        self._news.set()

    def tell(self, note: str) -> None:
        """Set the note."""
        self.note = note
        self._news.set()

    def end(self) -> None:
        """Mark the answer as ended. Every reader's iteration ends after the last piece."""
        self.ended = True
        self._news.set()

    def since(self, position: Position, most: int = PIECE_LIMIT) -> Piece | None:
        """The text after `position`, up to `most` characters; None if there is none."""
        there = self.position
        if position == there:
            return None
        position = Position(min(position.reasoning, there.reasoning), min(position.text, there.text))
        reasoning = self._reasoning.since(position.reasoning, most)
        text = self._text.since(position.text, most - len(reasoning))
        end = Position(position.reasoning + len(reasoning), position.text + len(text))
        return Piece(reasoning, text, end)

    async def begun(self) -> None:
        """Wait for the first text or the end."""
        while not self.ended and self.position == Position():
            await self._more()

    async def _more(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def follow(
        self, position: Position, interval: Callable[[], float] = lambda: FLUSH_INTERVAL
    ) -> AsyncIterator[Piece]:
        """Yield the text after `position`, then new text, at most one piece every `interval()` seconds."""
        told = ""
        self.readers += 1
        try:
            while True:
                piece = self.since(position)
                if self.note != told:
                    told = self.note
                    piece = replace(piece or Piece("", "", position), note=told)
                if piece is not None:
                    yield piece
                    position = piece.position
                    await asyncio.sleep(interval() if position == self.position else 0)
                elif self.ended:
                    return
                else:
                    await self._more()
        finally:
            self.readers -= 1
