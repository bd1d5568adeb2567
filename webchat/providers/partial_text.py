"""The beginning of an answer, kept for an error that may end it."""

from __future__ import annotations

PARTIAL_LIMIT = 256 * 1024
"""Maximum characters of an answer that an error carries; the reader of the answer has all of them."""

_MOST_PARTS = 4096


class PartialText:
    """The first `PARTIAL_LIMIT` characters of an answer, for an error that may end it.

    False while the answer has no text. Reasoning does not count, because an answer of reasoning alone is
    none; `StreamedResponse.has_begun` counts it.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = PARTIAL_LIMIT

    def add(self, text: str) -> None:
        """Add the next piece, up to the limit."""
        if self._room:
            self._parts.append(text[: self._room])
            self._room = max(0, self._room - len(text))
            if len(self._parts) >= _MOST_PARTS:
                self._parts = ["".join(self._parts)]

    def __bool__(self) -> bool:
        return bool(self._parts)

    def __str__(self) -> str:
        return "".join(self._parts)
