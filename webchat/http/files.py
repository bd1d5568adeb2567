"""Files and pictures: received as the body of a request, and given to their owner alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import wraps
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from webchat.http.export import disposition
from webchat.http.reader import client_address, retry_after
from webchat.services.errors import FileRefused, NotSignedIn, TooOften
from webchat.services.files.kinds import HTML, PICTURE
from webchat.services.files.limits import MAX_TOKENS
from webchat.services.files.views import FileView, file_json
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.storage.errors import FileNotFound
from webchat.words.errors import shown

PATH = "/api/files"
_HEADERS = {"Cache-Control": "no-store"}
_CACHED = {
    # A content never changes. Whoever signs in next in this browser has another cookie.
    "Cache-Control": "private, max-age=86400, immutable",
    "Vary": "Cookie",
}
_HARMLESS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
_STATUS = {
    "too_large": 413,
    "picture_too_large": 413,
    "document_too_large": 413,
    "quota": 413,
    "server_quota": 413,
    "type": 415,
    "old_office": 415,
    "picture_broken": 415,
    "too_many_pixels": 415,
    "at_once": 429,
    "sent": 409,
}
_MOST_JSON = 1024
"""Maximum bytes of the body of `limit`."""

Handler = Callable[[Request, str], Awaitable[Response]]


def _for_owner(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A route that calls `handler` with whoever is signed in, and gives its refusals as JSON."""

    @wraps(handler)
    async def handle(request: Request) -> Response:
        try:
            owner_id = (await services().accounts.person_of(request.headers.get("cookie", ""))).id
            return await handler(request, owner_id)
        except NotSignedIn as refusal:
            return _refused(shown(refusal), 401)
        except FileNotFound as refusal:
            return _refused(shown(refusal), 404)
        except TooOften as refusal:
            return _refused(shown(refusal), 429, refusal.wait)
        except FileRefused as refusal:
            return _refused(shown(refusal), _STATUS.get(refusal.reason, 400))

    return handle


async def receive(request: Request, owner_id: str) -> Response:
    """POST /api/files?name=: the file in the body is saved, and what is known about it returned (201).

    Its kind is found by its content; `Content-Type` is ignored.
    """
    services().rate_limits.note(Action.UPLOAD, owner_id, client_address(request))
    length = request.headers.get("content-length", "")
    size = int(length) if length.isdecimal() and len(length) < 16 else 0
    name = request.query_params.get("name", "")
    view = await services().files.saving.receive(owner_id, name, _pieces(request), size)
    return JSONResponse(file_json(view), status_code=201, headers=_HEADERS)


async def look(request: Request, owner_id: str) -> Response:
    """GET /api/files/{id}: what is known about a file."""
    view = await services().files.look(owner_id, request.path_params["file_id"])
    return JSONResponse(file_json(view), headers=_HEADERS)


async def remove(request: Request, owner_id: str) -> Response:
    """DELETE /api/files/{id}: remove a file that was not sent."""
    await services().files.remove(owner_id, request.path_params["file_id"])
    return Response(status_code=204, headers=_HEADERS)


async def content(request: Request, owner_id: str) -> Response:
    """GET /api/files/{id}/content: the bytes. Only pictures are shown by a browser; the rest is saved."""
    view, path = await services().files.content(owner_id, request.path_params["file_id"])
    return content_response(view, path, _CACHED)


async def text(request: Request, owner_id: str) -> Response:
    """GET /api/files/{id}/text: the text that was read from a document."""
    found = await services().files.text(owner_id, request.path_params["file_id"])
    return PlainTextResponse(found, headers=_HARMLESS | _HEADERS)


async def limit(request: Request, owner_id: str) -> Response:
    """PUT /api/files/{id}/limit: `{"tokens"}`, how much of its text models get; null for all."""
    body = b""
    async for piece in _pieces(request):
        body += piece
        if len(body) > _MOST_JSON:
            raise FileRefused("limit", limit=MAX_TOKENS)
    try:
        tokens = json.loads(body)["tokens"]
    except (ValueError, KeyError, TypeError, RecursionError):
        tokens = ""  # refused as something that is no number
    view = await services().files.limit(owner_id, request.path_params["file_id"], tokens)
    return JSONResponse(file_json(view), headers=_HEADERS)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise FileRefused("incomplete") from error


def content_response(view: FileView, path: Path, headers: Mapping[str, str]) -> Response:
    """The content of a file, which never runs anything. Only pictures are shown; the rest is saved."""
    harmless = {**_HARMLESS, **headers}
    if view.kind != PICTURE:
        harmless["Content-Disposition"] = disposition(view.name)
    media_type = "text/plain" if view.media_type == HTML else view.media_type
    return FileResponse(path, headers=harmless, media_type=media_type)


def _refused(words: str, status: int, wait: float | None = None) -> Response:
    return JSONResponse({"error": words}, status_code=status, headers=_HEADERS | retry_after(wait))


routes = [
    Route(PATH, _for_owner(receive), methods=["POST"]),
    Route(f"{PATH}/{{file_id}}", _for_owner(look), methods=["GET"]),
    Route(f"{PATH}/{{file_id}}", _for_owner(remove), methods=["DELETE"]),
    Route(f"{PATH}/{{file_id}}/content", _for_owner(content), methods=["GET"]),
    Route(f"{PATH}/{{file_id}}/text", _for_owner(text), methods=["GET"]),
    Route(f"{PATH}/{{file_id}}/limit", _for_owner(limit), methods=["PUT"]),
]
