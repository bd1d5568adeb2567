from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from tests.integration.services.world import World
from tests.loop_monitor import loop_stays_free

__all__ = ["loop_stays_free"]


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged, instead of on the screen."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def folder(tmp_path: Path, empty_database: Path) -> Path:
    """A data folder with an empty database."""
    shutil.copy(empty_database, tmp_path / "webchat.db")
    return tmp_path


@pytest.fixture
async def world(folder: Path) -> AsyncIterator[World]:
    world = World(folder)
    await world.open()
    yield world
    await world.close()
