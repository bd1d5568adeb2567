"""What the palette finds in conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webchat.services.errors import NotSignedIn, ServiceError
from webchat.services.runtime import services
from webchat.services.search.excerpts import Segment
from webchat.services.search.search import FoundConversation
from webchat.words.errors import shown

RESULTS = 12
"""Maximum results in a response."""
_HEADERS = {"Cache-Control": "no-store"}


async def search(request: Request) -> Response:
    """GET /api/search?q=…: `[{"href", "title", "excerpt"}]`, titles first, then messages, newest first.

    `title` and `excerpt` are lists of `[text, whether it matches]`; a conversation found by its title has an
    empty excerpt.
    """
    try:
        owner_id = (await services().accounts.person_of(request.headers.get("cookie", ""))).id
        page = await services().search.find(owner_id, request.query_params.get("q", ""))
    except NotSignedIn as refusal:
        return JSONResponse({"error": shown(refusal)}, status_code=401, headers=_HEADERS)
    except ServiceError as refusal:
        return JSONResponse({"error": shown(refusal)}, status_code=400, headers=_HEADERS)
    found = [result for each in page.conversations for result in _results(each)]
    return JSONResponse(found[:RESULTS], headers=_HEADERS)


def _results(conversation: FoundConversation) -> list[dict[str, Any]]:
    href, title = f"/c/{conversation.id}", _pairs(conversation.title)
    if not conversation.hits:
        return [{"href": href, "title": title, "excerpt": []}]
    return [
        {"href": f"{href}?message={hit.message_id}", "title": title, "excerpt": _pairs(hit.excerpt)}
        for hit in conversation.hits
    ]


def _pairs(segments: Sequence[Segment]) -> list[tuple[str, bool]]:
    return [(segment.text, segment.marked) for segment in segments]


routes = [Route("/api/search", search)]
