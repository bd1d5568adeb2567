"""The documented interface of the five services."""

from __future__ import annotations

import inspect
import logging
import re
from typing import Any

import pytest

from tests.unit.providers.free.services import HI, SERVICES, Wire, text_of
from tests.unit.providers.transcripts import answer_of
from webchat.providers import (
    AIChatFree,
    AsyncGeneratorProvider,
    ChatgptFree,
    ChatGptt,
    FlowGpt,
    FreeGpt,
    ProviderModelMixin,
)
from webchat.providers import errors as e


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
