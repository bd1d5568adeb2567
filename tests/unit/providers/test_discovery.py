from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from webchat.providers.discovery import USUAL_PORTS, FoundServer, find_local_servers


def machine(**servers: Any) -> httpx.MockTransport:
    """A machine on whose ports (`p11434=...`) JSON, a status or an exception waits; the others refuse."""

    async def handle(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "127.0.0.1"
        assert request.url.path == "/v1/models"
        value = servers.get(f"p{request.url.port}", httpx.ConnectError("refused"))
        if isinstance(value, Exception):
            raise value
        if isinstance(value, httpx.Response):
            return value
        if value is asyncio.Event:
            await asyncio.Event().wait()
        return httpx.Response(200, json=value)

    return httpx.MockTransport(handle)


def listing(*names: str, owner: str = "library") -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": owner} for name in names]}


async def test_each_server_is_found_and_named() -> None:
    transport = machine(
        p11434=listing("llama3.2:latest"),
        p1234=listing("gemma", owner="organization_owner"),
        p8080=listing("a.gguf", owner="llamacpp"),
        p8000=listing("meta/x", "meta/y", owner="vllm"),
    )
    assert await find_local_servers(transport) == [
        FoundServer("Ollama", "http://127.0.0.1:11434/v1", ("llama3.2:latest",)),
        FoundServer("LM Studio", "http://127.0.0.1:1234/v1", ("gemma",)),
        FoundServer("llama.cpp", "http://127.0.0.1:8080/v1", ("a.gguf",)),
        FoundServer("vLLM", "http://127.0.0.1:8000/v1", ("meta/x", "meta/y")),
    ]


async def test_a_server_on_another_ones_port_tells_its_own_name() -> None:
    found = await find_local_servers(machine(p8080=listing("x", owner="vllm")))
    assert [server.name for server in found] == ["vLLM"]


@pytest.mark.parametrize("empty", [{"object": "list", "data": None}, {"object": "list", "data": []}])
async def test_a_server_without_models_is_found_too(empty: dict[str, Any]) -> None:
    assert await find_local_servers(machine(p11434=empty)) == [
        FoundServer("Ollama", "http://127.0.0.1:11434/v1", ())
    ]


@pytest.mark.parametrize(
    "something_else",
    [
        {"hello": "world"},
        {"data": [{"id": "no object"}]},
        {"object": "list", "data": [{"x": 1}]},
        {"object": "list", "data": "x"},
        ["a", "b"],
        "text",
        httpx.Response(401, json={"error": "no"}),
        httpx.Response(200, text="<html>a development server</html>"),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b'{"object":"list","data":[' + b" " * (3 << 20)),
        httpx.Response(302, headers={"location": "http://192.0.2.1/"}),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("not HTTP"),
        asyncio.Event,
    ],
)
async def test_whatever_else_listens_there_is_passed_over(something_else: Any) -> None:
    transport = machine(p8080=something_else, p11434=listing("x"))
    assert [server.name for server in await find_local_servers(transport, timeout=0.05)] == ["Ollama"]


async def test_all_ports_are_asked_at_once() -> None:
    asked: list[int | None] = []
    everyone = asyncio.Event()

    async def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.port)
        if len(asked) == len(USUAL_PORTS):
            everyone.set()
        await everyone.wait()
        return httpx.Response(200, json=listing())

    found = await find_local_servers(httpx.MockTransport(handle), timeout=30)
    assert len(found) == len(asked) == 4
