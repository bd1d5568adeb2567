"""Gives every request an id, which is in its response and in every line that is logged for it."""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars, get_contextvars

HEADER = "X-Request-ID"


class RequestIds:
    """ASGI middleware that binds `request_id` for the log and adds the header `X-Request-ID`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with an id of its own."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        id = secrets.token_hex(8)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = id
            await send(message)

        with bound_contextvars(request_id=id):
            await self._app(scope, receive, send_with_id)


def request_id() -> str:
    """The id of the current request; empty outside of one."""
    return str(get_contextvars().get("request_id", ""))
