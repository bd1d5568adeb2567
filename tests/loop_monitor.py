"""Fails a test whose work held the event loop, and says where: the stack that was seen.

Two things are watched: a callback that runs for longer than `LIMIT` after it was first seen, and a thread
that keeps the interpreter for longer than that, as a regular expression does: it stops the loop just as well.

What counts is processor time: a callback's is that of its thread, the interpreter's that of the process. Time
in which the machine ran something else, and the garbage collector's, is taken off, so that a busy machine
fails no test. A call that only waits is not seen here: ruff's ASYNC rules find those.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from unittest.mock import patch

import pytest

import webchat

LIMIT = 0.050
"""Seconds one input may hold the event loop."""

_PACKAGE = str(Path(webchat.__file__).parent) + os.sep
_LOOK_EVERY = 0.010


class _Meter:
    """What one thread's time went into, as seconds since the last `start`.

    Args:
        thread_id: its number in the system.
        used: returns the processor time, in seconds, that counts.
    """

    def __init__(self, thread_id: int, used: Callable[[], float] = time.process_time) -> None:
        self._time_used = used
        try:
            self._schedule: int | None = os.open(f"/proc/self/task/{thread_id}/schedstat", os.O_RDONLY)
        except OSError:
            self._schedule = None  # not Linux: then a busy machine is not told from a busy loop
        self.start()

    def close(self) -> None:
        if self._schedule is not None:
            os.close(self._schedule)

    def start(self) -> None:
        self._began = time.perf_counter()
        self._used = self._time_used()
        self._kept_waiting = self._time_kept_waiting()

    def held(self) -> float:
        """Seconds that were spent working: no more than passed while the thread could have had a core."""
        could_run = time.perf_counter() - self._began - (self._time_kept_waiting() - self._kept_waiting)
        return min(could_run, self._time_used() - self._used)

    def _time_kept_waiting(self) -> float:
        """Seconds the thread was ready and another process had its core: `proc(5)`, schedstat."""
        if self._schedule is None:
            return 0.0
        return int(os.pread(self._schedule, 100, 0).split()[1]) / 1e9


@dataclass
class _Seen:
    """A callback that ran when the watcher looked: it is measured from then on."""

    began: float
    collected: float
    stack: traceback.StackSummary | None = None


class LoopMonitor:
    """Watches the running event loops of this thread inside its `with` block; `problems` says what it saw.

    Args:
        limit: seconds that a callback, or a thread that keeps the interpreter, may take.
    """

    def __init__(self, limit: float = LIMIT) -> None:
        self.problems: list[str] = []
        self._limit = limit
        self._thread = threading.get_ident()
        self._loop_thread = _Meter(threading.get_native_id(), _clock_of(self._thread))
        self._callback: float | None = None  # when the one that runs began
        self._seen: _Seen | None = None
        self._collected = 0.0
        self._collecting_since: float | None = None
        self._done = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch until the block ends."""
        run = asyncio.Handle._run

        def measured(handle: asyncio.Handle) -> None:
            self._callback = began = time.perf_counter()
            try:
                run(handle)
            finally:
                self._callback = None
                if time.perf_counter() - began > self._limit:
                    self._judge(began)

        watcher = threading.Thread(target=self._watch, name="loop monitor", daemon=True)
        gc.callbacks.append(self._on_collection)
        watcher.start()
        try:
            with patch.object(asyncio.Handle, "_run", measured):
                yield
        finally:
            self._done.set()
            watcher.join()
            gc.callbacks.remove(self._on_collection)
            self._loop_thread.close()

    def _watch(self) -> None:
        meter = _Meter(threading.get_native_id())
        collected = self._time_collecting()
        meter.start()
        while not self._done.wait(_LOOK_EVERY):
            held = meter.held() - _LOOK_EVERY - (self._time_collecting() - collected)
            self._look()
            if held > self._limit and (stacks := list(_own_stacks(_frames()))):
                self._report(f"the interpreter was held for {held * 1000:.0f} ms", *stacks)
            collected = self._time_collecting()
            meter.start()
        meter.close()

    def _look(self) -> None:
        """Begin to measure a callback when it is first seen; keep the stack of one that takes long."""
        began = self._callback
        if began is None:
            return
        if self._seen is None or self._seen.began != began:
            self._loop_thread.start()
            self._seen = _Seen(began, self._time_collecting())
        if time.perf_counter() - began > self._limit / 2:
            self._seen.stack = _own_stack(_frames().get(self._thread)) or self._seen.stack

    def _judge(self, began: float) -> None:
        """Report a callback that took long, if it was webchat's work that did."""
        seen = self._seen
        if seen is None or seen.began != began or seen.stack is None:
            return
        held = self._loop_thread.held() - (self._time_collecting() - seen.collected)
        if held > self._limit:
            self._report(f"a callback held the event loop for {held * 1000:.0f} ms", seen.stack)

    def _on_collection(self, phase: str, _info: Mapping[str, int]) -> None:
        if phase == "start":
            self._collecting_since = time.perf_counter()
        elif self._collecting_since is not None:
            self._collected += time.perf_counter() - self._collecting_since
            self._collecting_since = None

    def _time_collecting(self) -> float:
        """Seconds the garbage collector has taken so far, the collection that runs now included."""
        since = self._collecting_since
        return self._collected + (0.0 if since is None else time.perf_counter() - since)

    def _report(self, what: str, *stacks: traceback.StackSummary) -> None:
        seen = "\n".join("".join(stack.format()) for stack in stacks)
        self.problems.append(f"{what} (at most {self._limit * 1000:.0f} ms):\n{seen}")


