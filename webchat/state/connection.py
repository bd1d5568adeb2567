"""The websocket between a page and its state: Reflex's handling of it, with limits.

`guard(app)` replaces Reflex's own handling. Then every event passes through `TabEvents.on_event`, which finds
out who sent it, whether they may (`webchat.state.access`) and what it says (`webchat.state.incoming`). The
pending events and unread messages of a tab are limited, no message sent can break the connection, and the
state of closed tabs is dropped (`webchat.state.tab_states`).
"""

from __future__ import annotations

import asyncio
import re
import uuid
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

from webchat.services.errors import NotAllowed, NotSignedIn
from webchat.services.limits import clean_text
from webchat.services.runtime import services
from webchat.state.access import check_allowed
from webchat.state.incoming import EventRefused, read_event
from webchat.state.notice import warn
from webchat.state.owner import carry_language, carry_person
from webchat.state.tab_states import TabStates
from webchat.words.catalogue import prepare
from webchat.words.errors import shown
from webchat.words.language import speaking, wanted

MAX_WAITING_EVENTS = 100
MAX_WAITING_SIZE = 2_000_000
"""Maximum characters in the payloads of a tab's pending events. Reading pauses above this."""
MAX_UNREAD_SIZE = 8_000_000
"""Maximum characters a tab may leave unread before it is disconnected; a full page is far below."""
MAX_UNREAD = 1_000
"""The same limit in messages."""
MAX_BOUND = 20_000
"""Tabs whose session is remembered, far more than have a state; the oldest are forgotten."""

_TOKEN = re.compile(r"[0-9A-Za-z-]{1,64}")
_KEPT_HEADERS = ("host", "origin", "cookie", "user-agent", "accept-language", "asgi-scope-client")
log = structlog.get_logger(__name__)


