"""Removing a provider can be undone for a while; then its key is gone for good."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.services.world import World
from webchat.providers.discovery import FoundServer
from webchat.services.catalogue import providers as module
from webchat.services.catalogue.details import Details
from webchat.services.catalogue.refresh import ModelRefresh
from webchat.storage.errors import ProviderNotFound

URL = "http://127.0.0.1:9/v1"
OLLAMA = FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("llama",))


async def names(world: World) -> list[str]:
    return [item.name for item in await world.services.providers.all(world.owner)]


def stored(world: World) -> list[Any]:
    with closing(sqlite3.connect(world.folder / "webchat.db")) as database:
        return database.execute("SELECT name, secret IS NOT NULL FROM provider_setting").fetchall()


async def test_restored_provider_has_its_key_and_models(world: World) -> None:
    service = world.services.providers
    id = await service.save(world.owner, None, Details("Keyed", URL, "sk-1"))
    await service.models.add(world.owner, id, "gpt-x")
    await service.remove(world.owner, id)
    assert await names(world) == ["Guide", "Fake"]
    assert "Keyed:gpt-x" not in [each.id for each in await world.services.catalogue.choices(world.owner)]
    for call in (service.remove(world.owner, id), service.restore(world.stranger, id)):
        with pytest.raises(ProviderNotFound):
            await call

    assert await service.restore(world.owner, id) == "Keyed"
    await world.services.catalogue.open_provider(world.owner, "Keyed")
    assert world.built[-1]["api_key"] == "sk-1"
    assert "Keyed:gpt-x" in [each.id for each in await world.services.catalogue.choices(world.owner)]
    with pytest.raises(ProviderNotFound):
        await service.restore(world.owner, id)


async def test_its_name_is_free_at_once_and_undo_finds_another(world: World) -> None:
    service = world.services.providers
    first = await service.save(world.owner, None, Details("Mine", URL))
    await service.remove(world.owner, first)
    await service.save(world.owner, None, Details("Mine", "http://127.0.0.1:10/v1"))

    assert await service.restore(world.owner, first) == "Mine 2"
    assert await names(world) == ["Guide", "Fake", "Mine 2", "Mine"]


async def test_after_a_while_the_key_is_gone_for_good(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    service = world.services.providers
    kept = await service.save(world.owner, None, Details("Kept", URL, "sk-1"))
    await service.remove(world.owner, kept)
    refresh = ModelRefresh(service, find_local=False)
    await refresh.round(world.owner)
    assert ("Kept", 1) in stored(world)

    monkeypatch.setattr(module, "UNDO_FOR", timedelta(seconds=-1))
    await refresh.round(world.owner)
    assert stored(world) == [("Guide", 0), ("Fake", 0)]
    with pytest.raises(ProviderNotFound):
        await service.restore(world.owner, kept)


# Servers on this machine.


async def removed_ollama(world: World) -> str:
    world.servers = [OLLAMA]
    await world.services.providers.find_local(world.owner, asked=False)
    (found,) = [item for item in await world.services.providers.all(world.owner) if item.name == "Ollama"]
    await world.services.providers.remove(world.owner, found.id)
    return found.id


async def test_a_removed_local_server_does_not_come_back_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await removed_ollama(world)
    refresh = ModelRefresh(world.services.providers, find_local=True)
    await refresh.round(world.owner)
    assert "Ollama" not in await names(world)

    monkeypatch.setattr(module, "UNDO_FOR", timedelta(seconds=-1))
    await refresh.round(world.owner)
    await refresh.round(world.owner)
    assert "Ollama" not in await names(world)


async def test_removed_local_server_returns_when_the_user_searches(world: World) -> None:
    await removed_ollama(world)

    assert await world.services.providers.find_local(world.owner) == ["Ollama"]
    assert "Ollama" in await names(world)


@pytest.mark.parametrize("how", ["undo", "address"])
async def test_restored_local_server_is_searched_for_again(world: World, how: str) -> None:
    service = world.services.providers
    removed = await removed_ollama(world)
    if how == "undo":
        await service.restore(world.owner, removed)
    else:
        removed = await service.save(world.owner, None, Details("Mine", "localhost:11434"))
    # Known to webchat as any other: moved away, it is found anew.
    await service.save(world.owner, removed, Details("Elsewhere", "http://192.0.2.1/v1"))
    assert await service.find_local(world.owner, asked=False) == [
        "Ollama" if how == "address" else "Ollama 2"
    ]
