"""Providers as a person configures them; what they enter as a key never comes out again."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.services.scripted import DONE, Scripted, saying
from tests.integration.services.world import World
from webchat.messages import ReasoningDelta, TextDelta
from webchat.providers.discovery import FoundServer
from webchat.providers.errors import AuthenticationFailed, ConnectionFailed
from webchat.services.catalogue.configured import Configured
from webchat.services.catalogue.details import Details
from webchat.services.catalogue.host_defaults import EnvironmentProvider
from webchat.services.errors import ProviderInvalid
from webchat.state.provider_rows import result_text
from webchat.storage.errors import ProviderNameTaken, ProviderNotFound

CANARY = "sk-canary-0123456789abcdef"
URL = "http://127.0.0.1:9/v1"


async def configured(world: World, name: str) -> Configured:
    (found,) = [item for item in await world.services.providers.all(world.owner) if item.name == name]
    return found


async def names(world: World) -> list[str]:
    return [item.name for item in await world.services.providers.all(world.owner)]


def files_with(folder: Path, text: str) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and text.encode() in path.read_bytes()]


# Adding and changing.


async def test_a_provider_is_added_changed_and_removed(world: World) -> None:
    service = world.services.providers
    id = await service.save(world.owner, None, Details("  My \n server ", f" {URL} ", CANARY))

    added = await configured(world, "My server")
    assert (added.id, added.base_url, added.has_secret, added.enabled) == (id, URL, True, True)
    assert (added.built_in, added.origin, added.models) == (False, "person", 0)
    moved = Details("Mine", "https://example.org/api", CANARY)
    assert await service.save(world.owner, id, moved) == id
    changed = await configured(world, "Mine")
    assert (changed.base_url, changed.has_secret) == ("https://example.org/api", True)
    await service.set_enabled(world.owner, id, False)
    assert (await configured(world, "Mine")).enabled is False
    assert await service.remove(world.owner, id) == "Mine"
    assert await names(world) == ["Guide", "Fake"]


async def test_an_empty_key_keeps_the_stored_one(world: World) -> None:
    service = world.services.providers
    id = await service.save(world.owner, None, Details("Keyed", URL, CANARY))

    for nothing in (None, "", "  "):
        await service.save(world.owner, id, Details("Keyed", URL, nothing))
        await world.services.catalogue.open_provider(world.owner, "Keyed")
        assert world.built[-1]["api_key"] == CANARY
    await service.save(world.owner, id, Details("Keyed", URL, " sk-other "))
    await world.services.catalogue.open_provider(world.owner, "Keyed")
    assert world.built[-1]["api_key"] == "sk-other"


WRONG_URLS: list[Any] = [
    *("", "ftp://example.org", "javascript:alert(1)", "file:///etc/passwd", "http://"),
    *("http://:80", "http://host:0", "http://host:99999", "http://[::1", "http://name:word@host/v1"),
    *("http://" + "x" * 5000, "http://a b/", "http://a\0b/", None, 7, ["http://host"]),
]
WRONG_KEYS: list[Any] = ["sk-\ud800", "sk-ключ", "two words", "a\nb", "x" * 5000, 7, {"a": 1}]


async def test_a_name_an_address_and_a_key_are_what_they_should_be(world: World) -> None:
    wrong = [
        *(Details(name, URL) for name in ("", "  \n", "x" * 61, "a:b", None, 7, {"a": 1})),  # type: ignore[arg-type]
        *(Details("Name", url) for url in WRONG_URLS),
        *(Details("Name", URL, key) for key in WRONG_KEYS),
    ]
    for details in wrong:
        with pytest.raises(ProviderInvalid) as refusal:
            await world.services.providers.save(world.owner, None, details)
        assert str(details.secret) not in str(refusal.value)

    assert await names(world) == ["Guide", "Fake"]


async def test_a_name_is_taken_once(world: World) -> None:
    service = world.services.providers
    id = await service.save(world.owner, None, Details("Mine", URL))
    with pytest.raises(ProviderNameTaken):
        await service.save(world.owner, None, Details("Fake", URL))
    with pytest.raises(ProviderNameTaken):
        await service.save(world.owner, id, Details("Guide", URL))
    await service.save(world.owner, id, Details("Mine", "https://example.org"))


async def test_the_guide_can_only_be_switched_off(world: World) -> None:
    service, guide = world.services.providers, await configured(world, "Guide")

    with pytest.raises(ProviderInvalid, match="built in"):
        await service.remove(world.owner, guide.id)
    with pytest.raises(ProviderInvalid, match="built in"):
        await service.save(world.owner, guide.id, Details("Renamed", URL, CANARY))
    await service.set_enabled(world.owner, guide.id, False)
    assert (guide.built_in, guide.has_secret, guide.models) == (True, False, 1)
    assert (await configured(world, "Guide")).enabled is False


async def test_somebody_elses_provider_is_not_there(world: World) -> None:
    service, fake = world.services.providers, await configured(world, "Fake")

    for call in (
        service.save(world.stranger, fake.id, Details("Stolen", URL)),
        service.remove(world.stranger, fake.id),
        service.set_enabled(world.stranger, fake.id, False),
    ):
        with pytest.raises(ProviderNotFound):
            await call
    assert not (await service.test(world.stranger, fake.id)).passed
    assert await service.all(world.stranger) == []
    assert world.built == []


# The key.


async def test_a_key_is_in_no_file_and_in_nothing_that_is_handed_out(world: World, folder: Path) -> None:
    service = world.services.providers
    id = await service.save(world.owner, None, Details("Keyed", URL, CANARY))
    world.scripts["Keyed"] = Scripted(AuthenticationFailed("Keyed", status=401), models=["m"])
    result = await service.test(world.owner, id)
    rows = await service.rows(world.owner)

    handed_out = [
        repr(Details("Keyed", URL, CANARY)),
        repr(await service.all(world.owner)),
        repr([dataclasses.asdict(item) for item in await service.all(world.owner)]),
        repr(rows),
        repr(result),
        repr(EnvironmentProvider(URL, CANARY)),
        repr(await world.services.catalogue.choices(world.owner)),
    ]
    assert not [text for text in handed_out if CANARY in text]
    with sqlite3.connect(folder / "webchat.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    assert files_with(folder, CANARY) == []
    assert files_with(folder, "Keyed") == ["webchat.db"]


# Testing.


async def test_a_test_asks_for_models_and_a_word(world: World) -> None:
    id = await world.add_provider("Good", [], Scripted(ReasoningDelta("Hm"), models=["big", "small"]))

    result = await world.services.providers.test(world.owner, id)

    assert (result.passed, result.models) == (True, 2)
    assert result_text(result).startswith("big answered in ")
    assert (await configured(world, "Good")).models == 2
    script = world.scripts["Good"]
    assert [request.model for request in script.requests] == ["big"]
    assert (script.left, script.closed) == (1, 2)


async def test_a_test_that_fails_says_why(world: World) -> None:
    service = world.services.providers
    dead = await world.add_provider("Dead", ["old"], Scripted(models=ConnectionFailed("Dead")))
    mute = await world.add_provider("Mute", [], Scripted(AuthenticationFailed("Mute"), models=["m"]))
    bare = await world.add_provider("Bare", [], Scripted(models=[]))
    odd = await world.add_provider("Odd", [], Scripted(models=KeyError("data")))

    results = {id: await service.test(world.owner, id) for id in (dead, mute, bare, odd, "nothing")}

    assert not [result for result in results.values() if result.passed]
    assert result_text(results[dead]) == str(ConnectionFailed("Dead"))
    assert results[dead].models is None
    assert result_text(results[mute]) == str(AuthenticationFailed("Mute"))
    assert "has no model" in result_text(results[bare])
    assert "Odd failed unexpectedly (KeyError)" in result_text(results[odd])
    assert "no longer exists" in result_text(results["nothing"])
    assert (await configured(world, "Dead")).models == 1


# Servers on this machine.


async def test_found_servers_are_added_once_with_their_models(world: World) -> None:
    service = world.services.providers
    world.servers = [
        FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("llama", "qwen")),
        FoundServer("Fake", "http://127.0.0.1:8000/v1", ()),
    ]

    assert await service.find_local(world.owner) == ["Ollama", "Fake 2"]
    assert await service.find_local(world.owner) == ["Ollama", "Fake 2"]

    found = await configured(world, "Ollama")
    assert (found.origin, found.models, found.has_secret) == ("found", 2, False)
    assert await names(world) == ["Guide", "Fake", "Ollama", "Fake 2"]


@pytest.mark.parametrize(
    "url", ["http://localhost:11434", "http://127.0.0.1:11434/v1/", "http://[::1]:11434"]
)
async def test_a_server_the_person_has_entered_is_not_added_again(world: World, url: str) -> None:
    await world.services.providers.save(world.owner, None, Details("My Ollama", url))
    world.servers = [FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("llama",))]

    assert await world.services.providers.find_local(world.owner) == ["My Ollama"]
    assert (await configured(world, "My Ollama")).models == 1


async def test_two_searches_at_once_add_nothing_twice(world: World) -> None:
    world.servers = [FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("llama",))]
    search = world.services.providers.find_local

    assert await asyncio.gather(*(search(world.owner) for _ in range(4))) == [["Ollama"]] * 4
    assert await names(world) == ["Guide", "Fake", "Ollama"]


# The environment.


@asynccontextmanager
async def started(folder: Path, environment: EnvironmentProvider | None) -> AsyncIterator[World]:
    world = World(folder, environment)
    await world.open_again()
    try:
        yield world
    finally:
        await world.close()


async def test_environment_provider_exists_while_the_variable_is_set(folder: Path) -> None:
    async with started(folder, EnvironmentProvider("https://api.openai.com/v1", CANARY)) as world:
        openai = await configured(world, "OpenAI")
        assert (openai.origin, openai.has_secret) == ("environment", True)
        await world.services.catalogue.open_provider(world.owner, "OpenAI")
        assert world.built[-1]["api_key"] == CANARY
        for attempt in (
            world.services.providers.remove(world.owner, openai.id),
            world.services.providers.save(world.owner, openai.id, Details("Mine", URL)),
        ):
            with pytest.raises(ProviderInvalid, match="OPENAI_BASE_URL"):
                await attempt
        await world.services.providers.set_enabled(world.owner, openai.id, False)
    async with started(folder, EnvironmentProvider("https://api.openai.com/v1", None)) as world:
        off = await configured(world, "OpenAI")
        assert (off.id, off.enabled, off.has_secret) == (openai.id, False, False)
    async with started(folder, EnvironmentProvider("https://api.openai.com/v2", None)) as world:
        # The same name, so that conversations find their model again.
        assert await names(world) == ["Guide", "OpenAI"]
    async with started(folder, None) as world:
        assert await names(world) == ["Guide"]
    assert CANARY.encode() not in (folder / "webchat.db").read_bytes()


async def test_a_name_that_is_taken_gets_a_number(world: World, folder: Path) -> None:
    await world.add_provider("api.example.org", [], saying("x"))

    async with started(folder, EnvironmentProvider("https://api.example.org/v1", None)) as after:
        assert await names(after) == ["Guide", "Fake", "api.example.org", "api.example.org 2"]


async def test_a_provider_that_ends_without_a_word_passes_no_test(world: World) -> None:
    id = await world.add_provider("Silent", [], Scripted(DONE, models=["m"]))

    assert not (await world.services.providers.test(world.owner, id)).passed


async def test_a_word_is_enough_to_pass(world: World) -> None:
    id = await world.add_provider("Quick", [], Scripted(TextDelta("ready"), KeyError("never reached")))

    assert (await world.services.providers.test(world.owner, id)).passed
