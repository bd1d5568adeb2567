"""A tab's connection: how much may wait, what happens if it is not read, and what is kept of a tab."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import reflex as rx
from engineio.packet import PONG, Packet
from reflex.istate.manager.token import BaseStateToken
from socketio.exceptions import ConnectionRefusedError

from tests.integration.state.tab_events import OPEN_NEW, SID, TOKEN, Processor, events, processor
from webchat.services.errors import NotSignedIn
from webchat.state import connection, tab_states
from webchat.state.chat import ChatState
from webchat.state.connection import (
    MAX_UNREAD,
    MAX_UNREAD_SIZE,
    MAX_WAITING_EVENTS,
    SendQueue,
    TabEvents,
)
from webchat.state.notice import NoticeState
from webchat.state.tab_states import MAX_GONE, TabStates
from webchat.webchat import app

__all__ = ["events", "processor"]


async def test_an_event_carries_the_person_who_sent_it(events: TabEvents, processor: Processor) -> None:
    await events.on_event(SID, OPEN_NEW)

    (event,) = processor.events
    assert {"id": "me", "is_administrator": False, "session": ""} in event.router_data.values()


async def test_an_event_of_nobody_known_reaches_no_handler(events: TabEvents, processor: Processor) -> None:
    events._static_router_data[SID]["headers"]["cookie"] = "session=stolen"
    await events.on_event(SID, OPEN_NEW)

    (event,) = processor.events
    assert event.payload == {"text": str(NotSignedIn())}


async def linked(events: TabEvents, sid: str, cookie: str) -> str:
    """Connect a tab that says it is `TOKEN`; returns the token that it gets."""
    events._cookies[sid] = cookie
    await events.link_token_to_sid(sid, TOKEN, update_state=False)
    token = events.sid_to_token[sid]
    await events._token_manager.disconnect_token(token, sid)
    return token


async def test_tab_keeps_its_state_within_a_session_only(events: TabEvents) -> None:
    assert await linked(events, SID, "") == TOKEN
    assert await linked(events, SID, "") == TOKEN

    assert await linked(events, SID, "bob=1") != TOKEN
    assert await linked(events, SID, "bob=2") != TOKEN
    assert await linked(events, SID, "") == TOKEN


async def test_remembered_sessions_of_tabs_are_bounded(
    events: TabEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MAX_BOUND", 3)
    for cookie in ("", *("bob=1",) * 9):
        await linked(events, SID, cookie)

    assert len(events._bound) == 3


async def test_connection_of_nobody_known_is_refused(events: TabEvents) -> None:
    environ = {"QUERY_STRING": f"token={TOKEN}", "HTTP_COOKIE": "session=stolen"}
    with pytest.raises(ConnectionRefusedError):
        await events.on_connect("other", environ)

    assert "other" not in events._waiting


async def test_a_tab_is_not_read_while_too_much_waits(events: TabEvents, processor: Processor) -> None:
    for _ in range(MAX_WAITING_EVENTS - 1):
        await events.on_event(SID, OPEN_NEW)

    last = asyncio.create_task(events.on_event(SID, OPEN_NEW))
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(processor.events) == MAX_WAITING_EVENTS
    assert not last.done()

    processor.finish_one()
    await last


async def test_a_tab_is_not_read_while_long_messages_wait(events: TabEvents, processor: Processor) -> None:
    message = {"name": f"{ChatState.get_full_name()}.ask_starter", "payload": {"text": "x" * 900_000}}
    for _ in range(2):
        await events.on_event(SID, message)

    last = asyncio.create_task(events.on_event(SID, message))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not last.done()

    for _ in range(3):
        processor.finish_one()
    await last


async def test_what_is_refused_is_answered_with_one_notice(events: TabEvents, processor: Processor) -> None:
    await events.on_event(SID, {"name": "no.such.handler", "payload": {"key": "canary"}})

    (answer,) = processor.events
    assert answer.name == f"{NoticeState.get_full_name()}.warn"
    assert "canary" not in str(answer)


async def test_event_has_its_page_address_and_the_servers_facts(
    events: TabEvents, processor: Processor
) -> None:
    where = {"pathname": "/c/[conversation]", "asPath": "/c/1", "ip": "6.6.6.6", "token": "mine", "sid": "x"}
    await events.on_event(SID, OPEN_NEW | {"router_data": where})

    (event,) = processor.events
    assert event.router_data["asPath"] == "/c/1"
    assert (event.router_data["ip"], event.router_data["token"], event.router_data["sid"]) == (
        "127.0.0.1",
        TOKEN,
        SID,
    )
    assert event.router_data["headers"] is not events._static_router_data[SID]["headers"]


async def test_a_tab_that_does_not_read_is_disconnected(events: TabEvents) -> None:
    await events.emit("event", "x" * (MAX_UNREAD_SIZE // 2), to=SID)
    assert not events._server.aborted

    await events.emit("event", "x" * (MAX_UNREAD_SIZE // 2 + 1), to=SID)
    assert events._server.aborted


async def test_tab_with_many_unread_messages_is_disconnected(events: TabEvents) -> None:
    for _ in range(MAX_UNREAD):
        await events.emit("event", "x", to=SID)
    assert not events._server.aborted

    await events.emit("event", "x", to=SID)
    assert events._server.aborted


async def test_tab_that_sends_without_reading_is_disconnected(events: TabEvents) -> None:
    """What engine.io itself sends, such as answers to pings, passes no `emit`."""
    for _ in range(MAX_UNREAD + 1):
        await events._server.queue.put(Packet(PONG))

    await events.on_event(SID, OPEN_NEW)
    assert events._server.aborted


async def test_what_a_tab_has_read_does_not_count(events: TabEvents) -> None:
    for _ in range(4):
        await events.emit("event", "x" * (MAX_UNREAD_SIZE // 2), to=SID)
        await events._server.queue.get()

    assert events._server.queue.size == 0
    assert not events._server.aborted


@pytest.mark.parametrize("query", ["", "token=", f"token={'x' * 65}", "token=%00", "token=a;b"])
async def test_a_connection_of_no_tab_is_refused(events: TabEvents, query: str) -> None:
    with pytest.raises(ConnectionRefusedError):
        await events.on_connect("other", {"QUERY_STRING": query})


def test_only_the_headers_that_are_needed_are_kept(events: TabEvents) -> None:
    headers = [(b"host", b"x"), (b"cookie", b"a=1"), (b"x-large", b"x" * 9999)]
    data = events._build_static_router_data(SID, {"asgi.scope": {"headers": headers, "client": ("::1", 1)}})

    assert data["headers"] == {"host": "x", "cookie": "a=1", "asgi-scope-client": "::1"}


def test_the_app_has_these_bounds() -> None:
    server: Any = app.sio

    assert isinstance(app._event_namespace, TabEvents)
    assert isinstance(app._state_manager, TabStates)
    assert app._state_manager.is_connected == app._event_namespace.is_connected
    assert server.eio.create_queue is SendQueue


# What is kept of a tab.


class Tabs:
    """Tabs of a manager, and which of them are connected."""

    def __init__(self) -> None:
        self.connected: set[str] = set()
        self.gone: list[str] = []
        make: Callable[..., Any] = TabStates
        self.manager = make(is_connected=lambda token: token in self.connected, on_gone=self.gone.append)

    async def use(self, *tokens: str) -> None:
        for token in tokens:
            async with self.manager.modify_state(BaseStateToken(ident=token, cls=rx.State)):
                pass


@pytest.fixture
async def tabs() -> Any:
    tabs = Tabs()
    yield tabs
    await tabs.manager.close()


async def test_s13_only_the_latest_closed_tabs_keep_their_state(tabs: Tabs) -> None:
    tabs.connected = {"0", "1"}
    names = [str(number) for number in range(MAX_GONE + 50)]
    await tabs.use(*names[:60], "2", *names[60:])

    kept = set(tabs.manager.states)
    assert len(kept) == MAX_GONE + 1 + len(tabs.connected)
    assert {"0", "1", "2", *names[-100:]} <= kept
    assert set(tabs.manager._token_expires_at) == set(tabs.manager._states_locks) == kept


async def test_a_tab_is_forgotten_some_minutes_after_it_has_gone(
    tabs: Tabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    tabs.connected = {"open"}
    await tabs.use("open", "gone")

    now += tab_states.SECONDS_KEPT + 1
    tabs.manager._purge_expired_tokens()
    assert set(tabs.manager.states) == {"open"}
    assert tabs.gone == ["gone"]

    tabs.connected = set()
    now += tab_states.SECONDS_KEPT + 1
    tabs.manager._purge_expired_tokens()
    assert not tabs.manager.states
