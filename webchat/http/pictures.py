"""The frame in which a page shows a picture from another site, once its reader has asked for it.

The pages themselves may not load anything from other sites. Instead of an exception for pictures, a frame
with a separate policy loads the one picture; it runs no script, and the site learns no address of a
conversation. This server does not fetch pictures, so that nobody can make it send requests.
"""

from __future__ import annotations

import base64
import hashlib
import html

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from webchat.rendering.links import is_allowed
from webchat.words.text import t

LONGEST = 8_000
"""Maximum characters of an address."""

_STYLE = "body{margin:0}img{display:block;width:100vw;height:100vh;object-fit:contain;object-position:left}"
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; img-src http: https:; style-src 'sha256-{_STYLE_HASH}'; sandbox; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
    "Cache-Control": "no-store",
}


async def picture(request: Request) -> Response:
    """GET /api/picture?url=https://…: a page with that picture alone, for a frame of our own pages."""
    address = request.query_params.get("url", "")
    in_own_frame = (request.headers.get("sec-fetch-dest"), request.headers.get("sec-fetch-site")) == (
        "iframe",
        "same-origin",
    )
    is_picture = len(address) <= LONGEST and is_allowed(address) and not address.startswith("mailto:")
    if not in_own_frame or not is_picture:
        return PlainTextResponse("Not found", 404, headers={"Cache-Control": "no-store"})
    hint = html.escape(t("This picture cannot be loaded"))
    page = (
        f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style>'
        f'<img src="{html.escape(address)}" alt="{hint}" referrerpolicy="no-referrer">'
    )
    return HTMLResponse(page, headers=_HEADERS)


routes = [Route("/api/picture", picture)]
