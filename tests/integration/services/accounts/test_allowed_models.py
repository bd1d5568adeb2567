"""Which models of everyone's providers members may use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.integration.services.accounts.signing_in import join, set_up
from tests.integration.services.scripted import Hold, Scripted
from tests.integration.services.world import World
from webchat.services.accounts import Person
from webchat.services.catalogue.details import Details
from webchat.services.chat.sending import Draft
from webchat.services.chat.titles import Titles
from webchat.services.errors import ModelNotAllowed, ProviderInvalid
from webchat.storage.errors import ProviderNotFound
from webchat.storage.ids import new_id
from webchat.storage.queries import providers
from webchat.storage.types import utc_now


@pytest.fixture
async def bob(world: World) -> Person:
    """A member; `Fake` with the models `m` and `other` is the administrator's."""
    accounts = world.services.accounts
    await set_up(accounts)
    return await accounts.person_of(await join(accounts, "bob"))


async def id_of(world: World, name: str) -> str:
    rows = await world.services.providers.rows(world.owner)
    return next(row.id for row in rows if row.name == name)


async def allow_only(world: World, *names: str, provider: str = "Fake") -> None:
    models, provider_id = world.services.providers.models, await id_of(world, provider)
    await models.choose_for_members(world.owner, provider_id, True)
    for model in await models.all(world.owner, provider_id):
        await models.allow(world.owner, provider_id, model.name, model.name in names)


async def choices(world: World, owner_id: str) -> set[str]:
    return {each.id for each in await world.services.catalogue.choices(owner_id) if "Guide" not in each.id}


async def test_member_is_offered_allowed_models_only(world: World, bob: Person) -> None:
    assert await choices(world, bob.id) == {"Fake:m", "Fake:other"}
    await allow_only(world, "other")

    assert await choices(world, bob.id) == {"Fake:other"}
    assert await choices(world, world.owner) == {"Fake:m", "Fake:other"}
    assert await world.services.catalogue.default_model(bob.id) == "Fake:other"
    (auto,) = world.services.catalogue.open_all(await world.services.catalogue.usable(bob.id))
    assert auto.model == "other"
    (shared,) = [each for each in await world.services.providers.shared_with(bob.id) if each.name == "Fake"]
    assert shared.models == 1

    eve = await world.services.accounts.person_of(await join(world.services.accounts, "eve", "administrator"))
    assert await choices(world, eve.id) == {"Fake:m", "Fake:other"}


async def test_provider_without_allowed_models_is_not_asked_by_auto(world: World, bob: Person) -> None:
    await allow_only(world)

    assert await choices(world, bob.id) == set()
    assert world.services.catalogue.open_all(await world.services.catalogue.usable(bob.id)) == []
    assert await world.services.catalogue.default_model(bob.id) == "Guide:guide"


async def test_model_taken_away_is_used_in_no_way(world: World, bob: Person) -> None:
    sending, further = world.services.sending, world.services.further_answers
    world.scripts["Fake"] = Scripted(Hold())
    sent = await sending.send(bob.id, Draft("Hello", new_id(), None, "Fake:m"))
    question, answer = (each.message for each in sent.messages)
    here = sent.conversation_id
    await world.generations.stop(bob.id, answer.id)
    await allow_only(world, "other")
    conversations, settings = world.services.conversations, world.services.conversation_settings
    ways: list[Callable[[], Awaitable[object]]] = [
        lambda: sending.send(bob.id, Draft("Hello", new_id(), None, "Fake:m")),
        lambda: sending.send(bob.id, Draft("Hello", new_id(), here, "")),
        lambda: sending.send(bob.id, Draft("Hello", new_id(), here, "Fake:m", edited_id=question.id)),
        lambda: further.retry(bob.id, answer.id, "Fake:m"),
        lambda: further.continue_answer(bob.id, answer.id, "Fake:m"),
        lambda: settings.choose_model(bob.id, here, "Fake:m"),
        lambda: settings.choose_model(bob.id, None, "Fake:m"),
        lambda: sending.send(bob.id, Draft("Hello", new_id(), None, "Fake:no-such-model")),
    ]
    for way in ways:
        with pytest.raises(ModelNotAllowed):
            await way()

    assert len((await conversations.open(bob.id, here, 9)).window.items) == 2
    assert (await conversations.open(bob.id, here, 9)).model == "Fake:m", "it says which one it was"
    assert await settings.choose_model(bob.id, here, "Fake:other") == "Fake:other"
    await sending.send(bob.id, Draft("Hello", new_id(), here, ""))
    await world.send("Administrators use every model", model="Fake:m")


