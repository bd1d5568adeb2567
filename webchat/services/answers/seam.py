"""The seam of a continued answer: removes words that the model repeats before it goes on."""

from __future__ import annotations

import re

SEARCHED = 400
"""Characters before the seam in which a repetition may begin."""

_LEAST = 2
_LEAST_AFTER_SPACE = 5
_LEAST_INSIDE_WORD = 8
_LEAST_AFTER_LINE = 24
"""Characters of a repetition that are no coincidence: of whole words, of words that a space separates from
the seam, of text that begins inside a word, and of whole lines, which code and lists do repeat."""

_WORD = re.compile(r"[^\W\d_]")


class Seam:
    """Passes on the text of a continuation without what it repeats of the text before it.

    Models are asked to go on with the very next character, and still often begin with the last words again.
    Text is held back only as long as it may be such a repetition.

    >>> seam = Seam("The quick brown")
    >>> seam.feed("quick bro") + seam.feed("wn fox") + seam.finish()
    ' fox'
    """

    def __init__(self, before: str) -> None:
        self._before = before[-SEARCHED:]
        self._held = ""
        self._open = bool(self._before)

    def feed(self, text: str) -> str:
        """The text to append now."""
        if not self._open:
            return text
        self._held += text
        start = self._held.lstrip()
        if not start or self._may_repeat_more(start):
            return ""
        return self.finish()

    def finish(self) -> str:
        """The text that is still held back, without the repetition."""
        held, self._held, self._open = self._held, "", False
        return held[self._repeated(held) :]

    def _may_repeat_more(self, start: str) -> bool:
        """Whether all of it stands before the seam, so that more of it may come."""
        return len(start) < len(self._before) and start in self._before

    def _repeated(self, held: str) -> int:
        """How many of the characters held back repeat the end of the text before the seam."""
        start = held.lstrip()
        spaces = len(held) - len(start)
        ends = self._before, self._before.rstrip()
        for length in range(min(len(start), len(self._before)), 0, -1):
            again = start[:length]
            for end in ends:
                if end.endswith(again) and self._is_repetition(end, again, after_space=spaces > 0):
                    return spaces + length
        return 0

    def _is_repetition(self, end: str, again: str, *, after_space: bool) -> bool:
        if not _WORD.search(again):
            return False  # digits, brackets and rules come twice in a row by right
        first = len(end) - len(again)
        least = _LEAST
        if first > 0 and end[first - 1].isalnum() and again[0].isalnum():
            least = _LEAST_INSIDE_WORD
        elif self._before.endswith("\n"):
            least = _LEAST_AFTER_LINE
        elif after_space and " " not in again.strip():
            least = _LEAST_AFTER_SPACE
        return len(again.strip()) >= least
