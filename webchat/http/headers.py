"""Headers of every response: what the page may load, and how long files may be cached."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOREVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
_NAMED_BY_CONTENT = "/assets/"
_SCRIPT = re.compile(r"<script[\s/>].*?</script\s*>", re.DOTALL | re.IGNORECASE)

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
}


def content_security_policy(script_hashes: Iterable[str] = ()) -> str:
    """Return the policy of webchat's pages; `script_hashes` are those of the allowed inline scripts."""
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(["script-src 'self'", *(f"'{found}'" for found in sorted(script_hashes))]),
            # Emotion and React write style attributes and elements.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            # The frame of http/pictures.py.
            "frame-src 'self'",
            "frame-ancestors 'none'",
        )
    )


def inline_script_hashes(folder: Path) -> frozenset[str]:
    """Return the `sha256-…` of every inline script in the HTML files under `folder`."""
    hashes: set[str] = set()
    for page in folder.rglob("*.html"):
        collector = _InlineScripts()
        # Only scripts are parsed: whole pages take a tenth of a second at each start.
        for element in _SCRIPT.finditer(page.read_text(encoding="utf-8")):
            collector.feed(element[0])
        hashes.update(_hash(script) for script in collector.scripts)
    return frozenset(hashes)


class SecurityHeaders:
    """ASGI middleware that adds the headers above to every response that does not set them."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if (target := headers.get("location")) is not None:
                    headers["location"] = _without_own_origin(target, scope)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", self._policy)
                found = message["status"] in {200, 206, 304}
                named_by_content = found and scope["path"].startswith(_NAMED_BY_CONTENT)
                headers.setdefault("Cache-Control", FOREVER if named_by_content else ASK_EACH_TIME)
            await send(message)

        await self._app(scope, receive, send_completed)


def _without_own_origin(target: str, scope: Scope) -> str:
    """Convert a redirect within this server to a path, because the scheme is unknown behind a reverse
    proxy."""
    host = Headers(scope=scope).get("host", "")
    path = target.removeprefix(f"{scope['scheme']}://{host}")
    return path if path.startswith("/") and not path.startswith("//") else target


class _InlineScripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and not any(name == "src" for name, _ in attrs):
            self.scripts.append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
