"""The five services over real sockets, against servers that take nothing that is not quite right."""

from __future__ import annotations

import asyncio
import contextlib
import random
from contextlib import aclosing
from typing import Any

import pytest

from tests.integration.providers.leaks import nothing_left, until_quiet
from tests.integration.providers.relay import relay
from tests.unit.providers.transcripts import answer_of
from tests.upstreams.faults import BEGINNING, ServiceUpstream
from tests.upstreams.flow_gpt import FlowGptUpstream
from tests.upstreams.free_gpt import FreeGptUpstream
from tests.upstreams.services import UPSTREAMS, serve_services, services_process
from webchat.messages import Message, Role, TextDelta
from webchat.providers import AsyncGeneratorProvider, ChatgptFree, ChatGptt, ChatRequest, FlowGpt, FreeGpt
from webchat.providers import errors as e
from webchat.providers.registry import FREE_SERVICES, build_provider

pytestmark = pytest.mark.network

HI = [{"role": "user", "content": "hi"}]
CONVERSATION = [
    Message(Role.SYSTEM, "Be brief"),
    Message(Role.USER, "Hi"),
    Message(Role.ASSISTANT, "Yo"),
    Message(Role.USER, "How are you?"),
]
PROMPT = "System: Be brief\nUser: Hi\nAssistant: Yo\nUser: How are you?\nAssistant:"


def text_in(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def text_of(generator: Any) -> str:
    return "".join([text async for text in generator])


@pytest.mark.parametrize("service", FREE_SERVICES, ids=lambda service: service.kind)
async def test_a_conversation_is_answered(service: type[AsyncGeneratorProvider]) -> None:
    async with UPSTREAMS[service.kind]() as upstream, nothing_left(upstream):
        provider = build_provider(service.kind, base_url=upstream.url)
        async with provider.stream(ChatRequest("", CONVERSATION)) as events:
            text = text_in([event async for event in events])

    asked = PROMPT if issubclass(service, ChatgptFree | ChatGptt) else "How are you?"
    assert text.partition(" heard: ")[2] == asked


@pytest.mark.parametrize("service", FREE_SERVICES, ids=lambda service: service.kind)
async def test_leaving_early_leaves_nothing_open(service: type[AsyncGeneratorProvider]) -> None:
    async with UPSTREAMS[service.kind](fault="hang-after") as upstream, nothing_left(upstream):
        provider = build_provider(service.kind, base_url=upstream.url)
        task = asyncio.create_task(answer_of(provider, model=""))
        await upstream.went_wrong.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        async with asyncio.timeout(20):
            for connection in list(upstream.connections):
                await connection.gone.wait()
    assert upstream.requests[-1].closed_early


@pytest.mark.parametrize(
    "service",
    [service for service in FREE_SERVICES if service.supports_stream],
    ids=lambda service: service.kind,
)
async def test_the_first_text_is_not_kept_waiting(service: type[AsyncGeneratorProvider]) -> None:
    async with UPSTREAMS[service.kind](fault="hold") as upstream:
        provider = build_provider(service.kind, base_url=upstream.url)
        async with provider.stream(ChatRequest("", CONVERSATION)) as events:
            assert await anext(events) == TextDelta(BEGINNING)
            assert upstream.release() == 1
            rest = [event async for event in events]
        assert text_in(rest) == "an answer that was held."
        await until_quiet(upstream)


@pytest.mark.parametrize("service", FREE_SERVICES, ids=lambda service: service.kind)
async def test_every_request_goes_through_the_proxy(service: type[AsyncGeneratorProvider]) -> None:
    through: list[int] = []
    async with UPSTREAMS[service.kind]() as upstream:
        port = int(upstream.url.rpartition(":")[2])

        async def socks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
            await reader.readexactly(3)
            writer.write(b"\x05\x00")
            asked = await reader.readexactly(4 + 4 + 2)
            writer.write(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
            through.append(int.from_bytes(asked[-2:]))
            return port

        async with relay(socks) as proxy:
            provider = build_provider(service.kind, base_url=upstream.url)
            texts = provider.create_async_generator("", HI, proxy=f"socks5://127.0.0.1:{proxy}")
            assert (await text_of(texts)).endswith("heard: hi")
    assert through == [port] * len(upstream.requests)


async def test_the_model_and_temperature_reach_flow_gpt() -> None:
    async with FlowGptUpstream() as upstream:
        texts = FlowGpt(base_url=upstream.url).create_async_generator("gemini", HI, None, 0.2)
        assert await text_of(texts) == "FlowGpt (google-gemini) heard: hi"
        (request,) = upstream.requests
    assert request.facts["body"]["temperature"] == 0.2


async def test_stopping_at_random_leaves_nothing_open() -> None:
    chance = random.Random(7)
    faults = ["", "", "drip", "hang-after", "cut-after", "endless-line", "quota-suffix", "page-silent"]
    for name, server in UPSTREAMS.items():
        async with server() as upstream, nothing_left(upstream):
            provider = build_provider(name, base_url=upstream.url)
            for _ in range(60):
                upstream.set_fault(chance.choice(faults))
                task = asyncio.create_task(answer_of(provider, model=""))
                for _ in range(chance.randrange(60)):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            upstream.set_fault("")
            answers = await asyncio.gather(*(answer_of(provider, model="") for _ in range(10)))
            assert [error for _, error in answers] == [None] * 10


async def test_closing_the_generator_early_closes_the_connection() -> None:
    async with FlowGptUpstream(fault="hold") as upstream, nothing_left(upstream):
        texts = FlowGpt(base_url=upstream.url).create_async_generator("", HI)
        async with aclosing(texts):
            assert await anext(texts) == BEGINNING


# The upstreams themselves.


async def test_the_strict_servers_refuse_what_is_wrong() -> None:
    async with FreeGptUpstream() as upstream:
        slow_clock = FreeGpt(base_url=upstream.url, wall_clock=lambda: 1_700_000_000.0)
        _, error = await answer_of(slow_clock, model="")
    assert type(error) is e.AuthenticationFailed
    assert error.service_words == "Invalid signature."
    assert "clock" in str(error)


async def test_all_services_in_one_loop() -> None:
    async with serve_services() as services:
        for name, service in services.items():
            events, error = await answer_of(build_provider(name, base_url=service.url), model="")
            assert (len(events), error) == (2, None)


def test_all_services_in_a_process_of_their_own() -> None:
    with services_process() as services:
        assert services.environment()["WEBCHAT_CHATGPTFREE_BASE_URL"] == services.urls["ChatgptFree"]
        free_gpt = FreeGpt(base_url=services.urls["FreeGpt"])
        services.set_fault("FreeGpt", "quota-in-200", times=1)
        _, error = asyncio.run(answer_of(free_gpt, model=""))
        assert type(error) is e.QuotaExceeded
        events, error = asyncio.run(answer_of(free_gpt, model=""))
        assert (len(events), error) == (2, None)
        (first, second) = services.call("GET", "requests", service="FreeGpt")["FreeGpt"]
        assert (first["fault"], second["fault"]) == ("quota-in-200", "")
        assert services.call("POST", "expire").keys() == UPSTREAMS.keys()


def test_a_fault_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault named"):
        ServiceUpstream(fault="unheard-of")
