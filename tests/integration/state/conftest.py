from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.services.conftest import folder, logged, no_pause, opened_once, world
from tests.integration.services.world import World
from tests.integration.state.page import Page, opened_page, serving
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
