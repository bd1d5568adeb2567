"""`kill -9` at random points of a real server in full use (R1, R2); 500 of them, and for how long
lost words were on screen: `tests.benchmarks.crash`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.crash.lane import crash
from tests.running_app import build_once

pytestmark = pytest.mark.network

KILLS = 50


async def test_fifty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    build_once()

    found = await crash(tmp_path, KILLS, seed=4)

    assert found.problems == []
    assert found.kills == KILLS
    assert found.accepted > KILLS
    assert found.continued > 0
    assert found.lost_on_screen, "no kill met an answer in mid-stream"