async def test_former_name_of_a_provider_leads_nowhere_else(world: World, bob: Person) -> None:
    await allow_only(world, "other")
    provider_id = await id_of(world, "Fake")
    await world.services.providers.save(world.owner, provider_id, Details("Renamed", "http://127.0.0.1:9/v1"))

    for model in ("Fake:m", "Renamed:m"):
        with pytest.raises(ModelNotAllowed):
            await world.services.sending.send(bob.id, Draft("Hello", new_id(), None, model))


async def test_titles_are_not_written_by_a_model_taken_away(world: World, bob: Person) -> None:
    of = world.services
    titles = Titles(world.database, of.catalogue, of.preferences, of.member_limits, lambda *_: None)
    await of.preferences.set_title_model(bob.id, "Fake:m")
    sent = await of.sending.send(bob.id, Draft("Hello", new_id(), None, "Fake:other"))
    answer = sent.messages[-1].message.id
    live = await world.generations.find(bob.id, answer)
    if live is not None:
        async for _ in live.follow(live.position, interval=lambda: 0):
            pass
    await allow_only(world, "other")
    assert not await titles.write(bob.id, sent.conversation_id)

    await allow_only(world, "m", "other")
    assert await titles.write(bob.id, sent.conversation_id)


async def test_own_models_of_a_member_stay_theirs(world: World, bob: Person) -> None:
    own = await world.services.providers.save(bob.id, None, Details("Mine", "https://models.test/v1"))
    async with world.database.write() as session:
        await providers.set_models(session, bob.id, own, ["m"], utc_now())
    await allow_only(world)

    assert await choices(world, bob.id) == {"Mine:m"}
    await world.services.sending.send(bob.id, Draft("Hello", new_id(), None, "Mine:m"))
    await world.services.sending.send(bob.id, Draft("Hello", new_id(), None, "Guide:guide"))


async def test_choice_starts_with_all_and_can_be_undone(world: World, bob: Person) -> None:
    models, provider_id = world.services.providers.models, await id_of(world, "Fake")
    await models.allow(world.owner, provider_id, "m", False)
    assert await choices(world, bob.id) == {"Fake:m", "Fake:other"}, "nothing is chosen yet"
    await models.choose_for_members(world.owner, provider_id, True)
    assert await choices(world, bob.id) == {"Fake:m", "Fake:other"}

    await models.allow(world.owner, provider_id, "m", False)
    await models.choose_for_members(world.owner, provider_id, True)
    async with world.database.write() as session:
        await providers.set_models(session, world.owner, provider_id, ["m", "other", "new"], utc_now())
    assert await choices(world, bob.id) == {"Fake:other"}, "a new model is not for members by itself"

    await models.choose_for_members(world.owner, provider_id, False)
    assert await choices(world, bob.id) == {"Fake:m", "Fake:other", "Fake:new"}


async def test_only_a_clear_choice_of_who_owns_it_counts(world: World, bob: Person) -> None:
    models, provider_id = world.services.providers.models, await id_of(world, "Fake")
    with pytest.raises(ProviderInvalid):
        await models.choose_for_members(world.owner, provider_id, "yes")  # type: ignore[arg-type]
    with pytest.raises(ProviderInvalid):
        await models.allow(world.owner, provider_id, "m", None)  # type: ignore[arg-type]
    with pytest.raises(ProviderNotFound):
        await models.choose_for_members(bob.id, provider_id, True)
    with pytest.raises(ProviderNotFound):
        await models.allow(bob.id, provider_id, "m", True)
