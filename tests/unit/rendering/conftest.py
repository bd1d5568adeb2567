from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.loop_monitor import LoopMonitor, watched

LIMIT = 0.5
"""Seconds. Pages are formatted in a process of their own, which must only hear its time limit."""


@pytest.fixture(autouse=True)
def interpreter_stays_free() -> Iterator[LoopMonitor]:
    """No call keeps the interpreter for more than `LIMIT`."""
    yield from watched(LoopMonitor(LIMIT))


@pytest.fixture(autouse=True)
def _no_collection_runs_by_itself() -> Iterator[None]:
    """A time limit that passes in a callback of the collector, as the monitor has one, becomes a warning."""
    gc.disable()
    yield
    gc.enable()
