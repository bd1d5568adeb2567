from __future__ import annotations

import json
import logging
import traceback
from typing import Any

import httpx
import pytest
import respx

from tests.unit.providers.transcripts import TRANSCRIPTS, Pieces, answer_of, playing
from webchat.messages import Message, Role, TextDelta
from webchat.providers import ChatRequest, OpenAICompatible
from webchat.providers import errors as e
from webchat.providers.addresses import normalised_base_url
from webchat.providers.model_list import read_models
from webchat.providers.parameters import Parameters
from webchat.providers.wire.openai_format import UnknownShape

KEY = "sk-canary-0123456789abcdef"
BASE = "https://api.example.org/v1"
ANSWER = (TRANSCRIPTS / "openai" / "answer.txt").read_bytes()


def provider(**options: Any) -> OpenAICompatible:
    return OpenAICompatible(**{"base_url": BASE, "api_key": KEY, "name": "Example", **options})


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1"),
        (" https://api.openai.com/v1/ ", "https://api.openai.com/v1"),
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://api.openai.com/", "https://api.openai.com/v1"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1"),
        ("https://example.org/openai", "https://example.org/openai"),
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/models/", "https://api.openai.com/v1"),
        ("http://host:11434", "http://host:11434/v1"),
        ("localhost:11434", "http://localhost:11434/v1"),
        ("ollama:11434", "http://ollama:11434/v1"),
        ("192.168.1.5:8080/v1", "http://192.168.1.5:8080/v1"),
        ("api.mistral.ai/v1", "https://api.mistral.ai/v1"),
        ("http://[::1]:8080", "http://[::1]:8080/v1"),
        ("https://me:pw@example.org/v1", "https://example.org/v1"),
        ("https://x.org/openai?api-version=2024-10-21", "https://x.org/openai?api-version=2024-10-21"),
        ("https://x.org/o/chat/completions?api-version=1", "https://x.org/o?api-version=1"),
    ],
)
def test_base_urls_as_people_write_them(given: str, url: str) -> None:
    assert OpenAICompatible(given).url == url
    assert normalised_base_url(url) == (url, None)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "   ",
        "ftp://example.org",
        "https://",
        "https://a.org/v1?key=1",
        "https://a.org/v1?api_key=abc",
        "https://a.org/v1?x=sk-abc",
        "https://a.org/v1#part",
        "http://a:b",
        "http://[::1",
        "://",
    ],
)
def test_what_is_no_base_url_is_said_so(given: str) -> None:
    with pytest.raises(e.BadConfiguration, match="the address"):
        OpenAICompatible(given)


@pytest.mark.parametrize("given", [["https://a.org", "https://b.org"], None, 5])
def test_anything_but_one_address_is_a_bad_configuration(given: Any) -> None:
    with pytest.raises(e.BadConfiguration, match="one address"):
        OpenAICompatible(given)


@pytest.mark.parametrize("key", ["sk-canary\r\nX-Evil: 1", "sk canary", "sk-canäry", "sk-canary\x00"])
def test_a_key_that_cannot_be_one_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(e.BadConfiguration) as caught:
        provider(api_key=key)
    assert "canary" not in str(caught.value)


@respx.mock
async def test_what_is_sent() -> None:
    route = respx.post(f"{BASE}/chat/completions").respond(200, content=ANSWER)
    messages = [Message(Role.SYSTEM, "Be kind"), Message(Role.USER, "Привет 👋"), Message(Role.ASSISTANT, "")]
    request = ChatRequest("gpt-4o", messages, temperature=0.0, parameters=Parameters(max_tokens=5))

    async with provider().stream(request) as events:
        assert [event async for event in events]

    sent = route.calls.last.request
    assert json.loads(sent.content) == {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Be kind"},
            {"role": "user", "content": "Привет 👋"},
            {"role": "assistant", "content": ""},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "max_tokens": 5,
    }
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["accept-encoding"] == "identity"
    assert sent.headers["content-length"] == str(len(sent.content))


@respx.mock
async def test_missing_key_is_not_sent_and_login_in_the_address_is() -> None:
    route = respx.post(f"{BASE}/chat/completions").respond(200, content=ANSWER)
    await answer_of(provider(api_key=None))
    assert "authorization" not in route.calls.last.request.headers
    await answer_of(provider(api_key=" ", base_url="https://me:p%40ss@api.example.org"))
    assert route.calls.last.request.headers["authorization"] == "Basic bWU6cEBzcw=="


@respx.mock
async def test_lone_surrogate_is_sent_as_a_question_mark() -> None:
    route = respx.post(f"{BASE}/chat/completions").respond(200, content=ANSWER)
    await answer_of(provider(), prompt="a\ud800b")
    assert json.loads(route.calls.last.request.content)["messages"][0]["content"] == "a?b"


