"""Readers of answers over HTTP, and a look into the database behind them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import dataclass

import httpx

from tests.running_app import RunningApp
from tests.tab import Tab, lines_of

PROVIDER = "127.0.0.1"
"""The name webchat gives the provider of `OPENAI_BASE_URL`: its host."""


@dataclass(frozen=True)
class Event:
    """One server-sent event; `words` is empty for the end."""

    id: str
    name: str
    words: str


async def events(client: httpx.AsyncClient, message_id: str, after: str = "") -> AsyncGenerator[Event, None]:
    """Follow an answer as a browser does, from an event id on."""
    async for event in events_of(client, f"/api/messages/{message_id}/stream", after):
        yield event


async def events_of(client: httpx.AsyncClient, path: str, after: str = "") -> AsyncGenerator[Event, None]:
    """The events of a stream from an event id on."""
    headers = {"Last-Event-ID": after} if after else {}
    async with client.stream("GET", path, headers=headers) as response:
        response.raise_for_status()
        fields: dict[str, str] = {}
        async for line in lines_of(response):
            name, _, value = line.partition(":")
            if line:
                fields[name] = value
            elif "data" in fields:
                words = json.loads(fields["data"]) if fields["data"] else ""
                yield Event(fields.get("id", ""), fields.get("event", "message"), words)
                fields = {}


async def read(client: httpx.AsyncClient, message_id: str, after: str = "") -> tuple[str, str]:
    """Reasoning and text from an event id on, read to the end event."""
    found = [event async for event in events(client, message_id, after)]
    assert found[-1].name == "end"
    reasoning = "".join(event.words for event in found if event.name == "reasoning")
    return reasoning, "".join(event.words for event in found if event.name == "message")


async def wait_for_first_text(client: httpx.AsyncClient, message_id: str) -> str:
    """Wait for an answer's first words and go."""
    stream = events(client, message_id)
    async for event in stream:
        if event.words:
            await stream.aclose()
            return event.words
    raise AssertionError("the answer ended without a word")


async def ask(tab: Tab, model: str, text: str = "Hello") -> str:
    """Send with a model of the upstream; returns the id of the answer."""
    if tab.state.get("model") != f"{PROVIDER}:{model}":
        await tab.choose_model(f"{PROVIDER}:{model}")
    return await tab.send(text)


async def stop(tab: Tab) -> None:
    """Press Stop and wait until the page shows that the answer has ended."""
    await tab._emit("reflex___state____state.webchat___state___chat____chat_state.stop_answer")
    while tab.state["messages"][-1]["status"] == "streaming":
        await tab._receive()


def stored(app: RunningApp, message_id: str) -> tuple[str, str, str]:
    """Status, reasoning and text of a message in the database."""
    with closing(sqlite3.connect(app.data_dir / "webchat.db")) as database:
        row = database.execute(
            "SELECT status, reasoning, content FROM message WHERE id = ?", (message_id,)
        ).fetchone()
    assert row is not None
    return tuple(row)


def integrity(app: RunningApp) -> str:
    with closing(sqlite3.connect(app.data_dir / "webchat.db")) as database:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])
