"""A conversation with secrets, and what the pages say of its links."""

from __future__ import annotations

from typing import Any

from tests.integration.services.scripted import saying
from tests.integration.services.world import World
from tests.integration.state.page import Page
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.links import Link, Terms
from webchat.snapshot import Snapshot
from webchat.state.links import LinksState
from webchat.state.share import ShareState

KEY = "sk-canary-0123456789abcdef"
MAIL = "ann@example.org"
PASSPHRASE = "open sesame canary"


def share(page: Page, name: str) -> Any:
    return page.var(ShareState, name)


def ids(page: Page) -> list[str]:
    return [row["id"] for row in share(page, "messages")]


def links(page: Page) -> list[dict[str, Any]]:
    return list(page.var(LinksState, "rows"))


def form(**values: Any) -> dict[str, Any]:
    return {"title": "Mine", "expiry": "week", "passphrase": ""} | values


async def planted(world: World) -> str:
    """A conversation of four messages, the first with a key, the last with an address."""
    first = await world.asked(f"My key is {KEY}")
    world.scripts["Fake"] = saying(f"Write to {MAIL}")
    await world.asked("And now?", conversation_id=first.conversation_id)
    return first.conversation_id


async def opened(world: World, page: Page) -> str:
    conversation_id = await planted(world)
    await page.do(ShareState.open_dialog, conversation_id=conversation_id)
    return conversation_id


async def published(world: World, conversation_id: str, **terms: Any) -> Link:
    values = {"title": "Mine", "expiry": "week"} | terms
    return await world.services.sharing.publish(world.owner, conversation_id, Choice(), Terms(**values))


async def copy_behind(world: World, address: str) -> Snapshot:
    found = await world.services.shared_copies.find(address.rpartition("/")[2])
    assert found is not None
    snapshot = await world.services.shared_copies.snapshot(found)
    assert snapshot is not None
    return snapshot
