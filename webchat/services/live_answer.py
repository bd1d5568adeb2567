"""An answer while it is being written: the words so far, and any number of readers who follow them.

A reader's position is the number of characters it has, so whoever comes late or comes back gets exactly
what is missing in one piece and no log of deltas is kept.
"""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from io import StringIO

FLUSH_INTERVAL = 0.033
"""Seconds between two pieces to one reader: about two frames of a screen. The first piece never waits."""

_LONGEST_POSITION = 40
"""Characters of a written position: far more than any answer reaches."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a reader has come, in characters (Unicode code points)."""

    reasoning: int = 0
    text: int = 0

    def __str__(self) -> str:
        return f"{self.reasoning}.{self.text}" if self.reasoning else str(self.text)

    @classmethod
    def parse(cls, written: str) -> Position:
        """Read what `str()` wrote; anything else, such as nothing, is the beginning."""
        before, _, after = written.rpartition(".")
        numbers = after.isdecimal() and (not before or before.isdecimal())
        if not numbers or len(written) > _LONGEST_POSITION:
            return cls()
        return cls(int(before or 0), int(after))


@dataclass(frozen=True, slots=True)
class Piece:
    """What a reader lacks: reasoning, text or both, the position it then has, and a note where it is new."""

    reasoning: str
    text: str
    position: Position
    note: str | None = None


def missing_piece(reasoning: str, text: str, position: Position) -> Piece | None:
    """The part of a finished answer behind `position`, or None if there is nothing more."""
    piece = Piece(reasoning[position.reasoning :], text[position.text :], Position(len(reasoning), len(text)))
    return piece if piece.reasoning or piece.text else None


class _Growing:
    """Text that grows at its end and is read from any position, both in time linear in what is touched.

    It holds what the database will hold (`storage.types.CleanText`), so that positions mean the same in both
    and every piece can be sent: halves of a surrogate pair are joined, and a half alone becomes U+FFFD. One
    at the very end waits for its other half.
    """

    def __init__(self, text: str) -> None:
        self._buffer = StringIO(newline="")
        self._pairs = codecs.getincrementaldecoder("utf-16-le")("replace")
        self.length = 0
        self.append(text)

    def append(self, text: str) -> None:
        text = self._pairs.decode(text.encode("utf-16-le", "surrogatepass")).replace("\0", "\ufffd")
        self._buffer.seek(self.length)
        self._buffer.write(text)
        self.length += len(text)

    def since(self, position: int) -> str:
        self._buffer.seek(min(position, self.length))
        return self._buffer.read()


class LiveAnswer:
    """The words of one running answer. It belongs to one event loop."""

    def __init__(self, text: str = "", reasoning: str = "") -> None:
        """Begin with what an earlier run has written."""
        self._text = _Growing(text)
        self._reasoning = _Growing(reasoning)
        self._news = asyncio.Event()
        self.note = ""
        """What the person is told while there is nothing to read yet."""
        self.ended = False

    @property
    def position(self) -> Position:
        """The end of what is written."""
        return Position(self._reasoning.length, self._text.length)

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
        """Say that nothing more will come; every reader's iteration ends after the last piece."""
        self.ended = True
        self._news.set()

    def since(self, position: Position) -> Piece | None:
        """What is written behind `position`, or None if nothing is."""
        if position == self.position:
            return None
        return Piece(
            self._reasoning.since(position.reasoning), self._text.since(position.text), self.position
        )

    async def begun(self) -> None:
        """Wait for the first words or the end."""
        while not self.ended and self.position == Position():
            await self._more()

    async def _more(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def follow(
        self, position: Position, interval: Callable[[], float] = lambda: FLUSH_INTERVAL
    ) -> AsyncIterator[Piece]:
        """Yield what is behind `position`, then what comes: at most one piece every `interval()` seconds."""
        told = ""
        while True:
            piece = self.since(position)
            if self.note != told:
                told = self.note
                piece = replace(piece or Piece("", "", position), note=told)
            if piece is not None:
                yield piece
                position = piece.position
                await asyncio.sleep(interval())
            elif self.ended:
                return
            else:
                await self._more()
