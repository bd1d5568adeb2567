"""Saved prompts for the composer, and as files."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webchat.services.errors import NotSignedIn, SavedPromptInvalid
from webchat.services.runtime import services
from webchat.storage.errors import SavedPromptNotFound
from webchat.words.errors import shown

_HEADERS = {"Cache-Control": "no-store"}


async def names(request: Request) -> Response:
    """GET /api/prompts: `[{"id", "name"}]`, by name."""
    try:
        prompts = await services().saved_prompts.all(await _owner(request))
    except NotSignedIn as refusal:
        return _refused(shown(refusal), 401)
    return JSONResponse([{"id": each.id, "name": each.name} for each in prompts], headers=_HEADERS)


async def text(request: Request) -> Response:
    """GET /api/prompts/{id}: `{"name", "text"}`."""
    try:
        prompt = await services().saved_prompts.get(await _owner(request), request.path_params["prompt_id"])
    except NotSignedIn as refusal:
        return _refused(shown(refusal), 401)
    except SavedPromptNotFound as problem:
        return _refused(shown(problem), 404)
    return JSONResponse({"name": prompt.name, "text": prompt.text}, headers=_HEADERS)


async def export(request: Request) -> Response:
    """GET /api/prompts/export: all prompts as a file."""
    try:
        content = await services().saved_prompts.export(await _owner(request))
    except NotSignedIn as refusal:
        return _refused(shown(refusal), 401)
    headers = _HEADERS | {"Content-Disposition": 'attachment; filename="prompts.json"'}
    return Response(content, media_type="application/json", headers=headers)


async def receive(request: Request) -> Response:
    """POST /api/prompts: `{"added"}`, the number of prompts added from the file in the body."""
    try:
        added = await services().saved_prompts.import_file(await _owner(request), _pieces(request))
    except NotSignedIn as refusal:
        return _refused(shown(refusal), 401)
    except SavedPromptInvalid as refusal:
        return _refused(shown(refusal), 400)
    return JSONResponse({"added": added}, headers=_HEADERS)


async def _owner(request: Request) -> str:
    return (await services().accounts.person_of(request.headers.get("cookie", ""))).id


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as error:
        raise SavedPromptInvalid("incomplete") from error


def _refused(words: str, status: int) -> Response:
    return JSONResponse({"error": words}, status_code=status, headers=_HEADERS)


routes = [
    Route("/api/prompts", names, methods=["GET"]),
    Route("/api/prompts", receive, methods=["POST"]),
    Route("/api/prompts/export", export),
    Route("/api/prompts/{prompt_id}", text),
]
