"""Repeated sends, and a stop in the middle of work, over the real server (R3, R6)."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections import Counter
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.integration.server.reading import PROVIDER, ask, integrity, read, stored, wait_for_first_text
from tests.running_app import RunningApp
from tests.tab import Tab
from webchat.storage.location import DATABASE_FILE

pytestmark = pytest.mark.network

SENDS = 30


async def test_repeats_from_several_tabs_are_one_send(
    app: RunningApp, client: httpx.AsyncClient, control: httpx.AsyncClient
) -> None:
    await control.post("/control/forget")
    ids = [uuid.uuid4().hex for _ in range(SENDS)]

    async def send_all(tab: Tab) -> None:
        """Begin a conversation with each, as an outbox does that is delivered after a lost connection."""
        await tab.choose_model(f"{PROVIDER}:echo")
        for id in ids:
            await tab.do(
                "send_message",
                text=f"Text of {id}",
                client_id=id,
                conversation_id="",
                model=f"{PROVIDER}:echo",
            )
            while id not in tab.state.get("accepted_ids", []):
                await tab.receive()

    async with Tab(app.url) as one, Tab(app.url) as two, Tab(app.url) as three:
        await asyncio.gather(*map(send_all, (one, two, three)))

    with closing(sqlite3.connect(app.data_dir / DATABASE_FILE)) as database:
        rows = database.execute(
            "SELECT sent.id, answer.id FROM client_id sent"
            " JOIN message answer ON answer.parent_id = sent.message_id"
        )
        answers = [(client_id, answer) for client_id, answer in rows if client_id in ids]
    assert Counter(client_id for client_id, _ in answers) == Counter(ids)
    for client_id, answer in answers:
        assert await read(client, answer) == ("", f"Text of {client_id}")
    requests = (await control.get("/control/requests")).json()
    assert sum(request["model"] == "echo" for request in requests) == SENDS


SHORT_GRACE = """
from functools import partialmethod
from webchat.services.answers.generations import Generations
Generations.close = partialmethod(Generations.close, grace=2)
"""


async def test_a_shutdown_keeps_what_long_answers_have(built: None, upstream: str, tmp_path: Path) -> None:
    app = RunningApp(tmp_path / "data", {"OPENAI_BASE_URL": upstream}, before=SHORT_GRACE).start()
    async with (
        httpx.AsyncClient(base_url=app.url, timeout=30) as client,
        Tab(app.url) as long,
        Tab(app.url) as late,
    ):
        long_id = await ask(long, "drip")
        await wait_for_first_text(client, long_id)
        await late.choose_model(f"{PROVIDER}:drip")
        stopping = asyncio.create_task(asyncio.to_thread(app.stop))
        late_id = await send_as_it_stops(late, stopping)

        assert await stopping == 0
    status, _, text = stored(app, long_id)
    assert status == "interrupted"
    assert len(text) > 20
    assert ("drip " * (len(text) // 5 + 1)).startswith(text)
    assert late_id is None or stored(app, late_id)[0] == "interrupted"
    assert integrity(app) == "ok"
    assert "Traceback" not in app.log


async def send_as_it_stops(tab: Tab, stopping: asyncio.Task[int]) -> str | None:
    """Send once the server is stopping; the answer's id if it still took the message."""
    await asyncio.sleep(0.2)
    try:
        return await tab.send("One more thing")
    except ConnectionClosed:
        assert stopping.done()
        return None
