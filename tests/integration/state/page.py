"""A page without a browser: Reflex's own event loop over the states, and what it would send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import reflex as rx
from reflex.utils.format import format_event_handler, json_dumps
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor

from tests.integration.services.world import World
from webchat.services import runtime
from webchat.services.accounts import Person
from webchat.services.errors import NotAllowed
from webchat.state.failure import on_backend_exception
from webchat.state.owner import carry_language, carry_person
from webchat.webchat import app
from webchat.words.catalogue import prepare
from webchat.words.language import ENGLISH

ADDRESS = "203.0.113.9"
"""Where all events come from."""

assert app  # Reflex wants one to be there


class Page:
    """One tab. `sent` is everything the browser was told, `failures` what no handler caught."""

    def __init__(self, person: Person, token: str = "tab", language: str = ENGLISH) -> None:
        self.person = person
        self.language = language
        self.token = token
        self.sent: list[str] = []
        self.redirects: list[str] = []
        self.failures: list[Exception] = []
        self._vars: dict[str, dict[str, Any]] = {}
        self._processor = BaseStateEventProcessor(
            backend_exception_handler=self._failed, graceful_shutdown_timeout=10
        )

    def _failed(self, error: Exception) -> Any:
        if not isinstance(error, NotAllowed):  # the person is told
            self.failures.append(error)
        return on_backend_exception(error)

    async def emit_update(self, update: Any, token: str) -> None:
        """Take an update as the websocket would."""
        self.sent.append(json_dumps(update))
        for name, values in (json.loads(self.sent[-1]).get("delta") or {}).items():
            known = self._vars.setdefault(name, {})
            known.update({key.removesuffix("_rx_state_"): value for key, value in values.items()})
        for event in update.events:
            if event.name == "_redirect":
                self.redirects.append(event.payload["path"])

    def event(self, handler: Any, path: str = "/", **payload: Any) -> Event:
        """A call of a handler as it comes from the wire."""
        router = {
            "pathname": path,
            "asPath": path,
            "query": {},
            "headers": {"origin": "http://webchat"},
            "ip": ADDRESS,
        }
        router["token"] = self.token
        carry_person(router, self.person)
        carry_language(router, self.language)
        return Event(format_event_handler(handler), router, json.loads(json.dumps(payload)))

    async def do(self, handler: Any, path: str = "/", **payload: Any) -> None:
        """Call a handler as the browser does and wait for it and all it starts."""
        future = await self._processor.enqueue(self.token, self.event(handler, path, **payload))
        with suppress(Exception):  # `failures` has it
            await future.wait_all()
        while tasks := list(self._processor._tasks.values()):
            await asyncio.wait(tasks)

    def var(self, state: type[rx.State], name: str) -> Any:
        """The value of a var as the browser has it."""
        return self._vars.get(state.get_full_name(), {}).get(name)


@asynccontextmanager
async def opened_page(person: Person, token: str = "tab", language: str = ENGLISH) -> AsyncIterator[Page]:
    await prepare(language)  # as when a tab connects
    page = Page(person, token, language)
    page._processor.configure(event_namespace=page)  # type: ignore[arg-type]
    async with page._processor:
        yield page


@contextmanager
def serving(world: World) -> Iterator[None]:
    """Make the world's services the running ones."""
    runtime.install(world.services)
    try:
        yield
    finally:
        runtime.install(None)
