"""Assistants: their pictures, files of them, and the pages behind the links to them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from webchat.http.base_path import base_of
from webchat.http.export import disposition
from webchat.http.headers import FOREVER
from webchat.http.json_requests import NOT_KEPT, owner_of, pieces_of, refused
from webchat.http.own_paths import sign_in_path
from webchat.http.reader import client_address
from webchat.rendering.assistant_page import SharedAssistant, assistant_page
from webchat.rendering.document import Page
from webchat.rendering.page import not_found_page, notice_page
from webchat.services.assistants.links import PATH
from webchat.services.assistants.pictures import MEDIA_TYPE, data_address
from webchat.services.errors import AssistantInvalid, NotSignedIn, TooOften
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.services.transfer.file_names import file_name
from webchat.storage.errors import NotFound
from webchat.words.errors import shown
from webchat.words.text import t

IMPORT_PATH = "/api/assistants"
_LINK_HEADERS = NOT_KEPT | {"X-Robots-Tag": "noindex, nofollow, noarchive"}


async def picture(request: Request) -> Response:
    """GET /api/assistants/{id}/picture?v=…: the picture, whose address changes with it."""
    try:
        owner_id = await owner_of(request)
        values = await services().assistants.get(owner_id, request.path_params["assistant_id"])
    except NotSignedIn as refusal:
        return refused(shown(refusal), 401)
    except NotFound as problem:
        return refused(shown(problem), 404)
    if values.picture is None:
        return Response(status_code=404, headers=NOT_KEPT)
    private = FOREVER.replace("public", "private")
    return Response(values.picture, media_type=MEDIA_TYPE, headers={"Cache-Control": private})


async def export(request: Request) -> Response:
    """GET /api/assistants/export: all assistants as a file, or the one named by `id`; as a zip
    archive if they have files."""
    try:
        owner_id = await owner_of(request)
        services().rate_limits.note(Action.EXPORT, owner_id, client_address(request))
        wanted = request.query_params.get("id", "")
        archive = await services().assistant_transfer.archive(owner_id, wanted)
        content = "" if archive else await services().assistant_transfer.export(owner_id, wanted)
        name = (await services().assistants.listed(owner_id, wanted)).name if wanted else "assistants"
    except NotSignedIn as refusal:
        return refused(shown(refusal), 401)
    except TooOften as refusal:
        return refused(shown(refusal), 429, refusal.wait)
    except NotFound as problem:
        return refused(shown(problem), 404)
    ending = "zip" if archive else "json"
    headers = NOT_KEPT | {"Content-Disposition": disposition(file_name(name, ending))}
    if archive:
        return StreamingResponse(archive, media_type="application/zip", headers=headers)
    return Response(content, media_type="application/json", headers=headers)


async def receive(request: Request) -> Response:
    """POST /api/assistants: `{"found"}`, the number of assistants in the file in the body, for a preview."""
    try:
        owner_id = await owner_of(request)
        services().rate_limits.note(Action.IMPORT, owner_id, client_address(request))
        pieces = pieces_of(request, AssistantInvalid("incomplete"))
        found = await services().assistant_transfer.receive(owner_id, pieces)
    except NotSignedIn as refusal:
        return refused(shown(refusal), 401)
    except TooOften as refusal:
        return refused(shown(refusal), 429, refusal.wait)
    except AssistantInvalid as refusal:
        return refused(shown(refusal), 413 if refusal.reason == "file_too_large" else 400)
    return JSONResponse({"found": found}, headers=NOT_KEPT)


async def shared(request: Request) -> Response:
    """GET /share/assistant/{token}: what the link shows, and how to add it."""
    token = request.path_params["token"]
    found = await services().assistant_links.find(token)
    if found is None:
        return _page(not_found_page(), 404)
    try:
        await owner_of(request)
        signed_in = True
    except NotSignedIn:
        signed_in = False
    copy = SharedAssistant(
        found.name,
        found.description,
        found.symbol or found.name[:1].upper(),
        found.colour,
        data_address(found.picture),
        found.system_prompt,
        found.starters,
        tuple((each.name, each.size) for each in await services().assistant_links.files(token)),
    )
    path = f"{PATH}{token}"
    return _page(assistant_page(copy, path=path, base=base_of(request), signed_in=signed_in))


async def add(request: Request) -> Response:
    """POST /share/assistant/{token}: adds the copy to the reader's own assistants, and begins a chat.

    Whoever is not signed in comes back to the link after signing in.
    """
    try:
        reader_id = await owner_of(request)
        services().rate_limits.note(Action.CONTINUE, reader_id, client_address(request))
        added = await services().assistant_links.add_to(reader_id, request.path_params["token"])
    except NotSignedIn:
        back = f"{PATH}{request.path_params['token']}"
        return RedirectResponse(sign_in_path(back), 303, _LINK_HEADERS)
    except TooOften as problem:
        return _page(notice_page(t("Try again later"), shown(problem)), 429)
    except AssistantInvalid as problem:
        return _page(notice_page(t("Nothing was added"), shown(problem)), 409)
    except NotFound:
        return _page(not_found_page(), 404)
    services().changes.publish(reader_id)
    return RedirectResponse(f"{base_of(request)}/?assistant={added}", 303, _LINK_HEADERS)


def _page(page: Page, status: int = 200) -> Response:
    headers = _LINK_HEADERS | {"Content-Security-Policy": page.policy}
    return Response(page.html, status, headers, media_type="text/html")


routes = [
    Route(IMPORT_PATH, receive, methods=["POST"]),
    Route("/api/assistants/export", export),
    Route("/api/assistants/{assistant_id}/picture", picture),
    Route(f"{PATH}{{token}}", shared, methods=["GET", "HEAD"]),
    Route(f"{PATH}{{token}}", add, methods=["POST"]),
]
