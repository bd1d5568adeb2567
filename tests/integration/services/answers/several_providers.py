"""Providers that answer in a fixed order, and what was tried."""

from __future__ import annotations

from collections.abc import Sequence

from tests.integration.services.scripted import Scripted
from tests.integration.services.world import World
from webchat.providers.errors import QuotaExceeded
from webchat.storage.queries import providers as queries
from webchat.storage.tables import Attempt
from webchat.storage.types import utc_now

URL = "http://127.0.0.1:9/v1"


def quota(name: str) -> Scripted:
    return Scripted(QuotaExceeded(name, service_words=f"{name}: 当前地区当日额度已消耗完"))


async def providers(world: World, **scripts: Scripted) -> dict[str, str]:
    """These providers and no other, in this order; returns their ids."""
    for row in await world.services.providers.all(world.owner):
        if row.name == "Fake":
            await world.services.providers.remove(world.owner, row.id)
    return {
        name: await world.add_provider(name, [f"{name.lower()}-1", f"{name.lower()}-2"], script)
        for name, script in scripts.items()
    }


async def add_service(world: World, name: str, kind: str = "FreeGpt") -> str:
    """One of the free services, which has cookies instead of a key."""
    async with world.database.write() as session:
        row = await queries.add(session, world.owner, kind=kind, name=name)
        await queries.set_models(session, world.owner, row.id, ["s"], utc_now())
        return row.id


def told(attempts: Sequence[Attempt]) -> list[tuple[int, str, str, str | None]]:
    return [(each.number, each.provider, each.model, each.error_code) for each in attempts]
