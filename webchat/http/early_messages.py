"""Lets a browser fetch the messages of a conversation before the rest of its page.

The response with the page names their address in a `Link` header (https://www.rfc-editor.org/rfc/rfc8288), so
that the request does not wait behind the page's scripts. `assets/early_text.js` uses what it gets.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webchat.http.base_path import base_of

_CONVERSATION = re.compile(r"/c/([\w-]{1,64})/?", re.ASCII)


class EarlyMessages:
    """ASGI middleware that adds the header to the pages of conversations."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the header to its response."""
        page = _CONVERSATION.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if page is None:
            await self._app(scope, receive, send)
            return
        wanted = parse_qs(scope["query_string"].decode("ascii", "replace")).get("message", [""])[0]
        base = base_of(HTTPConnection(scope))
        address = f"{base}/api/conversations/{page[1]}/messages?around={quote(wanted, safe='')}"
        # `crossorigin`, as for every request of a script's `fetch`.
        link = f"<{address}>; rel=preload; as=fetch; crossorigin"

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                MutableHeaders(scope=message).append("Link", link)
            await send(message)

        await self._app(scope, receive, answer)
