"""Settings → Server without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.services.world import World
from tests.integration.state.page import opened_page, serving
from webchat.services.accounts import Person
from webchat.state.server import ServerState
from webchat.storage.queries import providers


@pytest.fixture
def local_owner(world: World) -> Iterator[Person]:
    with serving(world):
        yield Person(world.owner, is_administrator=True)


@pytest.mark.parametrize(
    ("language", "person", "removed"),
    [
        ("en", "You", "Members' own and removed providers"),
        ("ru", "Вы", "Провайдеры участников и удалённые"),
    ],
)
async def test_lines_that_have_no_name_of_their_own_are_named_in_the_language_of_the_page(
    world: World, local_owner: Person, language: str, person: str, removed: str
) -> None:
    await world.asked()
    async with world.database.write() as session:
        for row in await providers.list_all(session, world.owner):
            await providers.remove(session, world.owner, row.id)

    async with opened_page(local_owner, language=language) as page:
        await page.do(ServerState.load)

        assert [line["name"] for line in page.var(ServerState, "people")] == [person]
        assert [line["name"] for line in page.var(ServerState, "models")] == [removed]
