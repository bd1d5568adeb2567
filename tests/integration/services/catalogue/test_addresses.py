"""Addresses of providers: what is saved, and that a stored key goes nowhere else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.integration.services.scripted import saying
from tests.integration.services.world import World
from webchat.providers.errors import BadConfiguration
from webchat.services.catalogue.catalogue import AUTO_MODEL
from webchat.services.catalogue.details import Details
from webchat.services.catalogue.host_defaults import EnvironmentProvider
from webchat.services.errors import ProviderInvalid
from webchat.storage.types import MessageStatus

KEY = "sk-canary-0123456789abcdef"
BASE = "https://api.example.org/v1"
PROXY = "http://proxy.example:3128"


async def keyed(world: World, **more: Any) -> str:
    return await world.services.providers.save(world.owner, None, Details("Keyed", BASE, KEY, **more))


async def key_in_use(world: World) -> Any:
    await world.services.catalogue.open_provider(world.owner, "Keyed")
    return world.built[-1]["api_key"]


@pytest.mark.parametrize(
    "url",
    [
        *("http://api.example.org/v1", "https://api.example.org:8443/v1", "https://evil.example/v1"),
        *("https://api.example.org.evil.example/v1", "localhost:8081", "https://example.org/v1"),
    ],
)
async def test_a_stored_key_is_not_sent_to_another_address(world: World, url: str) -> None:
    id = await keyed(world)
    with pytest.raises(ProviderInvalid, match="Enter it again") as refusal:
        await world.services.providers.save(world.owner, id, Details("Keyed", url))
    assert refusal.value.field == "secret"
    await world.services.catalogue.open_provider(world.owner, "Keyed")
    assert (world.built[-1]["base_url"], world.built[-1]["api_key"]) == (BASE, KEY)

    await world.services.providers.save(world.owner, id, Details("Keyed", url, "sk-new"))
    assert await key_in_use(world) == "sk-new"


async def test_a_stored_key_is_not_sent_through_another_proxy(world: World) -> None:
    id = await keyed(world)
    save = world.services.providers.save
    with pytest.raises(ProviderInvalid, match="new proxy"):
        await save(world.owner, id, Details("Keyed", BASE, proxy=PROXY))
    await save(world.owner, id, Details("Keyed", BASE, KEY, proxy=PROXY))
    with pytest.raises(ProviderInvalid, match="new proxy"):
        await save(world.owner, id, Details("Keyed", BASE, proxy="http://evil.example:3128"))
    # The same one, typed again; and none.
    await save(world.owner, id, Details("Keyed", BASE, proxy=PROXY))
    await save(world.owner, id, Details("Keyed", BASE, proxy=""))
    assert await key_in_use(world) == KEY


async def test_a_key_stays_where_only_the_path_or_the_name_is_another(world: World) -> None:
    id = await keyed(world)
    for details in (Details("Keyed", "https://api.example.org/v2"), Details("Keyed", "api.example.org:443")):
        await world.services.providers.save(world.owner, id, details)
        assert await key_in_use(world) == KEY


async def test_a_stored_key_can_be_forgotten(world: World) -> None:
    id = await keyed(world)
    moved = Details("Keyed", "https://other.example/v1", forget_secret=True)
    await world.services.providers.save(world.owner, id, moved)
    assert await key_in_use(world) is None
    # A key that is entered wins.
    await world.services.providers.save(
        world.owner, id, Details("Keyed", "https://other.example/v1", KEY, forget_secret=True)
    )
    assert await key_in_use(world) == KEY


@pytest.mark.parametrize(
    ("typed", "saved"),
    [
        ("localhost:8081", "http://localhost:8081/v1"),
        ("192.168.1.5:8080", "http://192.168.1.5:8080/v1"),
        ("api.mistral.ai/v1", "https://api.mistral.ai/v1"),
        ("https://host.example/v1/chat/completions", "https://host.example/v1"),
        (
            "https://a.example/openai?api-version=2024-10-21",
            "https://a.example/openai?api-version=2024-10-21",
        ),
    ],
)
async def test_an_address_is_saved_as_it_is_asked(world: World, typed: str, saved: str) -> None:
    await world.services.providers.save(world.owner, None, Details("Mine", typed))
    (mine,) = [item for item in await world.services.providers.all(world.owner) if item.name == "Mine"]
    assert mine.base_url == saved


@pytest.mark.parametrize(
    "url",
    [
        *(
            f"https://host.example/v1?{name}=abc"
            for name in ("api_key", "key", "token", "access_token", "sig")
        ),
        *(
            "https://host.example/v1?x=sk-abc",
            f"https://host.example/v1?v={'a1' * 16}",
            f"host.example?key={KEY}",
        ),
        *("https://name:word@host.example/v1", "name:word@host.example/v1", "https://host.example/v1?code=1"),
    ],
)
async def test_a_key_in_the_address_is_refused_and_stored_nowhere(world: World, url: str) -> None:
    with pytest.raises(ProviderInvalid, match="own field") as refusal:
        await world.services.providers.save(world.owner, None, Details("Mine", url))
    assert refusal.value.field == "base_url"
    assert url not in str(refusal.value)


async def test_several_addresses_are_refused_where_only_one_is_asked(world: World) -> None:
    for urls in (f"{BASE} https://b.example/v1", f"{BASE},https://b.example/v1"):
        with pytest.raises(ProviderInvalid, match="Enter one address"):
            await world.services.providers.save(world.owner, None, Details("Two", urls))


async def test_auto_skips_a_provider_that_cannot_be_created(world: World) -> None:
    await world.add_provider("Second", ["s"], saying("I answer."))
    with closing(sqlite3.connect(world.folder / "webchat.db")) as database:
        database.execute(
            "UPDATE provider_setting SET base_url = ? WHERE name = 'Fake'", [f"{BASE} https://b.example/v1"]
        )
        database.commit()
    assert (await world.asked(model=AUTO_MODEL)).content == "I answer."
    with pytest.raises(BadConfiguration, match="several addresses"):
        await world.services.catalogue.open_provider(world.owner, "Fake")

    # And whatever else may be wrong with a row.
    with closing(sqlite3.connect(world.folder / "webchat.db")) as database:
        database.execute(
            "UPDATE provider_setting SET base_url = ?, options = ? WHERE name = 'Fake'",
            [BASE, '{"deadlines": {"total": "soon"}}'],
        )
        database.commit()
    message = await world.asked(model=AUTO_MODEL)
    assert (message.status, message.content) == (MessageStatus.COMPLETE, "I answer.")


async def test_a_key_in_the_environments_address_is_stored_nowhere(world: World) -> None:
    after = World(world.folder, EnvironmentProvider(f"https://host.example/v1?api_key={KEY}", None))
    await after.open_again()
    assert [item.name for item in await after.services.providers.all(world.owner)] == ["Guide", "Fake"]
    await after.close()
    assert KEY.encode() not in (world.folder / "webchat.db").read_bytes()
