"""Exports as downloads."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from webchat.services.errors import NotSignedIn
from webchat.services.runtime import services
from webchat.services.transfer.export_format import ExportFormat
from webchat.storage.errors import ConversationNotFound
from webchat.words.errors import shown

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def export(request: Request) -> Response:
    """GET /api/export?format=json: all conversations, or those named by `conversation` (repeatable)."""
    query = request.query_params
    try:
        owner_id = (await services().accounts.person_of(request.headers.get("cookie", ""))).id
        format = ExportFormat(query.get("format", ""))
        ids = query.getlist("conversation") if "conversation" in query else None
        download = await services().exports.export(owner_id, format, ids)
    except NotSignedIn as problem:
        return _refused(shown(problem), 401)
    except ConversationNotFound as problem:
        return _refused(shown(problem), 404)
    except ValueError:
        return _refused(f"The format must be one of {', '.join(ExportFormat)}.", 400)
    headers = _HEADERS | {"Content-Disposition": disposition(download.name)}
    return StreamingResponse(download.pieces, headers=headers, media_type=download.media_type)


def disposition(name: str) -> str:
    """The header that saves a response under this name, in any script (RFC 6266).

    >>> disposition("Привет.md")
    'attachment; filename="conversation.md"; filename*=UTF-8\\'\\'%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82.md'
    """
    plain = name if name.isascii() else f"conversation.{name.rpartition('.')[2]}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _refused(words: str, status: int) -> Response:
    return JSONResponse({"error": words}, status_code=status, headers=_HEADERS)


routes = [Route("/api/export", export)]
