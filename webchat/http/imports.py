"""Files to import, received as the body of a request."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webchat.services.errors import ImportRefused, NotSignedIn
from webchat.services.runtime import services
from webchat.services.transfer.imports import MAX_FILE
from webchat.words.errors import shown

PATH = "/api/imports"
_HEADERS = {"Cache-Control": "no-store"}


async def receive(request: Request) -> Response:
    """POST /api/imports: `{"id"}` of the import of the file in the body, whose preview has begun."""
    try:
        owner_id = (await services().accounts.person_of(request.headers.get("cookie", ""))).id
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_FILE:
            raise ImportRefused("too_large", limit=MAX_FILE)
        current = await services().imports.receive(owner_id, _pieces(request))
    except NotSignedIn as refusal:
        return _refused(shown(refusal), 401)
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


def _refused(words: str, status: int) -> Response:
    return JSONResponse({"error": words}, status_code=status, headers=_HEADERS)


routes = [Route(PATH, receive, methods=["POST"])]
