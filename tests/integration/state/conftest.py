from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.services.conftest import folder, logged, no_pause, opened_once, world
from tests.integration.services.world import World
from tests.integration.state.page import Page, opened_page, serving
from tests.integration.state.possessions import Planted, copy_of, everything
from tests.loop_monitor import loop_stays_free
from webchat.services.accounts import Person
from webchat.state.chat import ChatState

__all__ = ["folder", "logged", "loop_stays_free", "no_pause", "opened_once", "world"]


@pytest.fixture
async def page(world: World) -> AsyncIterator[Page]:
    """A tab with an empty new conversation."""
    with serving(world):
        async with opened_page(Person(world.owner, is_administrator=True)) as page:
            await page.do(ChatState.open_new)
            yield page


@pytest.fixture
async def unloaded(world: World) -> AsyncIterator[Page]:
    """A tab whose page is still to be loaded."""
    with serving(world):
        async with opened_page(Person(world.owner, is_administrator=True)) as page:
            yield page


@pytest.fixture(scope="session")
def planted(opened_once: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """What `everything` gives to the owner, made once."""
    template, stranger = opened_once
    folder = tmp_path_factory.mktemp("planted") / "data"
    shutil.copytree(template, folder)

    async def plant() -> Planted:
        world = World(folder)
        await world.open_again()
        world.stranger = stranger
        ids = await everything(world)
        await world.close()
        return Planted(folder, world.owner, stranger, ids)

    return asyncio.run(plant())


@pytest.fixture
async def planted_world(planted: Planted, tmp_path: Path) -> AsyncIterator[World]:
    """A copy of it, whose services are the running ones."""
    async with copy_of(planted, tmp_path / "planted") as world:
        with serving(world):
            yield world
