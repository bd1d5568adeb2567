"""Files to import, received as the body of a request."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webchat.http.reader import client_address, retry_after
from webchat.services.errors import ImportRefused, NotSignedIn, TooOften
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.services.transfer.imports import MAX_FILE
from webchat.words.errors import shown

PATH = "/api/imports"
_HEADERS = {"Cache-Control": "no-store"}


async def receive(request: Request) -> Response:
    """POST /api/imports: `{"id"}` of the import of the file in the body, whose preview has begun."""
    try:
        owner_id = (await services().accounts.person_of(request.headers.get("cookie", ""))).id
        services().rate_limits.note(Action.IMPORT, owner_id, client_address(request))
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_FILE:
            raise ImportRefused("too_large", limit=MAX_FILE)
        current = await services().imports.receive(owner_id, _pieces(request))
    except NotSignedIn as refusal:
        return _refused(shown(refusal), 401)
    except TooOften as refusal:
        return _refused(shown(refusal), 429, refusal.wait)
    except ImportRefused as refusal:
        status = {"too_large": 413, "running": 409}.get(refusal.reason, 400)
        return _refused(shown(refusal), status)
    return JSONResponse({"id": current.id}, headers=_HEADERS)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise ImportRefused("incomplete") from error


def _refused(words: str, status: int, wait: float | None = None) -> Response:
    return JSONResponse({"error": words}, status_code=status, headers=_HEADERS | retry_after(wait))


routes = [Route(PATH, receive, methods=["POST"])]
