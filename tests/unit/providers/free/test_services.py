"""The documented interface of the five services, and what reaches the wire."""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import logging
import random
import re
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

import webchat.providers
from tests.unit.providers.transcripts import answer_of
from webchat.messages import Message, Role
from webchat.providers import (
    AIChatFree,
    AsyncGeneratorProvider,
    ChatgptFree,
    ChatGptt,
    ChatRequest,
    FlowGpt,
    FreeGpt,
    ProviderModelMixin,
)
from webchat.providers import errors as e
from webchat.providers.free.base import DESKTOP, FreeService
from webchat.providers.free.free_gpt import generate_signature as sign
from webchat.providers.free.mirrors import Mirrors
from webchat.providers.free.nonces import NonceCache

SERVICES: list[Any] = [FreeGpt, ChatgptFree, AIChatFree, ChatGptt, FlowGpt]
HI = [{"role": "user", "content": "hi"}]
TURNS = [
    {"role": "system", "content": "S"},
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Yo"},
    {"role": "user", "content": "Привет"},
]
PAGE = '<div data-post-id="42" data-nonce="d1e2f3"></div>'
BODIES: dict[type[FreeService], str] = {
    FreeGpt: "{}",
    AIChatFree: "{}",
    ChatgptFree: 'data: {{"choices":[{{"delta":{{"content":"{}"}}}}]}}\n\ndata: [DONE]\n\n',
    ChatGptt: '{{"status":"success","data":"{}"}}',
    FlowGpt: '{{"event":"text","data":"{}"}}\n',
}


@pytest.fixture(autouse=True)
def _no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webchat.providers.free.wordpress.WordPressService.nonces", NonceCache())
    monkeypatch.setattr(FreeGpt, "mirror_memory", Mirrors())


class Wire:
    """A transport that answers as a service does and keeps the requests."""

    def __init__(self, service: type[FreeService], text: str = "ok") -> None:
        self.requests: list[httpx.Request] = []
        self.body = BODIES[service].format(text)
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, text=PAGE if request.method == "GET" else self.body)

    @property
    def json(self) -> Any:
        return json.loads(self.requests[-1].content)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.requests[-1].content.decode(), keep_blank_values=True))


async def text_of(generator: Any) -> str:
    return "".join([text async for text in generator])


@pytest.mark.parametrize("service", SERVICES)
def test_the_documented_attributes(service: Any) -> None:
    assert issubclass(service, AsyncGeneratorProvider)
    assert issubclass(service, ProviderModelMixin)
    assert service.url.startswith("https://")
    assert service.default_model in service.models
    assert isinstance(service.models, list)
    assert set(service.model_aliases.values()) <= set(service.models)
    for flag in ("working", "supports_stream", "supports_message_history", "supports_system_message"):
        assert isinstance(getattr(service, flag), bool)


def test_where_the_services_are() -> None:
    assert FreeGpt.mirrors == tuple(f"https://{name}.aifree.site" for name in ("s", "v", "al", "u4"))
    assert ChatgptFree.url == "https://chatgptfree.ai"
    assert ChatgptFree._nonce is ChatgptFree._post_id is None
    assert ChatGptt.api_endpoint == "https://chatgptt.me/wp-admin/admin-ajax.php"
    assert ChatGptt(base_url="http://x.test").api_endpoint == "http://x.test/wp-admin/admin-ajax.php"
    assert FlowGpt.url == "https://flowgpt.com/chat"


@pytest.mark.parametrize(
    ("service", "names"),
    [
        (FreeGpt, ["model", "messages", "proxy", "timeout", "kwargs"]),
        (ChatgptFree, ["model", "messages", "proxy", "timeout", "cookies", "kwargs"]),
        (AIChatFree, ["model", "messages", "proxy", "connector", "kwargs"]),
        (ChatGptt, ["model", "messages", "proxy", "timeout", "kwargs"]),
        (FlowGpt, ["model", "messages", "proxy", "temperature", "kwargs"]),
    ],
)
def test_the_documented_parameters(service: Any, names: list[str]) -> None:
    assert list(inspect.signature(service.create_async_generator).parameters) == names
    assert list(inspect.signature(service().create_async_generator).parameters) == names


@pytest.mark.parametrize("service", SERVICES)
async def test_the_call_works_on_class_and_instance(service: Any) -> None:
    wire = Wire(service, "Привет")
    assert await text_of(service.create_async_generator("", HI, transport=wire.transport)) == "Привет"
    made = service(model=service.models[0], transport=wire.transport)
    assert await text_of(made.create_async_generator(model="", messages=HI)) == "Привет"
    assert await text_of(made.create_async_generator("", HI, base_url="https://other.test")) == "Привет"
    assert wire.requests[-1].url.host == "other.test"


