"""The tree of a conversation's branches, in pages."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webchat.services.errors import NotSignedIn
from webchat.services.runtime import services
from webchat.storage.errors import ConversationNotFound
from webchat.words.errors import shown

_HEADERS = {"Cache-Control": "no-store"}


async def branch_tree(request: Request) -> Response:
    """GET /api/conversations/{id}/tree?before=…: `{"leaf", "messages", "next"}`, newest messages first.

    A message is `{"id", "parent", "role", "model", "at", "text"}`, with the time in ms since 1970 and
    the start of the text, or `{"id", "parent", "deleted": true}`. `leaf` is the last message of the current
    branch, and `next` the value of `before` for the next page; empty on the last one.
    """
    try:
        owner_id = (await services().accounts.person_of(request.headers.get("cookie", ""))).id
        page = await services().branches.tree_page(
            owner_id, request.path_params["conversation_id"], request.query_params.get("before", "")
        )
    except NotSignedIn as problem:
        return JSONResponse({"error": shown(problem)}, status_code=401, headers=_HEADERS)
    except ConversationNotFound as problem:
        return JSONResponse({"error": shown(problem)}, status_code=404, headers=_HEADERS)
    messages = [
        {"id": each.id, "parent": each.parent_id, "deleted": True}
        if each.deleted
        else {
            "id": each.id,
            "parent": each.parent_id,
            "role": each.role.value,
            "model": each.model or "",
            "at": round(each.created_at.timestamp() * 1000),
            "text": " ".join(each.start.split()),
        }
        for each in page.messages
    ]
    return JSONResponse({"leaf": page.leaf, "messages": messages, "next": page.next}, headers=_HEADERS)


routes = [
    Route("/api/conversations/{conversation_id}/tree", branch_tree, middleware=[Middleware(GZipMiddleware)])
]
