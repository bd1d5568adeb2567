"""Separates the reasoning from an answer that starts with `<think>`, as written by open models.

DeepSeek R1, QwQ, Qwen3 and similar models do this if the server has no reasoning parser. A tag anywhere else
is part of the answer.
"""

from __future__ import annotations

from webchat.messages import Delta, ReasoningDelta, TextDelta

_OPEN, _CLOSE = "<think>", "</think>"

_BLANKS_HELD = 1024
"""Maximum whitespace held back to see whether a tag follows; it is dropped next to a tag."""


class ThinkTags:
    """Splits the streamed text of one answer into reasoning and text.

    The text may be split anywhere. Once `done` is True, the rest is only text and need not be fed.

    >>> tags = ThinkTags()
    >>> tags.feed("<thi"), tags.feed("nk>Hm.</think>"), tags.feed("42")
    ([], [ReasoningDelta(text='Hm.')], [TextDelta(text='42')])
    """

    def __init__(self) -> None:
        self.done = False
        self._held = ""
        self._inside = False
        self._begun = False

    def feed(self, text: str) -> list[Delta]:
        """Feed the next text; return the parts that are known."""
        if self.done:
            return [TextDelta(text)]
        self._held += text
        if self._inside:
            return self._reasoning()
        return self._after() if self._begun else self._start()

    def finish(self) -> list[Delta]:
        """Signal the end; return what was held back."""
        held, self._held = self._held, ""
        if self.done or not held:
            return []
        self.done = True
        if self._inside:
            held = held.rstrip()
            return [ReasoningDelta(held)] if held else []
        return [] if self._begun else [TextDelta(held)]

    def _start(self) -> list[Delta]:
        begin = self._held.lstrip()
        if begin.startswith(_OPEN):
            self._inside = True
            self._held = begin.removeprefix(_OPEN)
            return self._reasoning()
        if _OPEN.startswith(begin) and len(self._held) <= _BLANKS_HELD:
            return []
        return self._rest(self._held)

    def _reasoning(self) -> list[Delta]:
        if not self._begun:
            self._held = self._held.lstrip()
            self._begun = bool(self._held)
        thought, tag, rest = self._held.partition(_CLOSE)
        if tag:
            self._inside, self._begun, self._held = False, True, rest
            thought = thought.rstrip()
            return [*([ReasoningDelta(thought)] if thought else []), *self._after()]
        end = len(self._held) - _begun_tag(self._held)
        end = max(len(self._held[:end].rstrip()), end - _BLANKS_HELD)
        thought, self._held = self._held[:end], self._held[end:]
        return [ReasoningDelta(thought)] if thought else []

    def _after(self) -> list[Delta]:
        self._held = self._held.lstrip()
        return self._rest(self._held) if self._held else []

    def _rest(self, text: str) -> list[Delta]:
        self.done, self._held = True, ""
        return [TextDelta(text)]


def _begun_tag(text: str) -> int:
    """The number of characters at the end of a text that may be the start of the closing tag."""
    return next((size for size in range(len(_CLOSE) - 1, 0, -1) if text.endswith(_CLOSE[:size])), 0)