@respx.mock
async def test_an_unknown_stream_option_is_left_out_from_then_on() -> None:
    words = {"error": {"message": "Unrecognized request argument supplied: stream_options"}}
    route = respx.post(f"{BASE}/chat/completions")
    route.side_effect = [httpx.Response(400, json=words), *[httpx.Response(200, content=ANSWER)] * 2]
    service = provider()

    assert (await answer_of(service))[1] is None
    assert (await answer_of(service))[1] is None

    bodies = [json.loads(call.request.content) for call in route.calls]
    assert ["stream_options" in body for body in bodies] == [True, False, False]


@respx.mock
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"message": "bad temperature"}}, e.BadRequest),
        (400, {"error": {"message": "too long", "code": "context_length_exceeded"}}, e.ContextTooLong),
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, e.AuthenticationFailed),
        (403, {"error": {"message": "no"}}, e.AuthenticationFailed),
        (404, {"error": {"message": "The model does not exist"}}, e.ModelNotFound),
        (404, {"detail": "Not Found"}, e.WrongAddress),
        (422, {"detail": "no"}, e.BadRequest),
        (429, {"error": {"message": "slow down"}}, e.RateLimitError),
        (429, {"error": {"message": "no money", "code": "insufficient_quota"}}, e.QuotaExceeded),
        (500, {"error": {"message": "oops"}}, e.ServiceError),
        (503, {"error": {"message": "busy"}}, e.ServiceError),
    ],
)
async def test_each_status(status: int, body: dict[str, Any], kind: type[e.ProviderError]) -> None:
    route = respx.post(f"{BASE}/chat/completions").respond(status, json=body, headers={"Retry-After": "7"})

    _, error = await answer_of(provider(models=["a", "b"]), model="m")

    assert type(error) is kind
    assert error.status == status
    assert error.service_words
    assert KEY not in str(error)
    assert route.call_count == 1
    if isinstance(error, e.RateLimitError) or status >= 500:
        assert error.retry_after == 7
    if isinstance(error, e.ModelNotFound):
        assert (error.model, error.models) == ("m", ("a", "b"))


@respx.mock
async def test_a_redirect_is_not_followed_but_named() -> None:
    target = "https://elsewhere.example.org/v1?token=x"
    respx.post(f"{BASE}/chat/completions").respond(307, headers={"Location": target})
    _, error = await answer_of(provider())
    assert type(error) is e.WrongAddress
    assert "https://elsewhere.example.org/v1”" in str(error)


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        (httpx.ConnectError("All connection attempts failed"), e.ConnectionFailed, "cannot be reached"),
        (httpx.RemoteProtocolError("Server disconnected"), e.ConnectionFailed, "closed the connection"),
        (httpx.ProxyError("407 Proxy Authentication Required"), e.ConnectionFailed, "407"),
        (httpx.UnsupportedProtocol("x"), e.BadConfiguration, "invalid address or header"),
    ],
)
async def test_each_failure_to_connect(raised: Exception, kind: type[e.ProviderError], words: str) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise raised

    _, error = await answer_of(provider(transport=httpx.MockTransport(refuse)))
    assert type(error) is kind
    assert words in str(error)


@pytest.mark.parametrize(
    ("address", "options", "where"),
    [
        ("http://127.0.0.1:8081/v1", {}, "nothing is listening at 127.0.0.1:8081"),
        ("http://[::1]:8081/v1", {}, "nothing is listening at [::1]:8081"),
        ("https://api.example.org/v1", {}, "nothing is listening at api.example.org:443"),
        ("http://me:word@a.test/v1", {}, "nothing is listening at a.test:80"),
        (
            "http://a.test/v1",
            {"proxy": "http://me:word@p.test:3128"},
            "nothing is listening at its proxy p.test:3128",
        ),
    ],
)
async def test_a_refused_connection_names_the_port(address: str, options: dict[str, str], where: str) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no") from ConnectionRefusedError()

    service = provider(base_url=address, transport=httpx.MockTransport(refuse), **options)
    _, error = await answer_of(service)

    assert type(error) is e.ConnectionFailed
    assert where in str(error)
    assert "word" not in str(error)


async def test_a_key_stays_out_of_everything_a_person_or_a_log_can_see(
    caplog: pytest.LogCaptureFixture,
) -> None:
    echo = json.dumps({"error": {"message": f"The key {KEY} is wrong", "code": KEY}}).encode()
    frame = b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'
    bodies = [
        (401, [echo]),
        (200, [echo]),
        (200, [b"data: " + echo + b"\n\n"]),
        (200, [b"event: error\ndata: " + KEY.encode() + b"\n\n"]),
        (200, [b"data: {" + KEY.encode() + b"\n\n"]),
        (200, [frame, b"data: [" + KEY.encode() + b"\n\n"]),
        (200, [KEY.encode()]),
        (200, [b"<p>" + KEY.encode() + b"</p>"]),
        (302, [b""]),
    ]
    with caplog.at_level(logging.DEBUG):
        for status, pieces in bodies:
            headers = {"location": f"https://a.org/{KEY}"}
            service = provider(transport=playing(*pieces, status=status, headers=headers))
            for call in (answer_of(service), failing_list(service)):
                error = (await call)[1]
                assert error is not None
                seen = [str(error), repr(error), repr(service), error.service_words, repr(error.args)]
                seen += traceback.format_exception(error)
                assert KEY not in "".join(seen), pieces
    assert KEY not in caplog.text


