"""Diagrams of answers, drawn by the page of their owner."""

from __future__ import annotations

import json

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from webchat.http.forms import body_of
from webchat.http.json_requests import NOT_KEPT, owner_of, refused
from webchat.http.reader import client_address
from webchat.services.diagrams import MAX_SOURCE, MAX_SVG
from webchat.services.errors import DiagramInvalid, NotSignedIn, TooOften
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.storage.errors import MessageNotFound
from webchat.words.errors import shown

_log = structlog.get_logger(__name__)
MOST_BYTES = 6 * MAX_SOURCE + 2 * MAX_SVG


async def keep(request: Request) -> Response:
    """POST /api/messages/{id}/diagrams: 204 when the drawing `{"source", "svg"}` in the body was kept."""
    try:
        owner_id = await owner_of(request)
        services().rate_limits.note(Action.DIAGRAM, owner_id, client_address(request))
        found = _parsed(await body_of(request, MOST_BYTES))
        await services().diagrams.keep(
            owner_id, request.path_params["message_id"], found.get("source"), found.get("svg")
        )
    except NotSignedIn as refusal:
        return refused(shown(refusal), 401)
    except TooOften as refusal:
        return refused(shown(refusal), 429, refusal.wait)
    except MessageNotFound as problem:
        return refused(shown(problem), 404)
    except DiagramInvalid as refusal:  # the page says nothing, and shared pages show the source
        _log.warning("the drawing of a diagram was refused", message=request.path_params["message_id"])
        return refused(shown(refusal), 400)
    return Response(status_code=204, headers=NOT_KEPT)


def _parsed(body: bytes | None) -> dict[str, object]:
    try:
        found = json.loads(body or b"")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


routes = [Route("/api/messages/{message_id}/diagrams", keep, methods=["POST"])]
