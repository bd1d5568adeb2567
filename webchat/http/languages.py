"""Finds out in which language a request is answered: the one chosen in Settings, or else the browser's.

The choice is a preference of the person. A cookie has a copy for requests before anybody has signed in and
for all that are not pages.
"""

from __future__ import annotations

import json
from http.cookies import SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webchat.http.base_path import base_of
from webchat.services.accounts.cookies import MAX_AGE
from webchat.services.errors import NotSignedIn, ParameterInvalid
from webchat.services.runtime import services
from webchat.words.catalogue import prepare
from webchat.words.errors import shown
from webchat.words.language import COOKIE, accepted, chosen, speaking

_MOST_BYTES = 100
"""Maximum size of a request that chooses a language."""


class Languages:
    """ASGI middleware that answers each request in its language."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on in its language. A page updates the cookie."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        before = choice = chosen(headers.get("cookie", ""))
        if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            preferred = await _preference(headers.get("cookie", ""))
            choice = before if preferred is None else preferred

        async def send_with_choice(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = _cookie(HTTPConnection(scope), choice)
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        language = choice or accepted(headers.get("accept-language", ""))
        await prepare(language)
        with speaking(language):
            await self._app(scope, receive, send if choice == before else send_with_choice)


async def _preference(cookies: str) -> str | None:
    """What the person has chosen, empty for what the browser asks for; None if it is not known who asks."""
    try:
        person = await services().accounts.person_of(cookies)
    except NotSignedIn:
        return None
    return await services().preferences.language(person.id)


async def choose(request: Request) -> Response:
    """PUT /api/language: `{"language"}`, a tag such as `ru`, or empty for what the browser asks for."""
    try:
        person = await services().accounts.person_of(request.headers.get("cookie", ""))
        language = await _asked(request)
        await services().preferences.set_language(person.id, language)
    except NotSignedIn as refusal:
        return JSONResponse({"error": shown(refusal)}, 401)
    except ParameterInvalid as refusal:
        return JSONResponse({"error": shown(refusal)}, 400)
    response = Response(status_code=204)
    response.headers.append("Set-Cookie", _cookie(request, language))
    return response


async def _asked(request: Request) -> object:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            raise ParameterInvalid("language")
    try:
        return json.loads(body)["language"]
    except (ValueError, KeyError, TypeError):
        raise ParameterInvalid("language") from None


def _cookie(request: HTTPConnection, language: object) -> str:
    """The header that keeps a choice in the browser; an empty one is forgotten."""
    cookie = SimpleCookie({COOKIE: str(language)})
    cookie[COOKIE].update(
        {"path": f"{base_of(request)}/", "max-age": str(MAX_AGE if language else 0), "samesite": "lax"}
    )
    return cookie[COOKIE].OutputString()


routes = [Route("/api/language", choose, methods=["PUT"])]
