"""Members use the providers of administrators, and their own where they may have any."""

from __future__ import annotations

import pytest

from tests.integration.services.accounts.signing_in import join, set_up
from tests.integration.services.world import MODEL, World
from webchat.services.accounts import Person
from webchat.services.catalogue.details import Details
from webchat.services.chat.sending import Draft
from webchat.storage.ids import new_id
from webchat.storage.queries import providers
from webchat.storage.types import MessageStatus, utc_now


@pytest.fixture
async def bob(world: World) -> Person:
    """A member; `Fake` is the administrator's."""
    accounts = world.services.accounts
    await set_up(accounts)
    return await accounts.person_of(await join(accounts, "bob"))


async def add_own(world: World, owner_id: str, name: str, model: str) -> None:
    provider_id = await world.services.providers.save(owner_id, None, Details(name, "https://models.test/v1"))
    async with world.database.write() as session:
        await providers.set_models(session, owner_id, provider_id, [model], utc_now())


async def test_member_chooses_and_uses_shared_models(world: World, bob: Person) -> None:
    catalogue = world.services.catalogue
    assert MODEL in {choice.id for choice in await catalogue.choices(bob.id)}
    assert await catalogue.is_connected(bob.id)

    sent = await world.services.sending.send(bob.id, Draft("Hello", new_id(), None, MODEL))
    live = await world.generations.find(bob.id, sent.messages[-1].message.id)
    if live is not None:
        async for _ in live.follow(live.position, interval=lambda: 0):
            pass

    words = await world.services.message_texts.read(bob.id, [sent.messages[-1].message.id])
    assert [each.text for each in words.values()] == ["Hello there."]
    assert MessageStatus.STREAMING not in {each.message.status for each in sent.messages[:1]}


async def test_member_sees_names_of_shared_providers_only(world: World, bob: Person) -> None:
    shared = await world.services.providers.shared_with(bob.id)

    assert {each.name for each in shared} == {"Guide", "Fake"}
    assert await world.services.providers.all(bob.id) == []


async def test_provider_of_a_member_is_theirs_alone(world: World, bob: Person) -> None:
    accounts, catalogue = world.services.accounts, world.services.catalogue
    eve = await accounts.person_of(await join(accounts, "eve"))
    await add_own(world, bob.id, "Mine", "own")
    await add_own(world, bob.id, "Fake", "impostor")

    assert "Mine:own" in {choice.id for choice in await catalogue.choices(bob.id)}
    assert "Fake:impostor" not in {choice.id for choice in await catalogue.choices(bob.id)}
    for other in (world.owner, eve.id):
        assert "Mine:own" not in {choice.id for choice in await catalogue.choices(other)}


async def test_model_lists_of_everybody_are_refreshed(world: World, bob: Person) -> None:
    await add_own(world, bob.id, "Mine", "own")

    assert await world.services.providers.owners("") == (world.owner, [bob.id])
