"""Answers of a real server: read from anywhere, by anyone of the same person, dropped and resumed at will."""

from __future__ import annotations

import asyncio
import random
import uuid

import httpx
import pytest

from tests.integration.server.reading import (
    PROVIDER,
    Event,
    ask,
    events,
    events_of,
    read,
    stored,
    wait_for_first_text,
)
from tests.running_app import RunningApp
from tests.tab import Tab
from tests.upstreams.openai import expected_text

pytestmark = pytest.mark.network

DROPS = 200


async def test_a_message_is_sent_streamed_and_stored(app: RunningApp, client: httpx.AsyncClient) -> None:
    async with Tab(app.url) as tab:
        message_id = await ask(tab, "echo", "Grüße 👋\n\u2028 <b>an alle</b>")

        assert await read(client, message_id) == ("", "Grüße 👋\n\u2028 <b>an alle</b>")

    assert stored(app, message_id) == ("complete", "", "Grüße 👋\n\u2028 <b>an alle</b>")


async def test_reasoning_comes_apart_from_the_text(app: RunningApp, client: httpx.AsyncClient) -> None:
    async with Tab(app.url) as tab:
        message_id = await ask(tab, "reasoning")
        words = ("Let me think about it.", "The answer is 42.")

        assert await read(client, message_id) == words

    assert await read(client, message_id) == words
    assert stored(app, message_id) == ("complete", *words)
    batch = (await client.get("/api/messages", params={"ids": message_id})).json()
    assert batch == {
        message_id: {
            "role": "assistant",
            "parts": [{"type": "text", "text": words[1]}],
            "reasoning": words[0],
        }
    }


async def test_readers_at_any_position_get_the_same_text(app: RunningApp, client: httpx.AsyncClient) -> None:
    async with Tab(app.url) as tab, Tab(app.url) as other:
        message_id = await ask(tab, "paced-300-400")
        first = asyncio.create_task(read(client, message_id))
        await wait_for_first_text(client, message_id)
        # Somebody else's answer at the same time must not get in between.
        elsewhere = await ask(other, "paced-100-400")
        second, third = await asyncio.gather(read(client, message_id), read(client, elsewhere))
    afterwards = await read(client, message_id)
    from_the_middle = await read(client, message_id, after="400")

    text = expected_text(300)
    assert await first == second == afterwards == ("", text)
    assert from_the_middle == ("", text[400:])
    assert third == ("", expected_text(100))
    assert stored(app, message_id)[2] == text


async def test_two_hundred_drops_lose_and_double_nothing(app: RunningApp, client: httpx.AsyncClient) -> None:
    chance = random.Random(4)
    dropped = 0
    while dropped < DROPS:  # one answer is enough where the machine has time to send it in many pieces
        async with Tab(app.url) as tab:
            message_id = await ask(tab, "paced-1200-400")
            readers = await asyncio.gather(
                *(read_with_drops(client, message_id, random.Random(chance.random())) for _ in range(14))
            )

        assert {text for text, _ in readers} == {expected_text(1200)}
        dropped += sum(drops for _, drops in readers)


async def read_with_drops(
    client: httpx.AsyncClient, message_id: str, chance: random.Random
) -> tuple[str, int]:
    """Read to the end, leaving in the middle and coming back again and again; returns text and drops."""
    text, after, drops = "", "", 0
    while True:
        patience = chance.randint(1, 6)
        stream = events(client, message_id, after)
        async for event in stream:
            if event.name == "end":
                return text, drops
            text += event.words
            after = event.id
            patience -= 1
            if not patience:
                break
        await stream.aclose()
        drops += 1


async def test_an_answer_is_read_by_the_id_of_its_send(app: RunningApp, client: httpx.AsyncClient) -> None:
    async with Tab(app.url) as tab:
        await tab.choose_model(f"{PROVIDER}:reasoning")
        client_id = uuid.uuid4().hex
        path = f"/api/sent/{client_id}/stream"
        early = asyncio.create_task(all_events(client, path))
        message_id = await tab.send("Why?", client_id)
        found = [*await early, *await all_events(client, path), *await all_events(client, path, "23.4")]

    names = [event.name for event in found]
    assert (names[0], names[-1], names.count("answer")) == ("answer", "end", 3)
    assert {event.words for event in found if event.name == "answer"} == {message_id}
    words = "The answer is 42."
    assert "".join(event.words for event in found if event.name == "message") == words * 2 + words[4:]


async def all_events(client: httpx.AsyncClient, path: str, after: str = "") -> list[Event]:
    return [event async for event in events_of(client, path, after)]


async def test_another_site_reads_no_answer(app: RunningApp, client: httpx.AsyncClient) -> None:
    async with Tab(app.url) as tab:
        await tab.choose_model(f"{PROVIDER}:echo")
        message_id = await tab.send("For this site alone", client_id := uuid.uuid4().hex)
        await read(client, message_id)
    for path in (
        f"/api/messages/{message_id}/stream",
        f"/api/messages?ids={message_id}",
        f"/api/sent/{client_id}/stream",
    ):
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
            {"Host": "rebound.example"},
        ):
            refused = await client.get(path, headers=headers)
            assert refused.status_code == 403, (path, headers)
            assert "alone" not in refused.text
        assert (await client.get(path, headers={"Origin": app.url})).status_code == 200


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    for wrong in ("nothing", "%00", "%ED%A0%80", "x" * 2000):
        response = await client.get(f"/api/messages/{wrong}/stream")
        assert response.status_code == 404
        assert response.json()["error"]
    assert (await client.get("/api/messages", params={"ids": ",".join(["x"] * 201)})).json() == {}
    assert (await client.post("/api/messages/nothing/stream")).status_code == 405
