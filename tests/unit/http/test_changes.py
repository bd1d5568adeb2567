"""The websocket of changes: how many tabs may listen, and what one hears that may not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.websockets import WebSocket

from tests.people import People
from webchat.http import changes as http_changes
from webchat.http.changes import MAX_TAB, stream_changes
from webchat.services import change_feed
from webchat.services.change_feed import InProcessChangeFeed

CLOSED_FOR_NOW = {"type": "websocket.close", "code": 1013, "reason": ""}


class Listener:
    """A browser's side of one connection."""

    def __init__(self, tab: str, cookie: str) -> None:
        headers = [(b"cookie", cookie.encode())]
        scope = {"type": "websocket", "headers": headers, "query_string": f"tab={tab}".encode(), "path": "/"}
        self.says: asyncio.Queue[Any] = asyncio.Queue()
        self._told: asyncio.Queue[Any] = asyncio.Queue()
        self.socket = WebSocket(scope, self.says.get, self._told.put)

    async def told(self) -> Any:
        """What the server says next: a change, or the end of the connection."""
        message = await self._told.get()
        return json.loads(message["text"]) if message["type"] == "websocket.send" else message


@asynccontextmanager
async def listening(tab: str, cookie: str = "") -> AsyncIterator[Listener]:
    """A connection, until the browser ends it."""
    listener = Listener(tab, cookie)
    listener.says.put_nowait({"type": "websocket.connect"})
    served = asyncio.create_task(stream_changes(listener.socket))
    assert (await listener.told())["type"] == "websocket.accept"
    yield listener
    listener.says.put_nowait({"type": "websocket.disconnect", "code": 1001})
    await served


@pytest.fixture
def people() -> People:
    return People({"": "me"})


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch, people: People) -> InProcessChangeFeed:
    """Those of a server that has room for two tabs."""
    changes = InProcessChangeFeed()
    running = SimpleNamespace(accounts=people, changes=changes)
    monkeypatch.setattr(http_changes, "services", lambda: running)
    monkeypatch.setattr(change_feed, "MAX_TABS", 2)
    return changes


async def test_tab_above_the_limit_is_refused_and_others_get_changes(
    changes: InProcessChangeFeed,
) -> None:
    async with listening("one") as one:
        async with listening("two") as two:
            async with listening("three") as three:
                assert await three.told() == CLOSED_FOR_NOW
            changes.publish("me", "talk")
            assert await one.told() == await two.told() == {"conversation": "talk"}
        # The one that has gone leaves its place.
        async with listening("three") as three:
            changes.publish("me", "another")
            assert await one.told() == await three.told() == {"conversation": "another"}


async def test_a_tab_whose_id_is_too_long_is_turned_away(changes: InProcessChangeFeed) -> None:
    async with listening("x" * (MAX_TAB + 1)) as listener:
        assert await listener.told() == CLOSED_FOR_NOW
    async with listening("x" * MAX_TAB) as listener:
        changes.publish("me", "talk")
        assert await listener.told() == {"conversation": "talk"}


async def test_s1_a_tab_of_nobody_known_is_turned_away(changes: InProcessChangeFeed) -> None:
    async with listening("one", cookie="session=stolen") as listener:
        assert await listener.told() == CLOSED_FOR_NOW | {"code": 1008}


async def test_tab_whose_session_ends_is_closed(changes: InProcessChangeFeed, people: People) -> None:
    async with listening("one") as listener:
        changes.publish("me", "talk")
        assert await listener.told() == {"conversation": "talk"}
        people.watched[0].set()
        assert await listener.told() == CLOSED_FOR_NOW | {"code": 1008}


async def test_what_a_tab_says_is_not_listened_to(changes: InProcessChangeFeed) -> None:
    async with listening("one") as one, listening("two") as two:
        one.says.put_nowait({"type": "websocket.receive", "text": '{"conversation": "mine"}'})
        changes.publish("me", "talk")

        assert await one.told() == await two.told() == {"conversation": "talk"}
