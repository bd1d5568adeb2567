"""What strangers' tabs cost in memory: many opened and closed, large events, and a reader that never reads.

    uv run python -m tests.benchmarks.tabs_flood [--tabs 10000] [--held 1200] [--events 300] [--unread 400]

Prints the server's resident memory after each; S13 allows 200 MiB more than before a flood of new clients.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
import tempfile
import uuid
from pathlib import Path

import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.running_app import RunningApp, build_once
from tests.tab import CHAT

NAMESPACE = "/_event"
HISTORY = "reflex___state____state.webchat___state___history____history_state"
AT_ONCE = 50


def resident(app: RunningApp) -> float:
    """MiB of the server process."""
    return float(psutil.Process(app.pid).memory_info().rss) / 2**20


def frame(name: str, payload: dict[str, object]) -> str:
    """A socket.io frame that calls a handler."""
    event = {"name": name, "payload": payload, "router_data": {"pathname": "/", "asPath": "/"}}
    return f'42{NAMESPACE},["event",{json.dumps(event)}]'


async def open_tab(app: RunningApp) -> ClientConnection:
    """A new tab with its first page loaded, as Reflex's page does it."""
    address = app.url.replace("http", "ws", 1)
    tab = await connect(
        f"{address}{NAMESPACE}/?EIO=4&transport=websocket&token={uuid.uuid4()}",
        origin=app.url,  # type: ignore[arg-type]
        max_size=None,
        compression=None,
    )
    await tab.recv()
    await tab.send(f"40{NAMESPACE},")
    while not str(await tab.recv()).startswith(f"40{NAMESPACE}"):
        pass
    await tab.send(frame("reflex___state____state.hydrate_and_load", {}))
    while '"choices' not in str(await tab.recv()):  # the last thing a page loads
        pass
    return tab


async def open_and_close(app: RunningApp) -> None:
    tab = await open_tab(app)
    await tab.close()


async def flood_with_tabs(app: RunningApp, tabs: int) -> None:
    """Open and close tabs, some at a time."""
    for begun in range(0, tabs, AT_ONCE):
        await asyncio.gather(*(open_and_close(app) for _ in range(min(AT_ONCE, tabs - begun))))


async def hold_open(app: RunningApp, tabs: int) -> int:
    """Keep tabs open until all are; returns how many the server took."""
    opened: list[ClientConnection] = []
    for _ in range(tabs):
        try:
            opened.append(await open_tab(app))
        except (WebSocketException, OSError):
            break
    held = f"{len(opened)} tabs held open"
    sys.stdout.write(f"{held:<31} {resident(app):6.0f} MiB\n")
    await asyncio.gather(*(tab.close() for tab in opened))
    return len(opened)


async def flood_with_events(app: RunningApp, events: int) -> int:
    """Have tabs keep 990 kB each; returns how many events were taken before the connection was closed."""
    taken = 0
    for _ in range(events):
        tab = await open_tab(app)
        try:
            await tab.send(frame(f"{HISTORY}.filter_model", {"model": "x" * 990_000}))
            await asyncio.wait_for(tab.recv(), 10)
            taken += 1
            await tab.close()
        except (WebSocketException, TimeoutError):
            pass
    return taken


def never_read(app: RunningApp, events: int) -> int:
    """Ask for everything again and again and read none of it; returns how many events could be sent."""
    host, port = "127.0.0.1", app.port
    with socket.create_connection((host, port)) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(5)
        raw.sendall(
            (
                f"GET {NAMESPACE}/?EIO=4&transport=websocket&token={uuid.uuid4()} HTTP/1.1\r\n"
                f"Host: {host}:{port}\r\nOrigin: {app.url}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            ).encode()
        )
        raw.recv(4096)
        sent = 0
        try:
            raw.sendall(masked(f"40{NAMESPACE},"))
            raw.sendall(masked(frame(f"{CHAT}.choose_model", {"model": "x" * 900_000})))
            for sent in range(1, events + 1):
                raw.sendall(
                    masked(frame(f"{CHAT}.change_system_prompt", {"text": f"{sent}" + "x" * 200_000}))
                )
                raw.sendall(masked(frame("reflex___state____state.hydrate", {})))
        except OSError:
            pass
        return sent


def masked(text: str) -> bytes:
    """A websocket text frame from a client, masked with zeros."""
    data = text.encode()
    if len(data) < 126:
        head = bytes([0x81, 0x80 | len(data)])
    elif len(data) < 65536:
        head = bytes([0x81, 0x80 | 126]) + len(data).to_bytes(2, "big")
    else:
        head = bytes([0x81, 0x80 | 127]) + len(data).to_bytes(8, "big")
    return head + bytes(4) + data


async def run(tabs: int, held: int, events: int, unread: int) -> None:
    with tempfile.TemporaryDirectory() as folder, RunningApp(Path(folder) / "data", forked=False) as app:
        await open_and_close(app)
        began = resident(app)
        sys.stdout.write(f"{'before':<31} {began:6.0f} MiB\n")
        for what, flood in (
            (f"{tabs} tabs opened and closed", flood_with_tabs(app, tabs)),
            (f"{held} tabs open at once", hold_open(app, held)),
            (f"{events} events of 990 kB", flood_with_events(app, events)),
            (f"{unread} answers never read", asyncio.to_thread(never_read, app, unread)),
        ):
            taken = await flood
            await asyncio.sleep(2)
            now = resident(app)
            grown = f"({now - began:+.0f})"
            sys.stdout.write(f"{what:<31} {now:6.0f} MiB {grown:>6}  {taken or ''}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tabs", type=int, default=10_000)
    parser.add_argument("--held", type=int, default=1_200)
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--unread", type=int, default=400)
    given = parser.parse_args()
    build_once()
    asyncio.run(run(given.tabs, given.held, given.events, given.unread))


if __name__ == "__main__":
    main()
