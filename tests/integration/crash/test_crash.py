"""`kill -9` at random points of a real server in full use (R1, R2).

The few kills of an ordinary run meet each of the `POINTS` once; more of them use two data folders. Hundreds,
and how long lost words were on screen: `tests.benchmarks.crash`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.integration.crash.lane import POINTS, crash

pytestmark = pytest.mark.network

KILLS = int(os.environ.get("WEBCHAT_KILLS", len(POINTS)))
LANES = 1 if len(POINTS) >= KILLS else 2


async def test_kills_lose_and_double_nothing(built: None, tmp_path: Path) -> None:
    found = await crash(tmp_path, KILLS, seed=4, lanes=LANES)

    assert found.problems == []
    assert found.kills == KILLS
    assert found.accepted > KILLS
    assert found.continued > 0
    assert found.lost_on_screen, "no kill met an answer in mid-stream"
