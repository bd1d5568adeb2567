"""Serves webchat under a path such as `/chat`, whether or not the proxy in front of it removes that path."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KEY = "webchat.base"


class BasePath:
    """ASGI middleware that removes `base` from the path of requests and adds it to redirects.

    A request for `base` without a slash is redirected to the page with one. One that does not begin with
    `base` is passed on as it is, because proxies can remove it.
    """

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on without the path, or redirect it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path == self._base and scope["type"] == "http":
            query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
            await RedirectResponse(f"{self._base}/{query}", 308)(scope, receive, send)
            return
        scope = {**scope, _KEY: self._base}
        if path.startswith(f"{self._base}/"):
            scope["path"] = path.removeprefix(self._base)
            scope["raw_path"] = scope["raw_path"].removeprefix(self._base.encode())

        async def send_below(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                target = headers.get("location", "")
                inside = target.startswith("/") and not target.startswith(("//", f"{self._base}/"))
                if inside:
                    headers["location"] = f"{self._base}{target}"
            await send(message)

        await self._app(scope, receive, send_below)


def base_of(request: HTTPConnection) -> str:
    """The path under which webchat is served, for addresses in a response; empty at the root."""
    return str(request.scope.get(_KEY, ""))