async def failing_list(service: OpenAICompatible) -> tuple[list[str], e.ProviderError | None]:
    try:
        return await service.list_models(), None
    except e.ProviderError as error:
        return [], error


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (
            {"object": "list", "data": [{"id": "gpt-4o"}, {"id": "gpt-4o-mini"}, {"id": "gpt-4o"}]},
            ["gpt-4o", "gpt-4o-mini"],
        ),
        ({"models": [{"name": "llama3:8b", "model": "llama3:8b"}]}, ["llama3:8b"]),
        ({"models": [{"model": "m.gguf"}], "data": [{"id": "m.gguf"}]}, ["m.gguf"]),
        ([{"id": "a"}], ["a"]),
        (["a", "b"], ["a", "b"]),
        ({"data": []}, []),
    ],
)
async def test_model_lists_of_every_shape(body: object, names: list[str]) -> None:
    assert [model.name for model in read_models(body)] == names
    transport = playing(json.dumps(body).encode())
    assert await provider(transport=transport).list_models() == names


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": {"id": "a"}}, {"data": [{"x": 1}]}, [1], [[]], "a", 1, None]
)
def test_what_is_no_model_list(body: object) -> None:
    with pytest.raises(UnknownShape):
        read_models(body)


async def test_configured_models_come_first_or_replace_a_missing_list() -> None:
    listed = playing(b'{"data":[{"id":"b"},{"id":"a"}]}')
    assert await provider(models=["a"], transport=listed).list_models() == ["a", "b"]
    missing = playing(b"", status=404)
    assert await provider(models=["a"], transport=missing).list_models() == ["a"]
    with pytest.raises(e.WrongAddress):
        await provider(transport=missing).list_models()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"{", e.MalformedAnswer),
        (200, b"[" * 100_000, e.MalformedAnswer),
        (200, b'{"status":"ok"}', e.MalformedAnswer),
        (200, b"", e.MalformedAnswer),
        (200, b"<html>", e.ChallengePage),
        (200, b'"' + b"x" * (3 << 20), e.AnswerTooLarge),
        (401, b"no", e.AuthenticationFailed),
        (500, b"oops", e.ServiceError),
    ],
)
async def test_a_model_list_that_fails(status: int, body: bytes, kind: type[e.ProviderError]) -> None:
    with pytest.raises(kind):
        await provider(transport=playing(body, status=status)).list_models()


def test_any_model_name_is_sent_and_the_first_is_the_default() -> None:
    service = provider(models=["a", "b"])
    assert (service.get_model(""), service.get_model("b"), service.get_model("new")) == ("a", "b", "new")
    with pytest.raises(e.ModelNotFound):
        provider().get_model("")


async def test_conversation_without_messages_is_not_sent() -> None:
    service = provider(transport=playing(RuntimeError("asked")))
    with pytest.raises(e.BadRequest):
        async with service.stream(ChatRequest("m", [])) as events:
            await anext(events)


@pytest.mark.parametrize("proxy", ["nonsense", "ftp://proxy:1", "http://"])
async def test_a_proxy_that_cannot_be_one(proxy: str) -> None:
    _, error = await answer_of(provider(proxy=proxy))
    assert type(error) is e.BadConfiguration
    assert "proxy" in str(error)


async def test_an_answer_packed_in_a_way_nobody_asked_for() -> None:
    _, error = await answer_of(provider(transport=playing(b"x", headers={"content-encoding": "br"})))
    assert type(error) is e.MalformedAnswer


async def test_numbers_too_long_and_nesting_too_deep_are_malformed() -> None:
    for data in (b"[" * 50_000, b'{"choices":' + b"9" * 10_000 + b"}"):
        _, error = await answer_of(provider(transport=playing(b"data: " + data + b"\n\n")))
        assert type(error) is e.MalformedAnswer


async def test_text_limits_are_of_the_text_and_not_of_the_wire() -> None:
    frame = b'data: {"choices":[{"delta":{"content":"word"}}],"padding":"' + b"x" * 60_000 + b'"}\n\n'
    end = b"data: [DONE]\n\n"
    service = provider(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=Pieces([frame] * 300 + [end])))
    )
    events, error = await answer_of(service)
    assert error is None
    assert events[0] == TextDelta("word" * 300)
