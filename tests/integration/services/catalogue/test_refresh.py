"""Model lists are kept fresh in the background, and no provider can hold that up or end it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.services.scripted import Hold, Scripted
from tests.integration.services.world import World
from webchat.providers.discovery import FoundServer
from webchat.providers.errors import ConnectionFailed
from webchat.services.catalogue import refresh as module
from webchat.services.catalogue.refresh import ModelRefresh
from webchat.services.change_feed import MODELS
from webchat.storage.errors import DatabaseFull


class Slow(Scripted):
    """Takes its time to list its models."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = Hold()

    async def list_models(self) -> list[str]:
        await self.hold.pass_by()
        return ["late"]


async def models(world: World) -> set[str]:
    return {choice.id for choice in await world.services.catalogue.choices(world.owner)}


def asked_for(world: World) -> list[str]:
    """The names of the providers that were made ready, in order."""
    return [built.get("name", "Guide") for built in world.built]


async def has_models(world: World, *wanted: str) -> None:
    async with asyncio.timeout(20):
        while not await models(world) >= set(wanted):  # noqa: ASYNC110  (no event tells)
            await asyncio.sleep(0.002)


@pytest.fixture
async def refresh(world: World) -> Any:
    refresh = ModelRefresh(world.services.providers, find_local=True)
    yield refresh
    await refresh.close()


async def test_a_round_asks_everybody_and_keeps_what_they_say(world: World, refresh: ModelRefresh) -> None:
    world.scripts["Fake"] = Scripted(models=["new"])
    await world.add_provider("Dead", ["old"], Scripted(models=ConnectionFailed("Dead")))
    off = await world.add_provider("Off", ["hidden"], Scripted(models=["never asked"]))
    await world.services.providers.set_enabled(world.owner, off, False)
    world.servers = [FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("llama",))]
    world.scripts["Ollama"] = Scripted(models=["llama", "qwen"])

    await refresh.round(world.owner)

    assert await models(world) >= {"Fake:new", "Dead:old", "Ollama:llama", "Ollama:qwen"}
    assert "Fake:m" not in await models(world)
    assert world.scripts["Fake"].closed == world.scripts["Dead"].closed == 1
    assert world.scripts["Off"].closed == 0


async def test_a_provider_that_hangs_slows_nobody(world: World, refresh: ModelRefresh) -> None:
    slow = Slow()
    await world.add_provider("Slow", ["known"], slow)
    world.scripts["Fake"] = Scripted(models=["new"])
    refresh.start(world.owner)
    await slow.hold.reached.wait()

    await has_models(world, "Fake:new", "Slow:known")
    assert await world.services.catalogue.default_model(world.owner) == "Fake:new"
    assert (await world.asked(model="Slow:known")).content == ""
    slow.hold.go.set()
    await has_models(world, "Slow:late")


async def test_closing_does_not_wait_for_who_hangs(world: World, refresh: ModelRefresh) -> None:
    slow = Slow()
    await world.add_provider("Slow", [], slow)
    refresh.start(world.owner)
    await slow.hold.reached.wait()

    await refresh.close()

    assert slow.closed == 1
    await refresh.close()


async def test_unexpected_failure_does_not_stop_model_refreshes(
    world: World, refresh: ModelRefresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.002)
    await world.add_provider("Broken", ["old"], Scripted(models=KeyError("data")))
    world.scripts["Fake"] = Scripted(models=["first"])
    refresh.start(world.owner)

    await has_models(world, "Fake:first", "Broken:old")
    world.scripts["Fake"] = Scripted(models=["second"])
    await has_models(world, "Fake:second")


async def test_a_database_that_refuses_is_asked_again(
    world: World, refresh: ModelRefresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INTERVAL", 0.002)
    rows, refusals = world.services.providers.rows, iter([DatabaseFull("webchat.db")])

    async def sometimes(owner_id: str) -> Any:
        for refusal in refusals:
            raise refusal
        return await rows(owner_id)

    monkeypatch.setattr(world.services.providers, "rows", sometimes)
    world.scripts["Fake"] = Scripted(models=["new"])
    refresh.start(world.owner)

    await has_models(world, "Fake:new")


async def test_one_that_is_removed_meanwhile_is_no_failure(world: World, refresh: ModelRefresh) -> None:
    slow = Slow()
    id = await world.add_provider("Slow", [], slow)
    round = asyncio.create_task(refresh.round(world.owner))
    await slow.hold.reached.wait()
    await world.services.providers.remove(world.owner, id)
    slow.hold.go.set()

    await round


async def test_a_page_that_is_opened_makes_one_look_at_this_machine(
    world: World, refresh: ModelRefresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_PAUSE", 0.05)
    monkeypatch.setattr(module, "LOOK_DELAY", 0.0)
    world.scripts["Fake"] = Scripted(models=["new"])
    refresh.start(world.owner)
    await has_models(world, "Fake:new")
    world.servers = [FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("llama",))]
    world.scripts["Ollama"] = Scripted(models=["llama"])
    asked = len(world.built)

    with world.services.changes.listen(world.owner, "tab") as news:
        for _ in range(1000):
            refresh.look_again()
        await has_models(world, "Ollama:llama")
        assert (await news.get()).conversation_id == MODELS
    # The servers here and those without models; the rest waits for its round.
    async with asyncio.timeout(20):
        while len(looked := asked_for(world)[asked:]) < 2:  # noqa: ASYNC110  (no event tells)
            await asyncio.sleep(0.002)
    assert set(looked) == {"Fake", "Ollama"}
    assert len(looked) <= 4


async def test_a_look_is_not_held_up_by_a_provider_that_hangs(
    world: World, refresh: ModelRefresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_PAUSE", 0.05)
    slow = Slow()
    await world.add_provider("Slow", [], slow)
    refresh.start(world.owner)
    await slow.hold.reached.wait()
    world.servers = [FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("llama",))]
    world.scripts["Ollama"] = Scripted(models=["llama"])

    refresh.look_again()
    await has_models(world, "Ollama:llama")
    assert asked_for(world).count("Slow") == 1, "nobody is asked twice at a time"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "https://api.example.org/v1"])
async def test_provider_saved_while_down_gets_its_models_later(
    world: World, refresh: ModelRefresh, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(module, "FIRST_RETRY", 0.01)
    await world.add_provider("Down", [], Scripted(models=ConnectionFailed("Down")), url)
    refresh.start(world.owner)
    async with asyncio.timeout(20):
        while asked_for(world).count("Down") < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.002)

    world.scripts["Down"] = Scripted(models=["up"])
    await has_models(world, "Down:up")


async def test_a_search_that_was_switched_off_is_not_made_by_a_page(world: World) -> None:
    world.servers = [FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("llama",))]
    refresh = ModelRefresh(world.services.providers, find_local=False)
    await refresh.round(world.owner, everybody=False)
    assert "Ollama" not in [item.name for item in await world.services.providers.all(world.owner)]
