"""The parameters of a request to an OpenAI-compatible service: in its body, and as headers."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import respx

from tests.unit.providers.transcripts import TRANSCRIPTS, answer_of
from webchat.messages import Message, Role
from webchat.providers import ChatRequest, OpenAICompatible, openai_compatible
from webchat.providers.errors import ProviderError
from webchat.providers.parameters import NO_PARAMETERS, Parameters

KEY = "sk-canary-0123456789abcdef"
BASE = "https://api.example.org/v1"
ANSWER = (TRANSCRIPTS / "openai" / "answer.txt").read_bytes()


def provider(**options: Any) -> OpenAICompatible:
    return OpenAICompatible(**{"base_url": BASE, "api_key": KEY, "name": "Example", **options})


USUAL = Parameters(
    max_tokens=100,
    top_p=0.5,
    stop=("END",),
    seed=1,
    effort="low",
    headers={"X-Title": "usual", "X-Team": "secret-of-the-team"},
    body={"top_k": 40, "user": "me"},
)


async def bodies_and_headers(own: Parameters, usual: Parameters = NO_PARAMETERS) -> tuple[Any, httpx.Headers]:
    """The body and the headers that a request with these parameters sends."""
    route = respx.post(f"{BASE}/chat/completions").respond(200, content=ANSWER)
    request = ChatRequest("m", [Message(Role.USER, "Hi")], parameters=own)
    async with provider(parameters=usual).stream(request) as events:
        assert [event async for event in events]
    sent = route.calls.last.request
    return json.loads(sent.content), sent.headers


@respx.mock
async def test_parameters_of_the_provider_are_sent() -> None:
    body, headers = await bodies_and_headers(NO_PARAMETERS, USUAL)

    del body["messages"], body["stream_options"]
    assert body == {
        "model": "m",
        "stream": True,
        "max_tokens": 100,
        "top_p": 0.5,
        "stop": ["END"],
        "seed": 1,
        "reasoning_effort": "low",
        "top_k": 40,
        "user": "me",
    }
    assert (headers["x-title"], headers["x-team"]) == ("usual", "secret-of-the-team")


@respx.mock
async def test_parameters_of_the_request_win() -> None:
    own = Parameters(7, 0, ("a", "b"), 0, "high", {"x-title": "own"}, {"top_k": 1, "min_p": 0.1})

    body, headers = await bodies_and_headers(own, USUAL)

    names = ("max_tokens", "top_p", "stop", "seed", "reasoning_effort", "top_k", "min_p", "user")
    assert [body[name] for name in names] == [7, 0, ["a", "b"], 0, "high", 1, 0.1, "me"]
    assert headers.get_list("x-title") == ["own"]
    assert headers["x-team"] == "secret-of-the-team"


@respx.mock
async def test_parameters_replace_nothing_that_the_request_needs() -> None:
    fields = {"model": "x", "messages": [], "stream": False, "stream_options": None, "n": 5, "seed": 9}
    wrong = {"host": "x", "Content-Length": "1", "authorization": "x", "TE": "x", "Accept": "x", "X-Own": "1"}

    body, headers = await bodies_and_headers(Parameters(headers=wrong, body=fields))

    assert (body["model"], body["stream"], body["seed"], "n" in body) == ("m", True, 9, False)
    assert body["messages"] == [{"role": "user", "content": "Hi"}]
    assert headers["host"] == httpx.URL(BASE).netloc.decode()
    assert headers.get_list("authorization") == [f"Bearer {KEY}"]
    assert headers["content-length"] != "1"
    assert "te" not in headers
    assert headers["accept"].startswith("text/event-stream")
    assert headers["x-own"] == "1"


@respx.mock
async def test_a_limit_is_sent_under_the_name_that_the_model_takes() -> None:
    words = {"error": {"message": "Unsupported parameter: use 'max_completion_tokens' instead."}}
    route = respx.post(f"{BASE}/chat/completions")
    route.side_effect = [httpx.Response(400, json=words), *[httpx.Response(200, content=ANSWER)] * 2]
    service = provider(parameters=Parameters(max_tokens=5))

    assert (await answer_of(service))[1] is None
    assert (await answer_of(service))[1] is None

    bodies = [json.loads(call.request.content) for call in route.calls]
    names = [[name for name in body if name.startswith("max_")] for body in bodies]
    assert names == [["max_tokens"], ["max_completion_tokens"], ["max_completion_tokens"]]


@respx.mock
async def test_values_of_headers_are_not_shown() -> None:
    words = {"error": {"message": "No team secret-of-the-team"}}
    respx.post(f"{BASE}/chat/completions").respond(403, json=words)

    _, error = await answer_of(provider(parameters=USUAL))

    assert error is not None
    assert error.service_words == "No team •••"


@respx.mock
async def test_headers_of_the_provider_are_sent_with_every_request() -> None:
    route = respx.get(f"{BASE}/models").respond(200, json={"data": [{"id": "m"}]})

    await provider(parameters=USUAL).list_models()

    assert route.calls.last.request.headers["x-team"] == "secret-of-the-team"


@respx.mock
async def test_values_of_the_newest_requests_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_compatible, "_MOST_HIDDEN", 3)
    words = {"error": {"message": f"{KEY} secret-of-0 secret-of-8 secret-of-9"}}
    respx.post(f"{BASE}/chat/completions").respond(403, json=words)
    service = provider()
    for number in range(10):
        own = Parameters(headers={"X-Team": f"secret-of-{number}"})
        request = ChatRequest("m", [Message(Role.USER, "Hi")], parameters=own)
        with pytest.raises(ProviderError) as caught:
            async with service.stream(request) as events:
                assert [event async for event in events]

    assert caught.value.service_words == "••• secret-of-0 ••• •••"
