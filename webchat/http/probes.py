"""`/healthz`, `/readyz` and `/metrics`, for the programs that watch a server.

They reveal nothing about anyone and are answered for any Host, without signing in. `/metrics` exists
only with a token.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from webchat.services.runtime import Services, running_services

SECONDS_TO_ANSWER = 2.0
"""The longest that the database may take for a server that is ready."""
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Probes:
    """ASGI middleware that answers these three addresses and passes everything else on.

    Args:
        metrics_token: the bearer token of `/metrics`; None if there are no metrics.
    """

    def __init__(self, app: ASGIApp, metrics_token: str | None = None) -> None:
        self._app = app
        self._token = metrics_token
        self._looking: asyncio.Task[bool] | None = None
        self._answers: dict[str, Callable[[Scope], Awaitable[Response]]] = {
            "/healthz": self._health,
            "/readyz": self._readiness,
        }
        if metrics_token:
            self._answers["/metrics"] = self._metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a probe, or pass the request on."""
        answer = self._answers.get(scope["path"]) if scope["type"] == "http" else None
        if answer is None:
            await self._app(scope, receive, send)
        elif scope["method"] not in {"GET", "HEAD"}:
            await _said("method not allowed\n", 405)(scope, receive, send)
        else:
            await (await answer(scope))(scope, receive, send)

    async def _health(self, _scope: Scope) -> Response:
        return _said("ok\n")

    async def _readiness(self, _scope: Scope) -> Response:
        if self._looking is None or self._looking.done():
            # One look for all who ask at the same time.
            self._looking = asyncio.create_task(_is_ready())
        return _said("ready\n") if await asyncio.shield(self._looking) else _said("not ready\n", 503)

    async def _metrics(self, scope: Scope) -> Response:
        given = Headers(scope=scope).get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), (self._token or "").encode()):
            return Response("unauthorized\n", 401, {**_HEADERS, "WWW-Authenticate": "Bearer"})
        services = running_services()
        if services is None or services.metrics is None:
            return _said("not ready\n", 503)
        return Response(services.metrics.text(), 200, _HEADERS, media_type=_METRICS_TYPE)


async def _is_ready() -> bool:
    services = running_services()
    return services is not None and await _answers_in_time(services)


async def _answers_in_time(services: Services) -> bool:
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            return await services.readiness.is_ready()
    except TimeoutError:
        return False


def _said(words: str, status: int = 200) -> Response:
    return PlainTextResponse(words, status, _HEADERS)