async def test_the_connector_is_the_transport() -> None:
    wire = Wire(AIChatFree)
    aichatfree = AIChatFree(model="gemini-1.5-pro")
    texts = aichatfree.create_async_generator("gemini-1.5-pro", HI, connector=wire.transport)
    assert await text_of(texts) == "ok"


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "robot", "content": "hi"}],
        [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        [{"role": "user", "content": None}],
        [{"role": "user", "content": " \n"}],
    ],
)
async def test_bad_input_is_refused_before_the_network(service: Any, messages: Any) -> None:
    wire = Wire(service)
    with pytest.raises(e.BadRequest):
        await text_of(service(transport=wire.transport).create_async_generator("", messages))
    assert wire.requests == []


@pytest.mark.parametrize("service", SERVICES)
async def test_an_unknown_model_is_refused_before_the_network(service: Any) -> None:
    wire = Wire(service)
    with pytest.raises(e.ModelNotFound) as caught:
        await text_of(service(transport=wire.transport).create_async_generator("gpt-9", HI))
    assert caught.value.models == tuple(service.models)
    assert wire.requests == []


@pytest.mark.parametrize("service", [AIChatFree, FlowGpt])
async def test_a_conversation_without_a_question_is_refused(service: Any) -> None:
    wire = Wire(service)
    with pytest.raises(e.BadRequest):
        await text_of(
            service(transport=wire.transport).create_async_generator(
                "", [{"role": "assistant", "content": "I said"}]
            )
        )
    assert wire.requests == []


