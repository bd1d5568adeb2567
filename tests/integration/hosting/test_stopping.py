"""SIGTERM ends the server in good order although somebody still listens to it."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.forked import ForkedProcess
from tests.running_app import RunningApp, clean_environment

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("built")]

ENDLESS_UNTIL_STOPPING = """
import asyncio, socket
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route
from webchat.hosting.server import serve
from webchat.services.shutdown import on_stopping
from webchat.settings import load_settings

stopping = asyncio.Event()

def fails():
    raise RuntimeError("one callback that fails")

async def stop():
    stopping.set()

async def words(request):
    async def stream():
        yield b"first\\n"
        await stopping.wait()
        yield b"last\\n"
    return StreamingResponse(stream())

on_stopping(fails)
on_stopping(stop)
listening = socket.create_server(("127.0.0.1", 0))
port = listening.getsockname()[1]
app = Starlette(routes=[Route("/", words)])
raise SystemExit(serve(app, load_settings(), listening, lambda: print(port, flush=True)))
"""


def test_streams_are_told_to_end_and_end_completely() -> None:
    with ForkedProcess(ENDLESS_UNTIL_STOPPING, [], clean_environment(), errors_apart=True) as server:
        port = int(server.stdout.readline())
        with httpx.stream("GET", f"http://127.0.0.1:{port}/", timeout=30) as response:
            lines = response.iter_lines()
            assert next(lines) == "first"

            server.send_signal(signal.SIGTERM)

            assert list(lines) == ["last"]
        assert server.wait(30) == 0


async def test_an_open_websocket_does_not_hold_it_up(tmp_path: Path) -> None:
    running = RunningApp(tmp_path / "data").start()
    url = running.url.replace("http", "ws", 1) + "/_event/?EIO=4&transport=websocket"
    async with connect(url, additional_headers={"Origin": running.url}) as socket:
        await socket.recv()

        assert running.stop() == 0
