"""Saved prompts for the composer, and as files."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webchat.http.json_requests import NOT_KEPT, owner_of, pieces_of, refused
from webchat.services.errors import NotSignedIn, SavedPromptInvalid
from webchat.services.runtime import services
from webchat.storage.errors import SavedPromptNotFound
from webchat.words.errors import shown


async def names(request: Request) -> Response:
    """GET /api/prompts: `[{"id", "name"}]`, by name."""
    try:
        prompts = await services().saved_prompts.all(await owner_of(request))
    except NotSignedIn as refusal:
        return refused(shown(refusal), 401)
    return JSONResponse([{"id": each.id, "name": each.name} for each in prompts], headers=NOT_KEPT)


async def text(request: Request) -> Response:
    """GET /api/prompts/{id}: `{"name", "text"}`."""
    try:
        prompt = await services().saved_prompts.get(await owner_of(request), request.path_params["prompt_id"])
    except NotSignedIn as refusal:
        return refused(shown(refusal), 401)
    except SavedPromptNotFound as problem:
        return refused(shown(problem), 404)
    return JSONResponse({"name": prompt.name, "text": prompt.text}, headers=NOT_KEPT)


async def export(request: Request) -> Response:
    """GET /api/prompts/export: all prompts as a file."""
    try:
        content = await services().saved_prompts.export(await owner_of(request))
    except NotSignedIn as refusal:
        return refused(shown(refusal), 401)
    headers = NOT_KEPT | {"Content-Disposition": 'attachment; filename="prompts.json"'}
    return Response(content, media_type="application/json", headers=headers)


async def receive(request: Request) -> Response:
    """POST /api/prompts: `{"added"}`, the number of prompts added from the file in the body."""
    try:
        added = await services().saved_prompts.import_file(
            await owner_of(request), pieces_of(request, SavedPromptInvalid("incomplete"))
        )
    except NotSignedIn as refusal:
        return refused(shown(refusal), 401)
    except SavedPromptInvalid as refusal:
        return refused(shown(refusal), 400)
    return JSONResponse({"added": added}, headers=NOT_KEPT)


routes = [
    Route("/api/prompts", names, methods=["GET"]),
    Route("/api/prompts", receive, methods=["POST"]),
    Route("/api/prompts/export", export),
    Route("/api/prompts/{prompt_id}", text),
]
