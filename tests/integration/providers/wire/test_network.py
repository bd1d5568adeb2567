"""TLS, proxies, and hosts with several addresses, over real sockets."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.providers.relay import Accept, make_certificate, relay
from tests.unit.providers.transcripts import answer_of
from tests.upstreams.openai import OpenAIUpstream, expected_text, serve_openai
from webchat.messages import TextDelta
from webchat.providers import Deadlines, OpenAICompatible
from webchat.providers import errors as e

pytestmark = pytest.mark.network


@pytest.fixture
async def upstream() -> AsyncIterator[OpenAIUpstream]:
    async with serve_openai() as server:
        yield server


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The context of a server whose certificate the providers trust."""
    server, certificate = make_certificate(tmp_path)
    client = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr("webchat.providers.wire.transport.shared_tls", lambda: client)
    return server


def port_of(upstream: OpenAIUpstream) -> int:
    return int(upstream.origin.rpartition(":")[2])


def straight_to(port: int) -> Accept:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        return port

    return accept


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def answered(base_url: str, model: str = "burst-300", **options: Any) -> None:
    events, error = await answer_of(OpenAICompatible(base_url, **options), model=model)
    assert error is None
    assert events[0] == TextDelta(expected_text(300))


async def test_an_answer_over_tls(upstream: OpenAIUpstream, tls: ssl.SSLContext) -> None:
    async with relay(straight_to(port_of(upstream)), tls) as port:
        await answered(f"https://127.0.0.1:{port}")
        await answered(f"https://127.0.0.1:{port}", "paced-300-3000")


async def test_an_answer_over_tls_that_is_cut(upstream: OpenAIUpstream, tls: ssl.SSLContext) -> None:
    async with relay(straight_to(port_of(upstream)), tls) as port:
        _, error = await answer_of(OpenAICompatible(f"https://127.0.0.1:{port}"), model="cut")
    assert type(error) is e.TruncatedAnswer
    assert error.partial_text == "This answer is cut in the mid"


async def test_a_certificate_that_nobody_vouches_for(upstream: OpenAIUpstream, tmp_path: Path) -> None:
    context, _ = make_certificate(tmp_path)
    async with relay(straight_to(port_of(upstream)), context) as port:
        _, error = await answer_of(OpenAICompatible(f"https://127.0.0.1:{port}"))
    assert type(error) is e.ConnectionFailed
    assert "certificate of 127.0.0.1 is not trusted" in str(error)
    assert upstream.requests == []


async def test_a_tls_handshake_that_hangs_ends_at_the_deadline() -> None:
    async with relay(never) as port:
        service = OpenAICompatible(f"https://127.0.0.1:{port}", deadlines=Deadlines(connect=0.1))
        _, error = await answer_of(service)
    assert isinstance(error, e.ProviderTimeout)
    assert error.phase == "connect"


async def test_a_tls_handshake_that_is_cancelled_closes_its_socket() -> None:
    came, gone = asyncio.Event(), asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        came.set()
        try:
            while await reader.read(65536):
                pass
        finally:
            gone.set()

    async with relay(accept) as port:
        task = asyncio.create_task(answer_of(OpenAICompatible(f"https://127.0.0.1:{port}")))
        await came.wait()
        task.cancel()
        async with asyncio.timeout(20):
            await gone.wait()
        await asyncio.gather(task, return_exceptions=True)


def http_proxy(heads: list[bytes], target: int | None = None) -> Accept:
    """A proxy that wants `me:pw` and leads to the port `target`."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int | None:
        head = await reader.readuntil(b"\r\n\r\n")
        heads.append(head)
        if b"Proxy-Authorization: Basic " + base64.b64encode(b"me:pw") not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return None
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return target

    return accept


async def test_an_https_service_through_an_http_proxy(upstream: OpenAIUpstream, tls: ssl.SSLContext) -> None:
    heads: list[bytes] = []
    async with (
        relay(straight_to(port_of(upstream)), tls) as secure,
        relay(http_proxy(heads, secure)) as proxy,
    ):
        await answered(f"https://127.0.0.1:{secure}", proxy=f"http://me:pw@127.0.0.1:{proxy}")
    assert heads[0].startswith(b"CONNECT 127.0.0.1:%d " % secure)


async def test_a_proxy_that_refuses(upstream: OpenAIUpstream, tls: ssl.SSLContext) -> None:
    async with relay(http_proxy([])) as proxy:
        service = OpenAICompatible("https://127.0.0.1:1", proxy=f"http://me:wrong@127.0.0.1:{proxy}")
        _, error = await answer_of(service)
    assert type(error) is e.ConnectionFailed
    assert "407" in str(error)
    assert "wrong@" not in str(error)


async def test_s6_a_proxy_that_repeats_its_password() -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        words = b"no such login as me:p%40ssword or me:p@ssword"
        writer.write(b"HTTP/1.1 407 %b\r\nContent-Length: 0\r\n\r\n" % words)
        await writer.drain()

    async with relay(accept) as proxy:
        service = OpenAICompatible("https://127.0.0.1:1", proxy=f"http://me:p%40ssword@127.0.0.1:{proxy}")
        for asked in (service.list_models(), answer_of(service)):
            try:
                outcome = await asked
            except e.ProviderError as error:
                outcome = [], error
            assert "no such login as" in str(outcome[1])
            assert "ssword" not in str(outcome[1])


async def test_a_plain_service_through_an_http_proxy(upstream: OpenAIUpstream) -> None:
    await answered("http://service.test", proxy=f"http://127.0.0.1:{port_of(upstream)}")
    assert upstream.requests[0].target == "http://service.test/v1/chat/completions"


async def test_a_service_through_a_socks_proxy(upstream: OpenAIUpstream) -> None:
    asked: list[bytes] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        await reader.readexactly(3)
        writer.write(b"\x05\x00")
        asked.append(await reader.readexactly(5 + 12 + 2))
        writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        return port_of(upstream)

    async with relay(accept) as proxy:
        await answered("http://service.test", proxy=f"socks5://127.0.0.1:{proxy}")
    assert b"service.test" in asked[0]


async def test_a_host_with_several_addresses(
    upstream: OpenAIUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        four = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]
        return [*four, (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0))]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    addresses = ["127.0.0.2", "127.0.0.1"]
    await answered(f"http://several.test:{port_of(upstream)}")

    addresses = ["127.0.0.2"]
    _, error = await answer_of(OpenAICompatible(f"http://several.test:{port_of(upstream)}"))
    assert type(error) is e.ConnectionFailed
    assert "nothing is listening at several.test" in str(error)


async def test_slow_address_does_not_delay_the_next_one(
    upstream: OpenAIUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    connect = loop.create_connection

    async def slow_first(factory: Any, host: str, port: int) -> Any:
        if host == "127.0.0.2":
            await asyncio.Event().wait()
        return await connect(factory, host, port)

    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr(loop, "create_connection", slow_first)
    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr("webchat.providers.wire.network._NEXT_ADDRESS_AFTER", 0.01)
    await answered(f"http://several.test:{port_of(upstream)}")


async def test_a_host_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    _, error = await answer_of(OpenAICompatible("https://nobody.test"))
    assert type(error) is e.ConnectionFailed
    assert "unknown host nobody.test" in str(error)
