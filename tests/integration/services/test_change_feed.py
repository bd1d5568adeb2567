"""Tabs hear of each other: through the states, and over the real server's websocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.integration.services.steering import talk
from tests.integration.services.world import World
from tests.integration.state.page import Page, opened_page, serving
from tests.running_app import RunningApp
from tests.tab import Tab
from webchat.services.accounts import Person
from webchat.services.change_feed import ANSWERS, Change
from webchat.state.chat import ChatState
from webchat.state.deletion import DeletionState
from webchat.storage.ids import new_id

# Through the states.


@pytest.fixture
async def page(world: World) -> AsyncIterator[Page]:
    """A tab on a conversation of two questions."""
    id, _ = await talk(world, "one", "two")
    with serving(world):
        async with opened_page(Person(world.owner), "first") as page:
            await page.do(ChatState.open_conversation, path=f"/c/{id}")
            yield page


def row_ids(page: Page) -> list[str]:
    return [row["id"] for row in page.var(ChatState, "messages")]


async def test_the_other_tabs_are_told_of_everything_one_does(world: World, page: Page) -> None:
    id, ids = page.var(ChatState, "conversation_id"), row_ids(page)
    steps: list[tuple[Any, dict[str, Any]]] = [
        (ChatState.send_message, {"text": "three", "client_id": "client-id-3"}),
        (ChatState.edit_message, {"message_id": ids[2], "text": "two, edited", "client_id": new_id()}),
        (ChatState.switch_branch, {"message_id": ids[2]}),
        (ChatState.retry_answer, {"message_id": ids[3]}),
        (ChatState.delete_pair, {"message_id": ids[0]}),
        (ChatState.undo_delete, {}),
        (ChatState.choose_model, {"model": "Fake:other"}),
        (ChatState.change_system_prompt, {"text": "Be brief."}),
        (ChatState.change_temperature, {"value": "0.5"}),
        (DeletionState.delete, {"conversation_id": id}),
        (DeletionState.undo, {}),
    ]
    changes = world.services.changes
    with changes.listen(world.owner, "first") as own, changes.listen(world.owner, "second") as other:
        for handler, payload in steps:
            await page.do(handler, **payload)
            told = [other.get_nowait() for _ in range(other.qsize())]
            assert set(told) == {Change(id, "first")}, handler
            for row in page.var(ChatState, "messages"):
                await world.ended(row["id"])
        assert own.empty()
    assert page.failures == []


async def test_who_is_told_shows_what_there_is(world: World, page: Page) -> None:
    id, ids = page.var(ChatState, "conversation_id"), row_ids(page)
    await world.asked("two, edited", conversation_id=id, edited_id=ids[2])

    await page.do(ChatState.on_remote_change, conversation_id="elsewhere")
    assert row_ids(page) == ids
    await page.do(ChatState.on_remote_change, conversation_id=id)
    assert row_ids(page)[:2] == ids[:2]
    assert page.var(ChatState, "messages")[2]["places"] == 2
    await world.services.conversations.delete(world.owner, id)
    await page.do(ChatState.on_remote_change, conversation_id=id)
    assert page.var(ChatState, "missing") is True


async def test_tab_that_missed_changes_reloads_its_conversation(world: World, page: Page) -> None:
    await world.asked("three", conversation_id=page.var(ChatState, "conversation_id"))

    await page.do(ChatState.on_remote_change, conversation_id="")

    assert len(row_ids(page)) == 6


async def test_an_empty_tab_that_has_missed_something_stays_empty(world: World, page: Page) -> None:
    await page.do(ChatState.open_new)
    await page.do(ChatState.on_remote_change, conversation_id="")

    assert row_ids(page) == []
    assert page.var(ChatState, "missing") in (False, None)
    assert page.var(ChatState, "ready") is True


# Over the real server's websocket.


@pytest.fixture(scope="module")
def app(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with RunningApp(tmp_path_factory.mktemp("app") / "data") as running:
        yield running


def listening(app: RunningApp, tab: str, **options: Any) -> Any:
    options.setdefault("origin", app.url)
    return connect(f"{app.url.replace('http', 'ws', 1)}/api/changes?tab={tab}", **options)


async def heard(socket: ClientConnection) -> str:
    """The next conversation that has changed; that answers begin and end is told to every tab."""
    async with asyncio.timeout(20):
        while (changed := str(json.loads(await socket.recv())["conversation"])) == ANSWERS:
            pass
        return changed


@pytest.mark.network
async def test_a_send_is_heard_by_every_tab_but_its_own(app: RunningApp) -> None:
    async with (
        Tab(app.url) as tab,
        Tab(app.url) as other,
        listening(app, tab.token) as own,
        listening(app, other.token) as told,
        listening(app, "") as nameless,
    ):
        # Whoever publishes next is heard by both: so nothing is still on its way.
        await tab.choose_model("Guide:guide")
        await tab.send("Hello")
        id = tab.state["conversation_id"]
        assert await heard(told) == await heard(nameless) == id
        await other.choose_model("Guide:guide")
        await other.send("Hello from the other one")
        assert await heard(own) == other.state["conversation_id"] != id


@pytest.mark.network
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1.evil.example"]
)
async def test_another_site_hears_nothing(app: RunningApp, origin: str) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        async with listening(app, "tab", origin=origin) as socket:
            await socket.recv()


@pytest.mark.network
async def test_a_rebound_name_hears_nothing(app: RunningApp) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        async with listening(
            app, "tab", origin=None, additional_headers={"Host": "rebound.example"}
        ) as socket:
            await socket.recv()


@pytest.mark.network
async def test_a_listening_tab_does_not_hold_up_the_end(built: None, tmp_path: Path) -> None:
    app = RunningApp(tmp_path / "data").start()
    async with listening(app, "one") as socket:
        assert await asyncio.to_thread(app.stop) == 0
        with pytest.raises(ConnectionClosed):
            await socket.recv()
    assert "Traceback" not in app.log