@pytest.mark.parametrize("service", SERVICES)
async def test_unknown_keywords_are_passed_over_with_a_log_line(
    service: Any, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire(service)
    with caplog.at_level(logging.INFO, "webchat"):
        texts = service.create_async_generator(
            "", HI, transport=wire.transport, web_search=True, temperature=0.1, max_tokens=5
        )
        assert await text_of(texts) == "ok"
    told = set(re.findall(r"does not support the option (\w+)", caplog.text))
    assert told == {"web_search", "max_tokens"} | (set() if service is FlowGpt else {"temperature"})


@pytest.mark.parametrize("service", SERVICES)
async def test_cookies_are_sent(service: Any) -> None:
    wire = Wire(service)
    provider = service(transport=wire.transport, cookies={"a": "1"})
    await answer_of(provider, model="")
    await text_of(provider.create_async_generator("", HI, cookies={"b": "2", "c": "3"}))
    sent = [request.headers["cookie"] for request in wire.requests]
    assert set(sent[: len(sent) // 2]) == {"a=1"}
    assert set(sent[len(sent) // 2 :]) == {"b=2; c=3"}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "url", ["", " ", "nonsense", "ftp://x.test", "http://", "http://x.test?q", "http://a:b@x.test", 5, []]
)
async def test_an_address_that_cannot_be_one(service: Any, url: Any) -> None:
    if not url:
        assert service(base_url=url).url == service.url
        return
    with pytest.raises(e.BadConfiguration):
        service(base_url=url)
    with pytest.raises(e.BadConfiguration):
        await text_of(service.create_async_generator("", HI, base_url=url))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_proxy_that_cannot_be_one(service: Any) -> None:
    _, error = await answer_of(service(proxy="nonsense"), model="")
    assert type(error) is e.BadConfiguration
    assert "proxy" in str(error)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_cookie_the_service_repeats_is_not_kept(service: Any) -> None:
    refusing = httpx.MockTransport(lambda _: httpx.Response(403, text="no: token=s3cr3t-value; theme=light"))
    provider = service(transport=refusing, cookies={"token": "s3cr3t-value", "theme": "light"})
    _, error = await answer_of(provider, model="")
    assert error is not None
    assert error.service_words == "no: token=•••; theme=light"


@pytest.mark.parametrize("service", [ChatgptFree, ChatGptt])
@pytest.mark.parametrize(("status", "body"), [(403, "-1"), (400, "0")])
async def test_wordpress_refuses_a_nonce_with_a_status_too(service: Any, status: int, body: str) -> None:
    posts: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, text=PAGE)
        posts.append(request)
        return httpx.Response(status, text=body)

    provider = service(transport=httpx.MockTransport(answer))
    await answer_of(provider, model="")
    _, error = await answer_of(provider, model="")
    assert type(error) is e.NonceRefused
    assert error.service_words == body
    assert len(posts) == 2


@pytest.mark.parametrize(("service", "status"), [(service, 301) for service in SERVICES])
async def test_a_redirect_is_not_followed(service: Any, status: int) -> None:
    moved = httpx.MockTransport(
        lambda _: httpx.Response(status, headers={"Location": "https://elsewhere.test/?x=1"})
    )
    _, error = await answer_of(service(transport=moved), model="")
    assert type(error) is e.WrongAddress
    assert error.service_words == "it redirects to https://elsewhere.test/"


@pytest.mark.parametrize("service", SERVICES)
async def test_the_time_an_overloaded_service_asks_for_is_kept(service: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": "7"}, text="Overloaded")

    with pytest.raises(e.ServiceError) as caught:
        await text_of(service().create_async_generator("", HI, transport=httpx.MockTransport(answer)))

    assert caught.value.retry_after == 7


@pytest.mark.parametrize("service", SERVICES)
async def test_reasoning_in_think_tags_is_no_text(service: Any) -> None:
    wire = Wire(service, "<think>Hm.</think> ok")

    text = await text_of(service().create_async_generator("", HI, transport=wire.transport))

    assert text == "ok"


async def test_the_page_and_the_answer_share_the_deadlines() -> None:
    now = 0.0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal now
        now += 35
        return httpx.Response(200, text=PAGE if request.method == "GET" else '{"data":"late"}')

    provider = ChatGptt(transport=httpx.MockTransport(answer), clock=lambda: now)
    _, error = await answer_of(provider, model="")
    assert isinstance(error, e.ProviderTimeout)
    assert (error.phase, error.seconds) == ("first_text", 60)


# What reaches the wire.


async def test_the_wire_of_free_gpt() -> None:
    wire = Wire(FreeGpt)
    provider = FreeGpt(transport=wire.transport, wall_clock=lambda: 1700000000.9)
    await text_of(provider.create_async_generator("", TURNS))

    (request,) = wire.requests
    assert str(request.url) == "https://s.aifree.site/api/generate"
    assert wire.json == {
        "messages": TURNS,
        "time": 1700000000,
        "pass": None,
        "sign": sign(1700000000, "Привет"),
    }


async def test_the_wire_of_aichat_free() -> None:
    wire = Wire(AIChatFree)
    provider = AIChatFree(transport=wire.transport, wall_clock=lambda: 1700000000.0)
    await text_of(provider.create_async_generator("", TURNS))

    (request,) = wire.requests
    assert str(request.url) == "https://aichatfree.info/api/generate"
    assert request.headers["user-agent"] == DESKTOP
    assert request.headers["content-type"] == "text/plain;charset=UTF-8"
    assert request.headers["accept"] == "*/*"
    assert request.headers["origin"] == "https://aichatfree.info"
    assert request.headers["referer"] == "https://aichatfree.info/"
    roles = ["user", "user", "model", "user"]
    assert wire.json == {
        "messages": [
            {"role": role, "parts": [{"text": turn["content"]}]}
            for role, turn in zip(roles, TURNS, strict=True)
        ],
        "time": 1700000000000,
        "pass": None,
        "sign": "21d87dc3e6973f82ee6f4e4f098bd7ea67878542e5944eeab6ce5387133d8407",
    }


async def test_the_wire_of_chatgpt_free() -> None:
    wire = Wire(ChatgptFree)
    await text_of(ChatgptFree(transport=wire.transport).create_async_generator("gpt-4o-mini", TURNS))

    page, post = wire.requests
    assert (page.method, str(page.url)) == ("GET", "https://chatgptfree.ai/")
    assert str(post.url) == "https://chatgptfree.ai/wp-admin/admin-ajax.php"
    assert post.headers["content-type"] == "application/x-www-form-urlencoded"
    assert post.headers["origin"] == "https://chatgptfree.ai"
    assert post.headers["referer"] == "https://chatgptfree.ai/chat/"
    assert post.headers["user-agent"] == page.headers["user-agent"] == DESKTOP
    assert wire.form == {
        "_wpnonce": "d1e2f3",
        "post_id": "42",
        "url": "https://chatgptfree.ai",
        "action": "wpaicg_chat_shortcode_message",
        "message": "System: S\nUser: Hi\nAssistant: Yo\nUser: Привет\nAssistant:",
        "bot_id": "0",
    }


async def test_the_wire_of_chatgptt() -> None:
    wire = Wire(ChatGptt)
    provider = ChatGptt(transport=wire.transport, randomness=random.Random(7))
    await text_of(provider.create_async_generator("gpt-4", HI))

    post = wire.requests[-1]
    assert post.headers["accept"] == "application/json"
    assert post.headers["origin"] == "https://chatgptt.me"
    assert post.headers["referer"] == "https://chatgptt.me/chat"
    client_id = wire.form["wpaicg_chat_client_id"]
    assert re.fullmatch("[0-9a-f]{10}", client_id)
    assert wire.form == {
        "_wpnonce": "d1e2f3",
        "post_id": "42",
        "url": "https://chatgptt.me",
        "action": "wpaicg_chat_shortcode_message",
        "message": "hi",
        "bot_id": "0",
        "chatbot_identity": "shortcode",
        "wpaicg_chat_client_id": client_id,
        "wpaicg_chat_history": "[]",
    }


async def test_the_wire_of_flow_gpt() -> None:
    wire = Wire(FlowGpt)
    provider = FlowGpt(transport=wire.transport, wall_clock=lambda: 1700000000.5, randomness=random.Random(7))
    await text_of(provider.create_async_generator("gemini-pro", TURNS, temperature=0.3))

    (request,) = wire.requests
    assert str(request.url) == "https://prod-backend-k8s.flowgpt.com/v3/chat-anonymous"
    headers = request.headers
    assert headers["authorization"] == "Bearer null"
    assert headers["x-timestamp"] == "1700000000"
    assert re.fullmatch("[0-9a-f]{32}", headers["x-nonce"])
    assert re.fullmatch("f-[a-z0-9]{19}", headers["x-flow-device-id"])
    assert headers["referer"] == "https://flowgpt.com/"
    assert headers["origin"] == "https://flowgpt.com"
    assert wire.json == {
        "model": "google-gemini",
        "nsfw": False,
        "question": "Привет",
        "history": TURNS[1:3],
        "system": "S",
        "temperature": 0.3,
        "promptId": "model-google-gemini",
        "documentIds": [],
        "chatFileDocumentIds": [],
        "generateImage": False,
        "generateAudio": False,
    }


async def test_what_flow_gpt_sends_unasked() -> None:
    wire = Wire(FlowGpt)
    turns = [
        Message(Role.SYSTEM, "One"),
        Message(Role.USER, "Hi"),
        Message(Role.SYSTEM, "Two"),
        Message(Role.ASSISTANT, "Yo"),
    ]
    provider = FlowGpt(transport=wire.transport)
    async with provider.stream(ChatRequest("", turns)) as events:
        assert [event async for event in events]
    assert wire.json["system"] == "One\nTwo"
    assert wire.json["question"] == "Hi"
    assert wire.json["history"] == [{"role": "assistant", "content": "Yo"}]
    assert wire.json["temperature"] == 0.7
    await answer_of(provider, model="")
    assert wire.json["system"]


def test_only_flow_gpt_is_told_the_model() -> None:
    assert [service.kind for service in SERVICES if service.sends_model] == ["FlowGpt"]


# The package.


@pytest.mark.parametrize("name", [service.__name__ for service in SERVICES])
def test_a_service_alone_imports_neither_reflex_nor_a_database(name: str) -> None:
    script = f"""
import sys
from webchat.providers import {name}
heavy = {{"reflex", "sqlmodel", "sqlalchemy", "alembic", "starlette", "pydantic"}} & sys.modules.keys()
sys.exit(f"imported {{heavy}}" if heavy else 0)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("service", SERVICES)
def test_the_example_of_each_service_runs(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(service, f"Hello from {service.__name__}")
    plain = FreeService.__init__

    def with_transport(self: FreeService, *args: Any, **options: Any) -> None:
        plain(self, *args, **{"transport": wire.transport, **options})

    monkeypatch.setattr(FreeService, "__init__", with_transport)
    assert run_examples(service) > 0


def public_classes() -> list[Any]:
    values = (getattr(webchat.providers, name) for name in webchat.providers.__all__)
    return [value for value in values if inspect.isclass(value)]


@pytest.mark.parametrize("kind", [kind for kind in public_classes() if kind not in SERVICES])
def test_every_other_public_class_has_an_example_that_runs(kind: Any) -> None:
    assert run_examples(kind) > 0


@pytest.mark.parametrize(
    "name", ["signing", "prompt", "nonces", "held_start", "whole_json", "free_gpt", "aichat_free"]
)
def test_the_examples_of_the_modules_run(name: str) -> None:
    module = importlib.import_module(f"webchat.providers.free.{name}")
    functions = [value for value in vars(module).values() if inspect.isfunction(value)]
    assert sum(run_examples(function) for function in functions if function.__module__ == module.__name__)


def run_examples(thing: Any) -> int:
    """Run the examples in a docstring; return how many there are."""
    globs = dict(vars(inspect.getmodule(thing)))
    runner = doctest.DocTestRunner()
    test = doctest.DocTestParser().get_doctest(thing.__doc__ or "", globs, thing.__name__, None, 0)
    runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
    return len(test.examples)
