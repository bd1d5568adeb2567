"""How much one page may cost: what is made for it is given up where it would take longer or more space."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

PAGE_SECONDS = 10.0
"""Of the processor's time, for formatting all answers of a page; one of 2 MiB takes a third of it."""
ANSWER_SECONDS = 1.0
"""For formatting one answer, and …"""
SECONDS_PER_CHARACTER = 4.0 / (1024 * 1024)
"""… more for a long one."""
PAGE_SIZE = 8 * 1024 * 1024
"""Characters of HTML of all formatted answers of a page; what is shown as plain text does not count."""
GROWTH = 20
"""How many times longer than its Markdown the HTML of an answer may be …"""
SMALLEST = 100_000
"""… and the characters it may have in any case."""


def seconds_for(text: str) -> float:
    """The processor's time that formatting an answer may take."""
    return ANSWER_SECONDS + SECONDS_PER_CHARACTER * len(text)


def size_for(text: str) -> int:
    """The characters of HTML an answer may have."""
    return SMALLEST + GROWTH * len(text)


_AGAIN_SECONDS = 0.1
"""After which an interruption is repeated: Python goes on after one that meets a finalizer."""


class OutOfTime(BaseException):
    """The time is over. No `Exception`, so that nobody on the way takes it for a mistake of a library."""


class TooLarge(Exception):
    """The HTML is larger than it may be."""


class Room:
    """Characters that may still be written."""

    def __init__(self, size: int) -> None:
        self.left = size

    def take(self, size: int) -> None:
        """Note that so much is written.

        Raises:
            TooLarge: there is not so much left.
        """
        self.left -= size
        if self.left < 0:
            raise TooLarge


@contextmanager
def processor_time(seconds: float) -> Iterator[None]:
    """Give the block so many seconds of the processor's time.

    Only the main thread of a process on Unix can be interrupted; elsewhere there is no limit.

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
