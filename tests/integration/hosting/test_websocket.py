"""What a stranger sends over the real server's websocket: other tabs go on, and the log stays small."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from tests.benchmarks.tabs_flood import NAMESPACE, frame, never_read, open_tab
from tests.running_app import RunningApp
from tests.tab import CHAT, NOTICE, Tab

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("built")]

PREFERENCES = "reflex___state____state.webchat___state___preferences____preferences_state"
CANARY = "canary-of-a-key"
MALFORMED = [
    frame("no.such.handler", {"key": f"sk-{CANARY}"}),
    frame(f"{CHAT}.choose_model", {"nope": CANARY}),
    frame(f"{CHAT}.choose_model", {"model": [CANARY]}),
    frame(f"{CHAT}.setvar", {"var_name": "title", "value": CANARY}),
    f'42{NAMESPACE},["event",{{"name":"{CHAT}.open_new","payload":{{}},"router_data":{{"asPath":5}}}}]',
    f'42{NAMESPACE},["event","{CANARY}"]',
    f'42{NAMESPACE},["event",5]',
    f'42{NAMESPACE},["event"]',
    f'42{NAMESPACE},["event",{{"name":"{CHAT}.open_new"}},"{CANARY}"]',
    f'42{NAMESPACE},["{CANARY}",{{}}]',
    f'42{NAMESPACE},["client_error",{{"message":"{CANARY}"}}]'.replace(CANARY, "x" * 5_000),
    f"42{NAMESPACE},[",
    f'42{NAMESPACE},["event",' + "[" * 100_000,
    f'42{NAMESPACE},["event",{{"name":"{CHAT}.choose_model","payload":{{"model":{"9" * 5_000}}}}}]',
    f'451-{NAMESPACE},["event",{{"_placeholder":true,"num":0}}]',
    f"40{NAMESPACE},",
    "41/other,",
    "9nothing",
    "",
]


async def sent(tab: ClientConnection, handler: str, **payload: Any) -> dict[str, Any]:
    """Call a handler and return the first delta that comes."""
    await tab.send(frame(handler, payload))
    return await received(tab)


async def received(tab: ClientConnection) -> dict[str, Any]:
    """The next delta."""
    while True:
        message = str(await tab.recv())
        if message.startswith("42"):
            return dict(json.loads(message.partition(",")[2])[1].get("delta") or {})


async def system_prompt(tab: ClientConnection, handler: str, **payload: Any) -> str:
    """Call a handler of the preferences and return the default system prompt as its tab is shown it then."""
    delta = await sent(tab, f"{PREFERENCES}.{handler}", **payload)
    while PREFERENCES not in delta:
        message = str(await tab.recv())
        delta = json.loads(message.partition(",")[2])[1].get("delta") or {} if message != "2" else {}
    return str(delta[PREFERENCES]["system_prompt_rx_state_"])


async def test_half_a_character_closes_no_connection(app: RunningApp) -> None:
    tab = await open_tab(app)
    form = {"system_prompt": "half \ud83d of it", "temperature": ""}
    assert await system_prompt(tab, "save", form=form) == "half \ufffd of it"
    await sent(tab, f"{NOTICE}.tell", text="half \ud83d of it")
    await tab.close()

    other = await open_tab(app)
    assert await system_prompt(other, "load") == "half \ufffd of it"
    await other.close()


async def test_stored_lone_surrogate_does_not_close_the_connection(app: RunningApp) -> None:
    tab = await open_tab(app)
    await system_prompt(tab, "save", form={"system_prompt": "whole", "temperature": ""})
    with closing(sqlite3.connect(app.data_dir / "webchat.db")) as database, database:
        database.execute(
            "UPDATE setting SET value = ? WHERE key = ?",
            [json.dumps("half \ud83d of it"), "default_system_prompt"],
        )

    assert await system_prompt(tab, "load") == "half \ufffd of it"
    await tab.close()


async def test_s6_nothing_of_malformed_events_is_logged(app: RunningApp) -> None:
    before = len(app.log.splitlines())
    for message in MALFORMED:
        tab = await open_tab(app)
        try:
            await tab.send(message)
            await tab.send(frame(f"{CHAT}.open_new", {}))
            await tab.recv()
        except WebSocketException:
            pass  # what is no frame of socket.io at all may end its own connection
        await tab.close()

    async with Tab(app.url) as other:
        await other.send("Hello")
    lines = app.log.splitlines()[before:]
    assert CANARY not in app.log
    assert "Traceback" not in app.log
    assert len(lines) <= 2 * len(MALFORMED)
    assert max(map(len, lines)) < 3_000


async def test_a_flood_of_malformed_events_is_a_page_of_log(app: RunningApp) -> None:
    before = len(app.log)
    tab = await open_tab(app)
    for _ in range(500):
        await tab.send(frame("no.such.handler", {"text": "x" * 10_000}))
    # Once this is shown, all before it has been looked at; what stays unread would hold up the closing.
    await tab.send(frame(f"{NOTICE}.tell", {"text": "The end"}))
    while (await received(tab)).get(NOTICE, {}).get("text_rx_state_") != "The end":
        pass
    await tab.close()

    assert len(app.log) - before < 50_000


async def test_an_address_that_is_none_is_answered_once(app: RunningApp) -> None:
    tab = await open_tab(app)
    bad = json.loads(frame(f"{CHAT}.open_new", {}).partition(",")[2])
    bad[1]["router_data"] = {"pathname": "/", "asPath": 5}
    await tab.send(f"42{NAMESPACE},{json.dumps(bad)}")
    await sent(tab, f"{CHAT}.open_new")
    await tab.close()

    async with Tab(app.url) as other:
        before = app.log
        await other.send("Hello")
    assert app.log == before


async def test_tab_with_dropped_state_shows_its_conversation_again(
    app: RunningApp,
) -> None:
    async with Tab(app.url) as tab:
        await tab.send("Hello")
        id, token = tab.state["conversation_id"], tab.token
    for _ in range(210):  # more tabs than are kept
        await (await open_tab(app)).close()

    back = Tab(app.url)
    back.token = token
    async with back:
        assert back.state.get("conversation_id", "") == ""
        await back.open_conversation(id)
        assert len(back.state["messages"]) == 2


async def test_a_tab_that_never_reads_is_disconnected(tmp_path: Path) -> None:
    with RunningApp(tmp_path / "data") as app:
        taken = await asyncio.to_thread(never_read, app, 400)

        assert taken < 400
    assert "it does not read its messages" in app.log


SHORT_HEAD = """
from dataclasses import replace
from webchat.hosting import server
of_process = server.limits_of_this_process
server.limits_of_this_process = lambda: replace(of_process(), head=2)
"""


def test_more_clients_than_files_do_not_stop_the_service(tmp_path: Path) -> None:
    with RunningApp(tmp_path / "data", before=SHORT_HEAD) as app:
        limit = 256
        psutil.Process(app.pid).rlimit(psutil.RLIMIT_NOFILE, (limit, limit))
        held = [socket.create_connection(("127.0.0.1", app.port)) for _ in range(limit + 50)]
        try:
            for one in held:
                one.settimeout(60)
            # Those that do not say what they want are let go, and the next one is served.
            assert not any(one.recv(1) for one in held[: limit // 2])
            with socket.create_connection(("127.0.0.1", app.port), 60) as late:
                host = app.url.removeprefix("http://").encode()
                late.sendall(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
                late.settimeout(60)
                assert late.recv(12) == b"HTTP/1.1 200"
        finally:
            for one in held:
                one.close()
