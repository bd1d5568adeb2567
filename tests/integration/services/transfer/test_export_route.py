"""Exports over HTTP: headers, names, and nobody else's conversations."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from tests.integration.services.world import World
from webchat.http import export
from webchat.services.runtime import install
from webchat.services.transfer.exports import MAX_CHOSEN


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    install(world.services)
    transport = httpx.ASGITransport(Starlette(routes=export.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat") as client:
        yield client
    install(None)


async def test_all_conversations_are_a_download(world: World, client: httpx.AsyncClient) -> None:
    await world.asked("Hello")
    answer = await client.get("/api/export?format=json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"].startswith('attachment; filename="webchat 20')
    assert answer.headers["cache-control"] == "no-store"
    assert len(json.loads(answer.text)["conversations"]) == 1


async def test_the_name_of_one_is_its_title(world: World, client: httpx.AsyncClient) -> None:
    row = await world.asked('Привет"; filename="x.exe\r\n')
    answer = await client.get(f"/api/export?format=html&conversation={row.conversation_id}")

    assert answer.headers["content-disposition"] == (
        'attachment; filename="conversation.html"; '
        "filename*=UTF-8''%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82%20filename%20x%20exe.html"
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("format=exe", 400), ("format=json&conversation=", 404), ("format=json&conversation=1", 404)],
)
async def test_what_is_not_there_is_refused(client: httpx.AsyncClient, query: str, status: int) -> None:
    answer = await client.get(f"/api/export?{query}")

    assert answer.status_code == status
    assert answer.json()["error"]


async def test_nobody_known_gets_nothing(world: World, client: httpx.AsyncClient) -> None:
    world.services.accounts._local = None

    assert (await client.get("/api/export?format=json")).status_code == 401


async def test_a_form_exports_the_chosen_ones(world: World, client: httpx.AsyncClient) -> None:
    chosen = [(await world.asked(f"Number {number}")).conversation_id for number in range(2)]
    await world.asked("Another")
    answer = await client.post("/api/export", data={"format": "json", "conversation": chosen})

    assert [each["id"] for each in answer.json()["conversations"]] == sorted(chosen)


@pytest.mark.parametrize(
    ("ids", "status", "words"),
    [
        ([], 400, "No conversation is selected"),
        (["1"], 404, "no longer exists"),
        ([f"{number:032}" for number in range(MAX_CHOSEN + 1)], 413, "At most 1,000 conversations"),
        (["x" * 100_000], 413, "At most 1,000 conversations"),
    ],
    ids=["none", "unknown", "too many", "too large"],
)
async def test_a_form_that_cannot_be_exported_is_explained(
    client: httpx.AsyncClient, ids: list[str], status: int, words: str
) -> None:
    form = {"format": "json", "conversation": ids}
    answer = await client.post("/api/export", data=form)
    page = await client.post("/api/export", data=form, headers={"Accept": "text/html"})

    assert (answer.status_code, page.status_code) == (status, status)
    assert words in answer.json()["error"]
    assert words in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
