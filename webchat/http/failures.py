"""The response to a request that failed because of an error in webchat. The server logs the error."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from webchat.http.request_ids import request_id
from webchat.rendering.page import notice_page
from webchat.words.text import t

_HEADERS = {"Cache-Control": "no-store"}


async def failed(request: Request, _error: Exception) -> Response:
    """A page where a browser opens an address, otherwise JSON; status 500."""
    words = t(
        "webchat could not complete this request. Nothing was lost. Try again; the server's log has the "
        "details (reference {id}).",
        id=request_id(),
    )
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": words}, status_code=500, headers=_HEADERS)
    page = notice_page(t("Something went wrong"), words)
    headers = {**_HEADERS, "Content-Security-Policy": page.policy}
    return Response(page.html, 500, headers, media_type="text/html")
