"""The entrance of a tab's events, with its processor and its connection replaced by stand-ins."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from engineio.packet import MESSAGE, Packet

from tests.people import People
from webchat.state import connection
from webchat.state.chat import ChatState
from webchat.state.connection import SendQueue, TabEvents
from webchat.webchat import app

SID, TOKEN = "sid", "4e8ce3a2-8f0b-4ec7-a3a8-c4d6b3ba0001"
OPEN_NEW = {"name": f"{ChatState.get_full_name()}.open_new", "payload": {}}


class Processor:
    """Takes events and ends them when it is told to."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.futures: list[asyncio.Future[None]] = []

    async def enqueue(self, _token: str, event: Any) -> asyncio.Future[None]:
        self.events.append(event)
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]

    def finish_one(self) -> None:
        self.futures.pop(0).set_result(None)


class Server:
    """A socket.io server with one connection."""

    def __init__(self) -> None:
        self.queue = SendQueue()
        self.aborted = 0
        self.manager = SimpleNamespace(eio_sid_from_sid=lambda sid, namespace: sid)
        self.eio = SimpleNamespace(sockets={SID: SimpleNamespace(queue=self.queue)})
        self.environ = {SID: {"asgi.scope": {"state": {"abort": self._abort}}}}

    def _abort(self) -> None:
        self.aborted += 1

    async def emit(self, event: str, data: Any = None, **options: Any) -> None:
        await self.queue.put(Packet(MESSAGE, data))


@pytest.fixture
def processor() -> Processor:
    return Processor()


@pytest.fixture
def events(processor: Processor, monkeypatch: pytest.MonkeyPatch) -> TabEvents:
    events = TabEvents("/_event", app)
    stand_in = SimpleNamespace(
        event_processor=processor,
        _event_processor=None,
        _registration_context=app._registration_context,
        router=app.router,
    )
    monkeypatch.setattr(events, "app", stand_in)
    events._server = events.server = Server()
    events._waiting[SID], events._cookies[SID] = connection._Waiting(), ""
    events._static_router_data[SID] = {"sid": SID, "headers": {"origin": "http://x"}, "ip": "127.0.0.1"}
    events._token_manager.sid_to_token[SID] = TOKEN
    people = SimpleNamespace(accounts=People({"": "me", "bob=1": "bob", "bob=2": "bob"}))
    monkeypatch.setattr(connection, "services", lambda: people)
    return events
