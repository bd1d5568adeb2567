from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from webchat.http.headers import SecurityHeaders, content_security_policy, inline_script_hashes


def hash_of(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def test_inline_scripts_are_found_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "page").mkdir()
    (tmp_path / "index.html").write_text(
        '<script>\nlet a = "<b>&amp;</b>" && 1 < 2; // "é"\n</script><script src="/a.js"></script>'
        "<style>b{}</style><p>text</p>"
    )
    (tmp_path / "page" / "index.html").write_text('<script type="module">import "/b.js"</script>')

    assert inline_script_hashes(tmp_path) == {
        hash_of('\nlet a = "<b>&amp;</b>" && 1 < 2; // "é"\n'),
        hash_of('import "/b.js"'),
    }


def test_s9_the_policy_names_the_scripts_and_forbids_the_rest() -> None:
    directives = dict(part.split(" ", 1) for part in content_security_policy(["sha256-x"]).split("; "))

    assert directives["script-src"] == "'self' 'sha256-x'"
    assert directives["img-src"] == "'self' data: blob:"
    assert directives["connect-src"] == "'self'"
    assert directives["object-src"] == directives["base-uri"] == directives["frame-ancestors"] == "'none'"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "no-cache"),
        ("/assets/root-1a2b.js", "public, max-age=31536000, immutable"),
        ("/assets/gone-1a2b.js", "no-cache"),
        ("/own", "no-store"),
    ],
)
async def test_how_long_a_response_may_be_kept(path: str, kept: str) -> None:
    async with client() as session:
        assert (await session.get(path)).headers["Cache-Control"] == kept


async def test_s9_every_response_says_what_a_browser_must_not_do() -> None:
    async with client() as session:
        headers = (await session.get("/")).headers

    assert headers["Content-Security-Policy"] == "default-src 'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"


async def test_a_route_may_set_a_policy_of_its_own() -> None:
    async with client() as session:
        assert (await session.get("/own")).headers.get_list("Content-Security-Policy") == ["sandbox"]


def client() -> httpx.AsyncClient:
    async def page(request: Request) -> Response:
        if request.url.path == "/own":
            own = {"Content-Security-Policy": "sandbox", "Cache-Control": "no-store"}
            return PlainTextResponse("own", headers=own)
        return PlainTextResponse("page", 404 if "gone" in request.url.path else 200)

    app = SecurityHeaders(Starlette(routes=[Route("/{path:path}", page)]), "default-src 'self'")
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("http://testserver/history/", "/history/"),
        ("/c/1", "/c/1"),
        ("http://testserver//evil.example", "http://testserver//evil.example"),
        ("https://elsewhere.example/x", "https://elsewhere.example/x"),
    ],
)
async def test_a_redirect_within_the_server_names_no_scheme(target: str, sent: str) -> None:
    async def redirect(_: Request) -> Response:
        return RedirectResponse(target)

    app = SecurityHeaders(Starlette(routes=[Route("/", redirect)]), content_security_policy())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver") as session:
        assert (await session.get("/")).headers["Location"] == sent
