"""Model lists are kept fresh in the background, and no provider can hold that up or end it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.services.scripted import Hold, Scripted
from tests.integration.services.world import World
from webchat.providers.discovery import FoundServer
from webchat.providers.errors import ConnectionFailed
from webchat.services import model_refresh
from webchat.services.model_refresh import ModelRefresh
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


async def test_a_failure_nobody_declared_ends_neither_the_round_nor_the_next(
    world: World, refresh: ModelRefresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_refresh, "INTERVAL", 0.002)
    await world.add_provider("Broken", ["old"], Scripted(models=KeyError("data")))
    world.scripts["Fake"] = Scripted(models=["first"])
    refresh.start(world.owner)

    await has_models(world, "Fake:first", "Broken:old")
    world.scripts["Fake"] = Scripted(models=["second"])
    await has_models(world, "Fake:second")


async def test_a_database_that_refuses_is_asked_again(
    world: World, refresh: ModelRefresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_refresh, "INTERVAL", 0.002)
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
