"""The header that lets a browser fetch the messages of a conversation first."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from webchat.http.base_path import BasePath
from webchat.http.early_messages import EarlyMessages


async def page(request: Request) -> Response:
    return PlainTextResponse("", 404 if "gone" in request.url.path else 200)


@pytest.fixture
async def client() -> httpx.AsyncClient:
    app = EarlyMessages(Starlette(routes=[Route("/{rest:path}", page)]))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


@pytest.mark.parametrize(
    ("path", "around"),
    [
        ("/c/talk-1", ""),
        ("/c/talk-1/", ""),
        ("/c/talk-1?message=m1&q=x", "m1"),
        ("/c/talk-1?message=%3E%2C%0A", "%3E%2C%0A"),
    ],
)
async def test_a_conversation_names_its_messages(client: httpx.AsyncClient, path: str, around: str) -> None:
    link = (await client.get(path)).headers["link"]

    assert link == f"</api/conversations/talk-1/messages?around={around}>; rel=preload; as=fetch; crossorigin"


async def test_the_address_is_below_the_path_of_the_server() -> None:
    app = BasePath(EarlyMessages(Starlette(routes=[Route("/{rest:path}", page)])), "/chat")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        response = await client.get("/chat/c/talk-1")

    assert response.headers["link"].startswith("</chat/api/conversations/talk-1/")


@pytest.mark.parametrize(
    "path", ["/", "/c/", "/c/gone", "/c/a/b", "/c/a%3E", f"/c/{'x' * 65}", "/history", "/share/c/a"]
)
async def test_other_pages_name_none(client: httpx.AsyncClient, path: str) -> None:
    assert "link" not in (await client.get(path)).headers
