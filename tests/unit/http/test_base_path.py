"""Addresses under a path: what the app is asked for, and where its answers send the browser."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from webchat.http.base_path import BasePath, base_of


async def says(request: Request) -> Response:
    return PlainTextResponse(f"{request.url.path} under {base_of(request)}")


async def moves(request: Request) -> Response:
    return RedirectResponse(request.query_params["to"])


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/moves", moves), Route("/{rest:path}", says)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(BasePath(app, "/chat")), base_url="http://webchat")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/chat/", "/"),
        ("/chat/history", "/history"),
        ("/chat/c/a%2Fb", "/c/a/b"),
        ("/history", "/history"),
        ("/chatter", "/chatter"),
        ("/chat/chat/x", "/chat/x"),
    ],
)
async def test_the_path_is_removed_if_the_proxy_did_not(
    client: httpx.AsyncClient, asked: str, given: str
) -> None:
    assert (await client.get(asked)).text == f"{given} under /chat"


@pytest.mark.parametrize("query", ["", "?temporary=true"])
async def test_the_path_alone_leads_to_the_page(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/chat{query}")

    assert (answer.status_code, answer.headers["Location"]) == (308, f"/chat/{query}")


@pytest.mark.parametrize(
    ("to", "location"),
    [
        ("/c/1", "/chat/c/1"),
        ("/chat/c/1", "/chat/c/1"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
        ("//elsewhere.example/", "//elsewhere.example/"),
    ],
)
async def test_redirects_stay_under_the_path(client: httpx.AsyncClient, to: str, location: str) -> None:
    answer = await client.get("/chat/moves", params={"to": to})

    assert answer.headers["Location"] == location