class SendQueue(asyncio.Queue[Packet | None]):
    """engine.io's queue of messages a browser has not read yet; `size` is the number of characters in it."""

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
    """The pending events of one connection."""

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
        self._cookies: dict[str, str] = {}
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._bound: dict[str, str] = {}
        """The session that the state of each tab belongs to."""

    def is_connected(self, token: str) -> bool:
        """Whether the tab with this token is connected."""
        return token in self._token_manager.token_to_socket

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Accept a tab that identifies itself and has signed in, and its first event.

        Raises:
            ConnectionRefusedError: its token is missing or invalid, or nobody known is asking.
        """
        query = dict(part.partition("=")[::2] for part in environ.get("QUERY_STRING", "").split("&"))
        if not _TOKEN.fullmatch(query.get("token", "")):
            raise ConnectionRefusedError("a tab identifies itself with ?token=")
        cookie = environ.get("HTTP_COOKIE", "")
        try:
            await services().accounts.person_of(cookie)
        except NotSignedIn:
            raise ConnectionRefusedError("sign in first") from None
        self._waiting[sid], self._cookies[sid] = _Waiting(), cookie
        try:
            await super().on_connect(sid, environ, auth)
        except BaseException:
            # There is no disconnect event for a refused connection.
            del self._waiting[sid], self._cookies[sid]
            raise
        self._watches[sid] = asyncio.create_task(self._disconnect_when_over(sid, cookie))

    async def link_token_to_sid(self, sid: str, token: str, *, update_state: bool = True) -> None:
        """Connect a tab with its state. A tab that was another session's gets a new token, so that nothing
        of one person's state, nor of a handler that still runs for them, reaches another."""
        session = services().accounts.binding(self._cookies[sid])
        if self._bound.get(token, session) != session:
            token = str(uuid.uuid4())
            await self.emit("new_token", token, to=sid)
        await super().link_token_to_sid(sid, token, update_state=update_state)
        self._bound[self.sid_to_token.get(sid, token)] = session
        if len(self._bound) > MAX_BOUND:
            del self._bound[next(iter(self._bound))]

    async def _disconnect_when_over(self, sid: str, cookie: str) -> None:
        with services().accounts.watch(cookie) as over:
            await over.wait()
        self._abort(sid)

    def on_disconnect(self, sid: str, *reason: Any) -> asyncio.Task[None] | None:
        """Drop the connection. The state of its tab is kept for a while."""
        self._waiting.pop(sid, None)
        self._cookies.pop(sid, None)
        if (watch := self._watches.pop(sid, None)) is not None:
            watch.cancel()
        return super().on_disconnect(sid)

    async def on_event(self, sid: str, data: Any = None, *more: Any) -> None:
        """Pass an event to its handler, or tell the tab why not. Returns when the next one may be read."""
        token = self.sid_to_token.get(sid)
        waiting = self._waiting.get(sid)
        if token is None or waiting is None:
            log.warning("event_refused", reason="a connection without a tab")
            return
        connection = self._static_router_data[sid]
        language = wanted(connection["headers"])
        await prepare(language)
        try:
            person = await services().accounts.person_of(connection["headers"].get("cookie", ""))
            incoming = read_event(data, self._handlers())
            check_allowed(self._handlers()[incoming.name].handler, person)
            router_data = incoming.router_data | connection | {"token": token}
        except EventRefused as refusal:
            log.warning("event_refused", reason=refusal.cause)
            with speaking(language):
                notice, size = warn(refusal), len(shown(refusal))
            waiting.add(size, await self.app.event_processor.enqueue(token, notice))
        except (NotSignedIn, NotAllowed) as refusal:
            with speaking(language):
                notice = warn(refusal)
            waiting.add(0, await self.app.event_processor.enqueue(token, notice))
        else:
            router_data["headers"] = dict(router_data["headers"])
            router_data["pathname"] = "/" + self._route(incoming.router_data).removeprefix("/")
            carry_person(router_data, person)
            carry_language(router_data, language)
            event = Event(incoming.name, router_data, incoming.payload)
            waiting.add(incoming.size, await self.app.event_processor.enqueue(token, event))
        self._disconnect_if_unread(sid)
        await waiting.until_there_is_room()

    async def emit_update(self, update: Any, token: str) -> None:
        """Send a state change to its tab. A closed tab reloads its page when it reconnects."""
        if self.is_connected(token):
            await super().emit_update(update, token)

    async def emit(self, event: str, data: Any = None, to: str | None = None, **options: Any) -> None:
        """Send a message to a tab, and disconnect a tab that does not read."""
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
        log.warning("tab_disconnected", reason="it does not read its messages")
        self._abort(sid)

    def _abort(self, sid: str) -> None:
        """End a connection without a word: a browser that does not read would not read a close message, and
        one that keeps its connection would come back with the cookies it had when it connected."""
        server = self._server
        connection = server.environ.get(server.manager.eio_sid_from_sid(sid, self.namespace))
        if connection is not None:
            abort: Callable[[], None] | None = connection["asgi.scope"]["state"].get("abort")
            if abort is not None:
                abort()


def guard(app: rx.App) -> None:
    """Replace Reflex's websocket handling and tab states with ours. Call this before the app starts."""
    sio: Any = app.sio
    states: Any = TabStates  # mypy mistakes overloads of its base for missing methods
    events = TabEvents(app._event_namespace.namespace, app)  # type: ignore[union-attr]
    app._event_namespace = events
    app._state_manager = states(is_connected=events.is_connected, on_gone=_forget_tab)
    sio.register_namespace(events)
    sio.eio.create_queue = SendQueue
    json = sio.packet_class.json
    sio.packet_class.json = SimpleNamespace(dumps=partial(_clean_dumps, json.dumps), loads=json.loads)


_forgetting: set[asyncio.Task[None]] = set()


def _forget_tab(token: str) -> None:
    """Delete the temporary chats of a tab that does not come back."""
    try:
        task = asyncio.get_running_loop().create_task(services().temporary_chats.forget(token))
    except RuntimeError:
        return  # the server is stopping; the next start deletes them
    _forgetting.add(task)
    task.add_done_callback(_forgetting.discard)


def _clean_dumps(dumps: Callable[..., str], value: Any, **options: Any) -> str:
    """JSON that is safe to send: a lone surrogate would close the connection."""
    return clean_text(dumps(value, **options))
