"""What a request gets that failed because of an error in webchat."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from webchat.http.failures import failed


async def broken(_: Request) -> None:
    raise RuntimeError("secret detail")


@pytest.mark.parametrize(("accept", "kind"), [("text/html,*/*", "text/html"), ("*/*", "application/json")])
async def test_a_failed_request_says_what_to_do(accept: str, kind: str) -> None:
    app = Starlette(routes=[Route("/", broken)], exception_handlers={Exception: failed})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        response = await client.get("/", headers={"Accept": accept})

    assert response.status_code == 500
    assert response.headers["Content-Type"].startswith(kind)
    assert response.headers["Cache-Control"] == "no-store"
    assert "Try again" in response.text
    assert "secret detail" not in response.text


async def test_the_log_has_the_error() -> None:
    app = Starlette(routes=[Route("/", broken)], exception_handlers={Exception: failed})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://webchat") as client:
        with pytest.raises(RuntimeError, match="secret detail"):
            await client.get("/")
