from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.loop_monitor import loop_stays_free

__all__ = ["loop_stays_free"]


@pytest.fixture(autouse=True)
def _nothing_watches_the_garbage_collector() -> Iterator[None]:
    """Hypothesis does, after its first test; a time limit that passed in there would become a warning."""
    watching = gc.callbacks[:]
    gc.callbacks.clear()
    yield
    gc.callbacks[:] = watching
