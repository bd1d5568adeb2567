from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import structlog.testing

from tests.integration.services.world import World, copy_of_opened
from tests.loop_monitor import loop_stays_free
from webchat.storage import engine

__all__ = ["loop_stays_free"]


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged, instead of on the screen."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture(autouse=True, scope="module")
def no_pause() -> Iterator[None]:
    """A writer that gives way begins as soon as nobody else writes, not 0.3 s later."""
    with patch.object(engine, "PAUSE", 0.0), patch.object(engine, "PAUSE_AFTER_READ", 0.0):
        yield


@pytest.fixture
def folder(tmp_path: Path, empty_database: Path) -> Path:
    """A data folder with an empty database."""
    shutil.copy(empty_database, tmp_path / "webchat.db")
    return tmp_path


@pytest.fixture(scope="session")
def opened_once(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder as `World.open` leaves it, to be copied, and the id of its stranger."""
    folder = tmp_path_factory.mktemp("opened")
    shutil.copy(empty_database, folder / "webchat.db")

    async def opened() -> str:
        world = World(folder)
        await world.open()
        await world.close()
        return world.stranger

    return folder, asyncio.run(opened())


@pytest.fixture
async def world(folder: Path, opened_once: tuple[Path, str]) -> AsyncIterator[World]:
    async with copy_of_opened(World, folder, opened_once) as world:
        yield world
