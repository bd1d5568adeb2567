"""`OpenAICompatible` against a real loopback server, script by script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from tests.unit.providers.transcripts import answer_of
from tests.upstreams.openai import LISTED, OpenAIUpstream, expected_text, serve_openai
from tests.upstreams.texts import MARKDOWN
from webchat.messages import Finish, FinishReason, Message, ReasoningDelta, Role, TextDelta, Usage
from webchat.providers import ChatRequest, Deadlines, OpenAICompatible
from webchat.providers import errors as e
from webchat.providers.discovery import find_local_servers
from webchat.providers.failover import Candidate, Failover, WaitsForModel
from webchat.providers.health import Health

pytestmark = pytest.mark.network

STOP = Finish(FinishReason.STOP, "stop")
USAGE = Usage(11, 22)


@pytest.fixture
async def upstream() -> AsyncIterator[OpenAIUpstream]:
    async with serve_openai() as server:
        yield server


def provider(upstream: OpenAIUpstream, **options: Any) -> OpenAICompatible:
    return OpenAICompatible(upstream.url, name="Upstream", **options)


@pytest.mark.parametrize(
    ("model", "events"),
    [
        ("echo", [TextDelta("Привет, 你好 👋"), USAGE, STOP]),
        ("no-done", [TextDelta("Привет, 你好 👋"), USAGE, STOP]),
        ("no-stream-options", [TextDelta("Привет, 你好 👋"), STOP]),
        ("length", [TextDelta("Привет, 你好 👋"), USAGE, Finish(FinishReason.LENGTH, "length")]),
        ("burst-500", [TextDelta(expected_text(500)), USAGE, STOP]),
        ("paced-100-1000", [TextDelta(expected_text(100)), USAGE, STOP]),
        ("slow-3", [TextDelta("word1 word2 word3 "), USAGE, STOP]),
        ("markdown", [TextDelta(MARKDOWN), USAGE, STOP]),
        (
            "reasoning",
            [ReasoningDelta("Let me think about it."), TextDelta("The answer is 42."), USAGE, STOP],
        ),
        ("plain-json", [TextDelta("A whole answer."), Usage(3, 4), STOP]),
    ],
)
async def test_an_answer(upstream: OpenAIUpstream, model: str, events: list[object]) -> None:
    assert await answer_of(provider(upstream), "Привет, 你好 👋", model) == (events, None)


@pytest.mark.parametrize(
    ("model", "kind", "partial"),
    [
        ("error-400", e.BadRequest, ""),
        ("error-401", e.AuthenticationFailed, ""),
        ("error-403", e.AuthenticationFailed, ""),
        ("error-404", e.ModelNotFound, ""),
        ("unheard-of", e.ModelNotFound, ""),
        ("error-422", e.BadRequest, ""),
        ("error-429", e.RateLimitError, ""),
        ("error-500", e.ServiceError, ""),
        ("error-503", e.ServiceError, ""),
        ("quota", e.QuotaExceeded, ""),
        ("context", e.ContextTooLong, ""),
        ("loading-1", e.ModelLoading, ""),
        ("html", e.ChallengePage, ""),
        ("empty", e.EmptyAnswer, ""),
        ("cut-start", e.ConnectionFailed, ""),
        ("cut", e.TruncatedAnswer, "This answer is cut in the mid"),
        ("truncated", e.TruncatedAnswer, "This answer has no "),
        ("malformed", e.MalformedAnswer, "Good so far, "),
        ("error-midstream", e.ServiceError, "Good so far, "),
    ],
)
async def test_a_failure(
    upstream: OpenAIUpstream, model: str, kind: type[e.ProviderError], partial: str
) -> None:
    _, error = await answer_of(provider(upstream), model=model)
    assert type(error) is kind
    assert error.partial_text == partial
    if isinstance(error, e.RateLimitError) and model == "error-429":
        assert error.retry_after == 7


@pytest.mark.parametrize(
    ("model", "deadlines", "phase"),
    [
        ("silent", Deadlines(first_text=0.1), "first_text"),
        ("hang", Deadlines(first_text=0.1), "first_text"),
        ("hold", Deadlines(idle=0.1), "idle"),
        ("drip", Deadlines(total=0.3), "total"),
        ("paced-1000-50", Deadlines(idle=0.2, total=0.5), "total"),
    ],
)
async def test_a_deadline(upstream: OpenAIUpstream, model: str, deadlines: Deadlines, phase: str) -> None:
    _, error = await answer_of(provider(upstream, deadlines=deadlines), model=model)
    assert isinstance(error, e.ProviderTimeout)
    assert error.phase == phase
    async with asyncio.timeout(20):
        for connection in list(upstream.connections):
            await connection.gone.wait()
    assert upstream.requests[0].closed_early


async def test_a_model_that_is_loading_is_waited_for(
    upstream: OpenAIUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.providers.loading.PAUSE", 0)
    candidate = Candidate("key", provider(upstream), "loading-3")

    events = [
        event
        async for event in Failover(Health()).ask_one(candidate, ChatRequest("", [Message(Role.USER, "Hi")]))
    ]

    assert [event for event in events if isinstance(event, WaitsForModel)] == [WaitsForModel("Upstream")] * 3
    assert TextDelta("Here.") in events
    assert len(upstream.requests) == 4


async def test_a_service_that_is_not_there() -> None:
    async with serve_openai() as gone:
        url = gone.url
    _, error = await answer_of(OpenAICompatible(url, name="Gone"))
    assert type(error) is e.ConnectionFailed
    assert f"nothing is listening at {url.removeprefix('http://').removesuffix('/v1')}." in str(error)


async def test_tls_where_there_is_none(upstream: OpenAIUpstream) -> None:
    _, error = await answer_of(OpenAICompatible(upstream.url.replace("http:", "https:"), name="Plain"))
    assert type(error) is e.ConnectionFailed
    assert "http:// instead of https://" in str(error)


async def test_a_wrong_path(upstream: OpenAIUpstream) -> None:
    service = OpenAICompatible(f"{upstream.origin}/wrong", name="Wrong")
    _, error = await answer_of(service)
    assert type(error) is e.WrongAddress
    with pytest.raises(e.WrongAddress):
        await service.list_models()


async def test_a_key_that_is_wanted() -> None:
    async with serve_openai(api_key="sk-right") as upstream:
        assert (await answer_of(provider(upstream, api_key="sk-right"), model="echo"))[1] is None
        _, error = await answer_of(provider(upstream, api_key="sk-wrong"), model="echo")
        assert type(error) is e.AuthenticationFailed
        with pytest.raises(e.AuthenticationFailed):
            await provider(upstream).list_models()


async def test_the_models_are_listed(upstream: OpenAIUpstream) -> None:
    assert await provider(upstream).list_models() == LISTED


async def test_the_parameters_arrive(upstream: OpenAIUpstream) -> None:
    generator = provider(upstream).create_async_generator(
        "parameters", [{"role": "user", "content": "hi"}], temperature=0.5, max_tokens=7
    )
    async with aclosing(generator) as texts:
        sent = json.loads("".join([text async for text in texts]))
    assert sent["messages"] == [{"role": "user", "content": "hi"}]
    assert (sent["temperature"], sent["max_tokens"], sent["stream"]) == (0.5, 7, True)


async def test_reading_with_and_without_pauses_gives_the_same(upstream: OpenAIUpstream) -> None:
    for pause in (0.0, 0.005):
        events, error = await answer_of(provider(upstream, read_pause=pause), model="paced-200-2000")
        assert (events[0], error) == (TextDelta(expected_text(200)), None)


async def test_a_server_on_this_machine_is_found(upstream: OpenAIUpstream) -> None:
    port = int(upstream.origin.rpartition(":")[2])
    (found,) = await find_local_servers(timeout=5, ports=[port, 1])
    assert (found.name, found.base_url) == (f"Server on port {port}", upstream.url)
    assert found.models == tuple(LISTED)


async def test_the_environment_is_not_read(upstream: OpenAIUpstream, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert (await answer_of(provider(upstream), model="echo"))[1] is None
