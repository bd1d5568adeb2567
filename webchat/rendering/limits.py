"""Limits on the cost of a page. Rendering is abandoned if it takes too long or produces too much."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

PAGE_SECONDS = 10.0
"""CPU time for formatting all answers of a page; a page of 2 MiB takes a third of it."""
ANSWER_SECONDS = 1.0
"""CPU time for formatting one answer, plus …"""
SECONDS_PER_CHARACTER = 4.0 / (1024 * 1024)
"""… more for a long one."""
PAGE_SIZE = 8 * 1024 * 1024
"""Maximum characters of HTML for all formatted answers of a page; plain text does not count."""
DRAWN_SIZE = 4 * 1024 * 1024
"""Maximum characters of SVG of all drawn diagrams of a page, beside the HTML."""
GROWTH = 20
"""Maximum ratio of an answer's HTML to its Markdown …"""
SMALLEST = 100_000
"""… and the characters that are always allowed."""


def seconds_for(text: str) -> float:
    """The CPU time that formatting an answer may take."""
    return ANSWER_SECONDS + SECONDS_PER_CHARACTER * len(text)


def size_for(text: str) -> int:
    """The maximum characters of HTML of an answer."""
    return SMALLEST + GROWTH * len(text)


_AGAIN_SECONDS = 0.1
"""Time after which an interruption is repeated, because Python ignores one raised in a finalizer."""


class OutOfTime(BaseException):
    """The time is up. Not an `Exception`, so that no library handles it as an error."""


class TooLarge(Exception):
    """The HTML is too large."""


class Room:
    """The characters that may still be written."""

    def __init__(self, size: int) -> None:
        self.left = size

    def take(self, size: int) -> None:
        """Count this many written characters.

        Raises:
            TooLarge: the limit is exceeded.
        """
        self.left -= size
        if self.left < 0:
            raise TooLarge


@contextmanager
def processor_time(seconds: float) -> Iterator[None]:
    """Limit the block to this many seconds of CPU time.

    Only the main thread of a Unix process can be interrupted; elsewhere there is no limit.

    Raises:
        OutOfTime: inside the block, even within a regular expression.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _strike)
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _strike(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTime
