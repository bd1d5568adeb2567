"""Lets only people who have signed in past the sign-in page.

Every route checks who sent a request. The gate also covers the pages, which are plain files, and any route
that forgets to check.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from webchat.http.own_paths import sign_in_path
from webchat.rendering.page import notice_page
from webchat.services.errors import NotSignedIn
from webchat.services.runtime import services
from webchat.words.errors import shown
from webchat.words.text import t

_BEFORE_SETUP = re.compile(r"/setup/[^/]+|/(healthz|readyz|metrics)|/assets/[\w-]+\.woff2")
_FOR_EVERYBODY = re.compile(
    r"/(setup|invite|share)/.*|/(sign-in(/passkey|/oidc)?|sign-out|share|healthz|readyz|metrics)"
)
_FILE = re.compile(r"/(?!api/|c/|_).*\.\w+")
"""Scripts, styles and pictures of the pages; they are the same in every webchat."""
_HEADERS = {"Cache-Control": "no-store"}


class SignInGate:
    """ASGI middleware that sends people without a session to the sign-in page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        # Websockets ask for themselves, because only they can tell the page why they close.
        answer = await _answer(scope) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)


async def _answer(scope: Scope) -> Response | None:
    accounts, path = services().accounts, scope["path"]
    if accounts.awaits_setup:
        return None if _BEFORE_SETUP.fullmatch(path) else _not_set_up()
    if _FOR_EVERYBODY.fullmatch(path) or _FILE.fullmatch(path):
        return None
    headers = Headers(scope=scope)
    try:
        await accounts.person_of(headers.get("cookie", ""))
    except NotSignedIn as refusal:
        if scope["method"] in {"GET", "HEAD"} and "text/html" in headers.get("accept", ""):
            return RedirectResponse(sign_in_path(_asked(scope)), 303, _HEADERS)
        return JSONResponse({"error": shown(refusal)}, 401, _HEADERS)
    return None


def _asked(scope: Scope) -> str:
    query = scope.get("query_string", b"").decode("latin-1")
    return f"{quote(scope['path'])}{'?' if query else ''}{query}"


def _not_set_up() -> Response:
    words = t(
        "Open the setup link that webchat has printed where it was started. It makes the account of the "
        "administrator. If the link is lost, restart webchat, which prints a new one."
    )
    page = notice_page(t("webchat is not set up yet"), words)
    headers = {**_HEADERS, "Content-Security-Policy": page.policy, "Retry-After": "60"}
    return Response(page.html, 503, headers, media_type="text/html")
