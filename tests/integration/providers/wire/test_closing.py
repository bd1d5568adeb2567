"""Stop, and what is left behind: nothing (R5, R7)."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import AsyncIterator

import psutil
import pytest

from tests.upstreams.openai import OpenAIUpstream, serve_openai
from webchat.messages import Message, Role, TextDelta
from webchat.providers import ChatRequest, OpenAICompatible
from webchat.providers.wire.connection import ConnectionOptions
from webchat.providers.wire.http import Call, open_answer

pytestmark = pytest.mark.network

HI = [Message(Role.USER, "hi")]


@pytest.fixture
async def upstream() -> AsyncIterator[OpenAIUpstream]:
    async with serve_openai() as server:
        yield server


def open_files() -> int:
    return psutil.Process().num_fds()


async def until_quiet(upstream: OpenAIUpstream) -> None:
    """Wait until the upstream has seen every connection end, and every task but this one is done."""
    async with asyncio.timeout(20):
        for connection in list(upstream.connections):
            await connection.gone.wait()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.gather(*others, return_exceptions=True)
        for _ in range(3):
            await asyncio.sleep(0)  # a transport closes its socket in a later turn of the loop


async def read(provider: OpenAICompatible, model: str, seen: asyncio.Event | None = None) -> str:
    text = ""
    async with provider.stream(ChatRequest(model, HI)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                text += event.text
                if seen is not None:
                    seen.set()
    return text


@pytest.mark.parametrize("model", ["hold", "drip", "paced-10000-200"])
async def test_cancelling_in_mid_answer_closes_the_connection(upstream: OpenAIUpstream, model: str) -> None:
    seen = asyncio.Event()
    task = asyncio.create_task(read(OpenAICompatible(upstream.url), model, seen))
    await seen.wait()
    (connection,) = upstream.connections

    task.cancel()
    async with asyncio.timeout(20):
        await connection.gone.wait()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert upstream.requests[0].closed_early


@pytest.mark.parametrize("model", ["silent", "hang", "wait"])
async def test_cancelling_before_the_first_text_closes_the_connection(
    upstream: OpenAIUpstream, model: str
) -> None:
    task = asyncio.create_task(read(OpenAICompatible(upstream.url), model))
    await upstream.came()
    (connection,) = upstream.connections

    task.cancel()
    async with asyncio.timeout(20):
        await connection.gone.wait()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_leaving_the_block_closes_the_connection(upstream: OpenAIUpstream) -> None:
    provider = OpenAICompatible(upstream.url)
    async with provider.stream(ChatRequest("hold", HI)) as events:
        assert await anext(events) == TextDelta("Before the hold. ")
        (connection,) = upstream.connections
    async with asyncio.timeout(20):
        await connection.gone.wait()
    assert upstream.requests[0].closed_early


async def test_an_exception_in_the_block_closes_the_connection(upstream: OpenAIUpstream) -> None:
    async def fail() -> None:
        async with OpenAICompatible(upstream.url).stream(ChatRequest("hold", HI)) as events:
            async for _ in events:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await until_quiet(upstream)
    assert upstream.requests[0].closed_early


async def test_an_answer_that_ended_is_no_early_close(upstream: OpenAIUpstream) -> None:
    assert await read(OpenAICompatible(upstream.url), "echo") == "hi"
    await until_quiet(upstream)
    assert not upstream.requests[0].closed_early


async def test_two_hundred_cancels_leave_nothing_open(upstream: OpenAIUpstream) -> None:
    provider = OpenAICompatible(upstream.url)
    chance = random.Random(7)
    await read(provider, "echo")
    await until_quiet(upstream)
    gc.collect()
    files_before = open_files()

    for _ in range(200):
        model = chance.choice(
            ["echo", "drip", "burst-300", "hang", "silent", "cut", "endless-line", "error-500"]
        )
        task = asyncio.create_task(read(provider, model))
        for _ in range(chance.randrange(60)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    await until_quiet(upstream)
    gc.collect()
    assert open_files() == files_before
    assert not upstream.connections
    texts = await asyncio.gather(*(read(provider, "echo") for _ in range(10)))
    assert texts == ["hi"] * 10


async def test_answers_side_by_side_do_not_touch_each_other(upstream: OpenAIUpstream) -> None:
    provider = OpenAICompatible(upstream.url)
    held = [asyncio.create_task(read(provider, "hold-a")) for _ in range(20)]
    stopped = [asyncio.create_task(read(provider, "hold-b")) for _ in range(20)]
    await upstream.held("a", 20)
    await upstream.held("b", 20)

    for task in stopped:
        task.cancel()
    await asyncio.gather(*stopped, return_exceptions=True)
    assert upstream.release("a") == 20

    assert await asyncio.gather(*held) == ["Before the hold. After the hold."] * 20


async def test_a_piece_nobody_reads_any_more_leaves_no_error_behind() -> None:
    """An answer that is left while its next piece is awaited, as on Stop while a service is silent."""
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        call = Call("GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", {})
        async with open_answer(call, ConnectionOptions("Test")) as answer:
            assert not await answer.ready(0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)
        del answer, others
        gc.collect()

    assert reported == []
