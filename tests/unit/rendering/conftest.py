from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tests.loop_monitor import loop_stays_free

__all__ = ["loop_stays_free"]


@pytest.fixture(autouse=True)
def _no_collection_runs_by_itself() -> Iterator[None]:
    """A time limit that passes in a callback of the collector, as the monitor has one, becomes a warning."""
    gc.disable()
    yield
    gc.enable()
