from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from webchat.providers.discovery import USUAL_PORTS, FoundServer, find_local_servers


def machine(**servers: Any) -> httpx.MockTransport:
    """A machine on whose ports (`p11434=...`) JSON, a status or an exception waits; the others refuse.

    A dict of paths answers each path with its value, and all others with 404.
    """

    async def handle(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "127.0.0.1"
        value = servers.get(f"p{request.url.port}", httpx.ConnectError("refused"))
        paths = value if isinstance(value, dict) and "/v1/models" in value else {"/v1/models": value}
        value = paths.get(request.url.path, httpx.Response(404))
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


VERSION = {"version": "0.13.1"}
PLAIN = listing("m", owner="somebody")

SERVERS: dict[str, dict[str, Any]] = {
    "Ollama": {"/v1/models": listing("llama3.2:latest"), "/api/version": VERSION},
    "LM Studio": {"/v1/models": PLAIN, "/api/v0/models": {"object": "list", "data": []}},
    "llama.cpp": {"/v1/models": PLAIN, "/props": {"default_generation_settings": {"n_ctx": 4096}}},
    "vLLM": {"/v1/models": PLAIN, "/version": {"version": "0.10.1"}},
    # It offers Ollama's API as well.
    "KoboldCpp": {
        "/v1/models": PLAIN,
        "/api/extra/version": {"result": "KoboldCpp", "version": "1.99"},
        "/api/version": VERSION,
    },
    "LiteLLM": {"/v1/models": PLAIN, "/health/liveliness": "I'm alive!"},
    "g4f": {"/v1/models": PLAIN, "/v1": httpx.Response(200, text='g4f API: <a href="/v1/models">models</a>')},
    "llama-cpp-python": {"/v1/models": listing("m", owner="me")},
}


@pytest.mark.parametrize("port", USUAL_PORTS)
@pytest.mark.parametrize("name", SERVERS)
async def test_a_server_is_named_by_what_it_is_on_whatever_port(name: str, port: int) -> None:
    (found,) = await find_local_servers(machine(**{f"p{port}": SERVERS[name]}))
    assert (found.name, found.base_url) == (name, f"http://127.0.0.1:{port}/v1")
    assert len(found.models) == 1


@pytest.mark.parametrize("owner", ["llamacpp", "vllm", "organization_owner"])
async def test_server_named_by_its_model_list_gets_no_more_requests(owner: str) -> None:
    (found,) = await find_local_servers(machine(p8000={"/v1/models": listing("x", owner=owner)}))
    assert found.name == {"llamacpp": "llama.cpp", "vllm": "vLLM", "organization_owner": "LM Studio"}[owner]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"/api/version": httpx.ReadError("reset"), "/props": asyncio.Event},
        {"/api/version": [1], "/props": "x", "/version": httpx.Response(200, text="<html>")},
        # LM Studio's habit for a path it does not know, and a page for everything.
        {path: {"error": "Unexpected endpoint"} for path in ("/api/version", "/props", "/version")},
    ],
)
async def test_a_server_nobody_knows_is_named_by_its_port(more: dict[str, Any]) -> None:
    stand_in = {"/v1/models": PLAIN, **more}
    (found,) = await find_local_servers(machine(p11434=stand_in), timeout=0.5)
    assert found == FoundServer("Server on port 11434", "http://127.0.0.1:11434/v1", ("m",))


@pytest.mark.parametrize("empty", [{"object": "list", "data": None}, {"object": "list", "data": []}])
async def test_a_server_without_models_is_found_too(empty: dict[str, Any]) -> None:
    assert await find_local_servers(machine(p11434=empty)) == [
        FoundServer("Server on port 11434", "http://127.0.0.1:11434/v1", ())
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
    found = await find_local_servers(transport, timeout=0.5)
    assert [server.models for server in found] == [("x",)]


async def test_all_ports_are_asked_at_once() -> None:
    asked: list[int | None] = []
    everyone = asyncio.Event()

    async def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/models":
            return httpx.Response(404)
        asked.append(request.url.port)
        if len(asked) == len(USUAL_PORTS):
            everyone.set()
        await everyone.wait()
        return httpx.Response(200, json=listing())

    found = await find_local_servers(httpx.MockTransport(handle), timeout=30)
    assert len(found) == len(USUAL_PORTS)
    assert set(asked) == set(USUAL_PORTS) == {11434, 1234, 8080, 8000, 9931, 5001, 4000, 1337}
