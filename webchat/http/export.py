"""Exports as downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from webchat.http.reader import client_address, retry_after
from webchat.rendering.page import notice_page
from webchat.services.errors import CollectionInvalid, NotSignedIn, TooOften
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.services.transfer.export_format import ExportFormat
from webchat.services.transfer.exports import MAX_CHOSEN
from webchat.storage.errors import ConversationNotFound
from webchat.words.errors import shown
from webchat.words.text import t

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_MOST_FORM_BYTES = 64 * MAX_CHOSEN
"""Maximum size of a form; an id with its name has 46 bytes."""


async def export(request: Request) -> Response:
    """GET /api/export?format=json: all conversations, or those named by `conversation` (repeatable).

    POST takes the same as a form and never exports all: an address has no room for many ids.
    """
    try:
        owner_id = (await services().accounts.person_of(request.headers.get("cookie", ""))).id
        services().rate_limits.note(Action.EXPORT, owner_id, client_address(request))
        if request.method == "POST":
            fields = await _form(request)
            ids: Sequence[str] | None = fields.get("conversation", [])
        else:
            query = request.query_params
            fields = {name: query.getlist(name) for name in query}
            ids = fields.get("conversation")
        format = ExportFormat(fields.get("format", [""])[0])
        download = await services().exports.export(owner_id, format, ids)
    except NotSignedIn as problem:
        return _refused(request, shown(problem), 401)
    except TooOften as problem:
        return _refused(request, shown(problem), 429, problem.wait)
    except ConversationNotFound as problem:
        return _refused(request, shown(problem), 404)
    except CollectionInvalid as problem:
        return _refused(request, shown(problem), 413 if problem.reason == "too_many_exported" else 400)
    except ValueError:
        return _refused(
            request, t("The format must be one of {formats}.", formats=", ".join(ExportFormat)), 400
        )
    headers = _HEADERS | {"Content-Disposition": disposition(download.name)}
    return StreamingResponse(download.pieces, headers=headers, media_type=download.media_type)


def disposition(name: str) -> str:
    """The header that saves a response under this name, in any script (RFC 6266).

    >>> disposition("Привет.md")
    'attachment; filename="conversation.md"; filename*=UTF-8\\'\\'%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82.md'
    """
    plain = name if name.isascii() else f"conversation.{name.rpartition('.')[2]}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


async def _form(request: Request) -> Mapping[str, list[str]]:
    """The fields of the form.

    Raises:
        CollectionInvalid: it is too large.
    """
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_FORM_BYTES:
            raise CollectionInvalid("too_many_exported", limit=MAX_CHOSEN)
    return parse_qs(body.decode("utf-8", "replace"))


def _refused(request: Request, words: str, status: int, wait: float | None = None) -> Response:
    """The reason, as a page if a browser shows it in place of the page that asked."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": words}, status_code=status, headers=_HEADERS | retry_after(wait))
    page = notice_page(t("Nothing was exported"), words)
    headers = _HEADERS | {"Content-Security-Policy": page.policy} | retry_after(wait)
    return HTMLResponse(page.html, status_code=status, headers=headers)


routes = [Route("/api/export", export, methods=["GET", "POST"])]