def _clock_of(thread: int) -> Callable[[], float]:
    """Returns the processor time of a thread, or of the whole process where a thread's cannot be read."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    clock = time.pthread_getcpuclockid(thread)
    return lambda: time.clock_gettime(clock)


def _frames() -> dict[int, FrameType]:
    """The frame of each thread.

    The garbage collector waits: if it runs while Python 3.11 makes this dict, threads can block one another
    forever (https://github.com/python/cpython/issues/106883).
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames()
    finally:
        if enabled:
            gc.enable()


def _own_stacks(frames: Mapping[int, FrameType]) -> Iterator[traceback.StackSummary]:
    for thread, frame in frames.items():
        if thread != threading.get_ident() and (stack := _own_stack(frame)):
            yield stack


def _own_stack(frame: FrameType | None) -> traceback.StackSummary | None:
    """The stack of a frame if webchat's own code is in it: a test may do what it likes.

    Its lines are read when it is shown: reading them here would take long, and be taken for what is watched.
    """
    if frame is None or not any(each.f_code.co_filename.startswith(_PACKAGE) for each in _above(frame)):
        return None
    found = traceback.StackSummary.extract(traceback.walk_stack(frame), limit=12, lookup_lines=False)
    found.reverse()
    return found


def _above(frame: FrameType | None) -> Iterator[FrameType]:
    # Not only until None: a frame that ends just now was once seen to have a dict above it.
    while isinstance(frame, FrameType):
        yield frame
        frame = frame.f_back


@pytest.fixture(autouse=True)
def loop_stays_free() -> Iterator[LoopMonitor]:
    """No single input holds the event loop for more than `LIMIT`, whatever the test does.

    Nothing is watched where a debugger or coverage traces every line: that takes several times as long.
    """
    yield from watched(LoopMonitor())


def watched(monitor: LoopMonitor) -> Iterator[LoopMonitor]:
    """Let a monitor watch a test, and fail the test if it saw a problem."""
    with monitor.watching() if sys.gettrace() is None else nullcontext():
        yield monitor
    assert not monitor.problems, "\n\n".join(monitor.problems)
