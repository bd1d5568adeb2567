"""Files to import, received as the body of a request."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webchat.http.json_requests import NOT_KEPT, owner_of, pieces_of, refused
from webchat.http.reader import client_address
from webchat.services.errors import ImportRefused, NotSignedIn, TooOften
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.services.transfer.imports import MAX_FILE
from webchat.words.errors import shown

PATH = "/api/imports"


async def receive(request: Request) -> Response:
    """POST /api/imports: `{"id"}` of the import of the file in the body, whose preview has begun."""
    try:
        owner_id = await owner_of(request)
        services().rate_limits.note(Action.IMPORT, owner_id, client_address(request))
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_FILE:
            raise ImportRefused("too_large", limit=MAX_FILE)
        current = await services().imports.receive(owner_id, pieces_of(request, ImportRefused("incomplete")))
    except NotSignedIn as refusal:
        return refused(shown(refusal), 401)
    except TooOften as refusal:
        return refused(shown(refusal), 429, refusal.wait)
    except ImportRefused as refusal:
        status = {"too_large": 413, "running": 409}.get(refusal.reason, 400)
        return refused(shown(refusal), status)
    return JSONResponse({"id": current.id}, headers=NOT_KEPT)


routes = [Route(PATH, receive, methods=["POST"])]
