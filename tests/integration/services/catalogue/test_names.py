"""A provider's name: renaming it keeps what belongs to it, and some names are no provider's."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.integration.services.scripted import saying
from tests.integration.services.world import World, answer_id
from webchat.providers.discovery import FoundServer
from webchat.services.catalogue.catalogue import AUTO_MODEL
from webchat.services.catalogue.configured import Configured
from webchat.services.catalogue.details import Details
from webchat.services.catalogue.host_defaults import EnvironmentProvider
from webchat.services.errors import ProviderInvalid
from webchat.storage.errors import ProviderNameTaken
from webchat.storage.queries.providers import FORMER_NAMES
from webchat.storage.types import MessageStatus

URL = "http://127.0.0.1:9/v1"


async def named(world: World, name: str) -> Configured:
    (found,) = [item for item in await world.services.providers.all(world.owner) if item.name == name]
    return found


async def rename(world: World, before: str, after: str) -> None:
    provider = await named(world, before)
    await world.services.providers.save(world.owner, provider.id, Details(after, URL))


async def test_a_conversation_goes_on_with_its_renamed_provider(world: World) -> None:
    sent = await world.send("Hello")
    await world.ended(answer_id(sent))
    await world.services.preferences.set_model(world.owner, "Fake:other")
    await rename(world, "Fake", "Home")
    world.scripts["Home"] = saying("Still here.")

    opened = await world.services.conversations.open(world.owner, sent.conversation_id, 10)
    assert opened.model == "Home:m"
    follow_up = await world.asked("And now?", conversation_id=sent.conversation_id, model="")
    assert (follow_up.status, follow_up.content) == (MessageStatus.COMPLETE, "Still here.")
    assert follow_up.model == "Home:m"
    assert await world.services.catalogue.default_model(world.owner) == "Home:other"
    again = await world.services.further_answers.retry(world.owner, answer_id(sent), "Fake:m")
    assert (await world.ended(again.message.id)).content == "Still here."
    assert (await world.services.provider_health.all(world.owner))["Home"].attempts == 3


async def test_renaming_writes_no_message(world: World) -> None:
    await world.asked("Hello")
    await rename(world, "Fake", "Home")

    with closing(sqlite3.connect(world.folder / "webchat.db")) as database:
        models = database.execute("SELECT DISTINCT model FROM message WHERE model IS NOT NULL").fetchall()
    assert models == [("Fake:m",)]


async def test_a_provider_renamed_twice_and_back_goes_by_all_its_names(world: World) -> None:
    for before, after in (("Fake", "One"), ("One", "Two"), ("Two", "Fake")):
        await rename(world, before, after)
    for name in ("Fake", "One", "Two"):
        assert (await world.asked(model=f"{name}:m")).content == "Hello there."


async def test_no_other_provider_takes_a_name_conversations_still_use(world: World) -> None:
    await rename(world, "Fake", "Home")

    with pytest.raises(ProviderNameTaken, match="Home used to be named “Fake”"):
        await world.services.providers.save(world.owner, None, Details("Fake", URL))
    world.servers = [FoundServer("Fake", "http://127.0.0.1:8000/v1", ("x",))]
    assert await world.services.providers.find_local(world.owner) == ["Fake 2"]
    await rename(world, "Home", "Fake")
    assert (await named(world, "Fake")).models == 2


async def test_the_names_a_provider_had_are_bounded(world: World) -> None:
    before = "Fake"
    for number in range(FORMER_NAMES + 5):
        await rename(world, before, f"Name {number}")
        before = f"Name {number}"

    (row,) = [row for row in await world.services.providers.rows(world.owner) if row.name == before]
    assert len(row.former_names) == FORMER_NAMES
    assert row.former_names[-1] == f"Name {FORMER_NAMES + 3}"


@pytest.mark.parametrize("name", ["Auto", "auto", "AUTO", " aUtO "])
async def test_auto_is_no_providers_name(world: World, name: str) -> None:
    with pytest.raises(ProviderInvalid, match="Auto tries all of them") as refusal:
        await world.services.providers.save(world.owner, None, Details(name, URL))
    assert refusal.value.field == "name"


async def test_a_found_or_given_server_is_not_called_auto(world: World) -> None:
    world.servers = [FoundServer("Auto", "http://127.0.0.1:8000/v1", ("x",))]
    assert await world.services.providers.find_local(world.owner) == ["Auto 2"]


async def test_a_host_called_auto_gets_a_number(world: World) -> None:
    after = World(world.folder, EnvironmentProvider("http://auto:8000/v1", None))
    await after.open_again()
    assert "auto 2" in [item.name for item in await after.services.providers.all(world.owner)]
    await after.close()


async def test_stored_provider_named_auto_is_renamed_and_asked(world: World) -> None:
    with closing(sqlite3.connect(world.folder / "webchat.db")) as database:
        database.execute("UPDATE provider_setting SET name = 'Auto' WHERE name = 'Fake'")
        database.commit()
    await world.services.providers.open(world.owner)

    assert (await world.asked(model="Auto 2:m")).content == "Hello there."
    assert (await world.asked(model=AUTO_MODEL)).model == "Auto 2:m"


@pytest.mark.parametrize("name", ["bad\ud800name", "a\0b", "\x1b[31m", "x\x85y\x07"])
async def test_a_name_with_characters_nobody_sees_is_refused(world: World, name: str) -> None:
    with pytest.raises(ProviderInvalid):
        await world.services.providers.save(world.owner, None, Details(name, URL))
    await world.services.providers.save(world.owner, None, Details("Zoë 🦙👩‍💻 модель", URL))
