"""The websocket between a page and its state: what Reflex does with it, within bounds.

`guard(app)` puts this in the place of Reflex's own. Then every event goes through `webchat.state.incoming`,
a tab may have so much waiting to be done and so much it has not read, nothing that is sent breaks the
connection, and the state of tabs that have gone is forgotten (`webchat.state.tab_states`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import reflex as rx
import structlog
from engineio.packet import Packet
from reflex.app import EventNamespace
from reflex_base.event import Event
from socketio.exceptions import ConnectionRefusedError

from webchat.services.errors import NotSignedIn
from webchat.services.limits import clean_text
from webchat.services.runtime import services
from webchat.state.incoming import EventRefused, read_event
from webchat.state.notice import warn
from webchat.state.owner import carry_person
from webchat.state.tab_states import TabStates

MAX_WAITING_EVENTS = 100
MAX_WAITING_SIZE = 2_000_000
"""Characters in the payloads of a tab's events that are not done. A tab with more is not read meanwhile."""
MAX_UNREAD_SIZE = 8_000_000
"""Characters a tab may leave unread before it is disconnected; a page of everything is far below."""
MAX_UNREAD = 1_000
"""Messages, likewise."""

_TOKEN = re.compile(r"[0-9A-Za-z-]{1,64}")
_KEPT_HEADERS = ("host", "origin", "cookie", "user-agent", "accept-language", "asgi-scope-client")
log = structlog.get_logger(__name__)


class SendQueue(asyncio.Queue[Packet | None]):
    """engine.io's queue of what a browser has not read yet; `size` is its number of characters."""

    size: int = 0

    def _put(self, item: Packet | None) -> None:
        self.size += _size(item)
        super()._put(item)

    def _get(self) -> Packet | None:
        item = super()._get()
        self.size -= _size(item)
        return item


def _size(item: Packet | None) -> int:
    return len(item.data) if item is not None and isinstance(item.data, str | bytes) else 0


class _Waiting:
    """The events of one connection that are not done."""

    def __init__(self) -> None:
        self.events = self.size = 0
        self._done = asyncio.Event()

    def add(self, size: int, done: asyncio.Future[Any]) -> None:
        self.events += 1
        self.size += size
        done.add_done_callback(partial(self._remove, size))

    def _remove(self, size: int, _done: asyncio.Future[Any]) -> None:
        self.events -= 1
        self.size -= size
        self._done.set()

    async def until_there_is_room(self) -> None:
        while self.events >= MAX_WAITING_EVENTS or self.size >= MAX_WAITING_SIZE:
            self._done.clear()
            await self._done.wait()


class TabEvents(EventNamespace):
    """Reflex's side of every page's websocket."""

    def __init__(self, namespace: str, app: rx.App) -> None:
        super().__init__(namespace, app)
        self._server: Any = app.sio
        self._waiting: dict[str, _Waiting] = {}

    def is_connected(self, token: str) -> bool:
        """Whether the tab with this token has a connection now."""
        return token in self._token_manager.token_to_socket

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Take a tab that says which it is, and its first event.

        Raises:
            ConnectionRefusedError: its token is missing or none.
        """
        query = dict(part.partition("=")[::2] for part in environ.get("QUERY_STRING", "").split("&"))
        if not _TOKEN.fullmatch(query.get("token", "")):
            raise ConnectionRefusedError("a tab names itself with ?token=")
        self._waiting[sid] = _Waiting()
        try:
            await super().on_connect(sid, environ, auth)
        except BaseException:
            del self._waiting[sid]  # a refused connection is not told that it has ended
            raise

    def on_disconnect(self, sid: str, *reason: Any) -> asyncio.Task[None] | None:
        """Forget the connection; the state of its tab is kept for a while."""
        self._waiting.pop(sid, None)
        return super().on_disconnect(sid)

    async def on_event(self, sid: str, data: Any = None, *more: Any) -> None:
        """Pass an event on to its handler, or tell the tab why not. Returns when the next one may come."""
        token = self.sid_to_token.get(sid)
        waiting = self._waiting.get(sid)
        if token is None or waiting is None:
            log.warning("event_refused", reason="a connection of no tab")
            return
        try:
            incoming = read_event(data, self._handlers())
            router_data = incoming.router_data | self._static_router_data[sid] | {"token": token}
            person = await services().accounts.person_of(router_data["headers"].get("cookie", ""))
        except EventRefused as refusal:
            log.warning("event_refused", reason=refusal.reason)
            done = await self.app.event_processor.enqueue(token, warn(refusal))
            waiting.add(len(str(refusal)), done)
        except NotSignedIn as refusal:
            waiting.add(0, await self.app.event_processor.enqueue(token, warn(refusal)))
        else:
            router_data["headers"] = dict(router_data["headers"])
            router_data["pathname"] = "/" + self._route(incoming.router_data).removeprefix("/")
            carry_person(router_data, person)
            event = Event(incoming.name, router_data, incoming.payload)
            waiting.add(incoming.size, await self.app.event_processor.enqueue(token, event))
        self._disconnect_if_unread(sid)
        await waiting.until_there_is_room()

    async def emit_update(self, update: Any, token: str) -> None:
        """Send a change of state to its tab; one that has gone loads its page again when it comes back."""
        if self.is_connected(token):
            await super().emit_update(update, token)

    async def emit(self, event: str, data: Any = None, to: str | None = None, **options: Any) -> None:
        """Send something to a tab, and end the connection of one that does not read."""
        await super().emit(event, data, to=to, **options)
        if to is not None:
            self._disconnect_if_unread(to)

    def _handlers(self) -> Any:
        return self.app._registration_context.event_handlers

    def _route(self, router_data: dict[str, Any]) -> str:
        path = router_data.get("pathname")
        return (self.app.router(path) if path else None) or "404"

    def _build_static_router_data(self, sid: str, environ: dict[str, Any]) -> dict[str, Any]:
        data = super()._build_static_router_data(sid, environ)
        headers = data["headers"]
        data["headers"] = {name: clean_text(headers[name]) for name in _KEPT_HEADERS if name in headers}
        return data

    def _disconnect_if_unread(self, sid: str) -> None:
        server = self._server
        eio_sid = server.manager.eio_sid_from_sid(sid, self.namespace)
        socket = server.eio.sockets.get(eio_sid)
        if socket is None or (socket.queue.size <= MAX_UNREAD_SIZE and socket.queue.qsize() <= MAX_UNREAD):
            return
        log.warning("tab_disconnected", reason="it does not read what it is sent")
        # A browser that does not read would not read the end of the connection either.
        abort: Callable[[], None] | None = server.environ[eio_sid]["asgi.scope"]["state"].get("abort")
        if abort is not None:
            abort()


def guard(app: rx.App) -> None:
    """Replace Reflex's own websocket handling and tab states with ours; before the app starts."""
    sio: Any = app.sio
    states: Any = TabStates  # mypy takes overloads of its base for methods nobody wrote
    events = TabEvents(app._event_namespace.namespace, app)  # type: ignore[union-attr]
    app._event_namespace = events
    app._state_manager = states(is_connected=events.is_connected)
    sio.register_namespace(events)
    sio.eio.create_queue = SendQueue
    json = sio.packet_class.json
    sio.packet_class.json = SimpleNamespace(dumps=partial(_clean_dumps, json.dumps), loads=json.loads)


def _clean_dumps(dumps: Callable[..., str], value: Any, **options: Any) -> str:
    """JSON that can be sent: a lone surrogate, wherever it came from, would end the connection."""
    return clean_text(dumps(value, **options))
