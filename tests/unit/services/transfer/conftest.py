from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def loop_stays_free() -> None:
    """Parsers run in a process of their own, which has no event loop to hold."""
