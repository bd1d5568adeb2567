from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from tests.unit.providers.transcripts import answer_of
from webchat import providers
from webchat.messages import (
    Finish,
    FinishReason,
    Message,
    ReasoningDelta,
    Role,
    StreamEvent,
    TextDelta,
)
from webchat.providers import AsyncGeneratorProvider, ChatRequest, Deadlines, ProviderModelMixin, base
from webchat.providers.errors import (
    AnswerTooLarge,
    BadRequest,
    ConnectionFailed,
    EmptyAnswer,
    ModelNotFound,
    OnlyReasoning,
    ServiceError,
    TruncatedAnswer,
)
from webchat.providers.parameters import Parameters
from webchat.providers.request import as_messages

STOP = Finish(FinishReason.STOP, "stop")
HI = [Message(Role.USER, "hi")]


class Scripted(ProviderModelMixin, AsyncGeneratorProvider):
    """Answers with the given events; an exception among them is raised."""

    default_model = "small"
    models = ("small", "large")
    model_aliases = {"s": "small"}  # noqa: RUF012

    def __init__(self, *script: StreamEvent | Exception, **options: Any) -> None:
        super().__init__(**options)
        self.script = script or (TextDelta("one "), ReasoningDelta("hm"), TextDelta("two"), STOP)
        self.closed = 0
        self.requests: list[ChatRequest] = []
        self.seen: list[Scripted] = []

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        self.seen.append(self)
        try:
            for event in self.script:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.closed += 1


async def collected(generator: AsyncGenerator[str, None]) -> str:
    return "".join([text async for text in generator])


def test_models_by_name_alias_and_default() -> None:
    provider = Scripted()
    assert provider.get_model("") == provider.get_model("s") == provider.get_model("small") == "small"
    assert Scripted.get_model("large") == "large"


@pytest.mark.parametrize("target", [Scripted, Scripted()])
def test_an_unknown_model_is_a_typed_error(target: Any) -> None:
    with pytest.raises(ModelNotFound, match="Scripted has no model named “huge”") as caught:
        target.get_model("huge")
    assert caught.value.models == ("small", "large")


def test_a_subclass_of_the_mixin_alone_works() -> None:
    class Mine(ProviderModelMixin):
        default_model = "gpt-3.5-turbo"
        models = ["gpt-3.5-turbo", "gpt-4"]  # noqa: RUF012

    assert Mine().get_model("gpt-4") == "gpt-4"
    assert Mine().get_model("") == "gpt-3.5-turbo"
    with pytest.raises(ModelNotFound, match="Mine"):
        Mine().get_model("gpt-5")


async def test_the_documented_call_gives_text_on_class_and_instance() -> None:
    messages = [{"role": "user", "content": "hi"}]
    assert await collected(Scripted.create_async_generator("small", messages)) == "one two"
    assert await collected(Scripted().create_async_generator(model="small", messages=messages)) == "one two"


async def test_the_documented_call_passes_its_parameters_on() -> None:
    provider = Scripted(deadlines=Deadlines(connect=5))
    messages = [{"role": "system", "content": "be"}, {"role": "user", "content": "hi"}]

    await collected(
        provider.create_async_generator(
            "large", messages, proxy="http://p:1", timeout=30, temperature=0.2, max_tokens=9
        )
    )

    assert provider.requests == [
        ChatRequest(
            "large", [Message(Role.SYSTEM, "be"), Message(Role.USER, "hi")], 0.2, Parameters(max_tokens=9)
        )
    ]
    (used,) = provider.seen
    assert used.proxy == "http://p:1"
    assert used.deadlines == Deadlines(connect=5, first_text=30, idle=30, total=30)
    assert provider.proxy is None
    assert provider.deadlines == Deadlines(connect=5)


async def test_an_unknown_option_is_passed_over_with_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "webchat"):
        await collected(Scripted().create_async_generator("small", HI, web_search=True))
    assert "does not support the option web_search" in caplog.text


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "robot", "content": "hi"}],
        [{"role": ["user"], "content": "hi"}],
        [{"content": "hi"}],
        [{"role": "user"}],
        [{"role": "user", "content": [{"type": "image_url"}]}],
        [{"role": "user", "content": None}],
    ],
)
async def test_bad_input_is_refused_before_the_service_is_asked(messages: Any) -> None:
    provider = Scripted()
    with pytest.raises(BadRequest):
        await collected(provider.create_async_generator("small", messages))
    assert provider.requests == []


def test_messages_may_be_values_or_dicts() -> None:
    assert as_messages("S", [*HI, {"role": "assistant", "content": ""}]) == [*HI, Message(Role.ASSISTANT, "")]


async def test_leaving_the_block_early_closes_the_source() -> None:
    provider = Scripted()
    async with provider.stream(ChatRequest("small", HI)) as events:
        async for _ in events:
            break
        assert provider.closed == 0
    assert provider.closed == 1


async def test_closing_the_generator_early_closes_the_source() -> None:
    provider = Scripted()
    async with aclosing(provider.create_async_generator("small", HI)) as texts:
        assert await anext(texts) == "one "
    (used,) = provider.seen
    assert used.closed == 1


async def test_an_error_carries_the_text_that_had_come() -> None:
    _, error = await answer_of(Scripted(TextDelta("a"), TextDelta("b"), ServiceError("S")))
    assert type(error) is ServiceError
    assert error.partial_text == "ab"


async def test_a_connection_lost_after_text_is_a_truncated_answer() -> None:
    _, error = await answer_of(Scripted(TextDelta("a"), ConnectionFailed("S")))
    assert type(error) is TruncatedAnswer
    assert error.partial_text == "a"


async def test_a_connection_lost_before_text_stays_what_it_is() -> None:
    _, error = await answer_of(Scripted(ConnectionFailed("S")))
    assert type(error) is ConnectionFailed


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([STOP], "sent an empty answer"),
        ([Finish(FinishReason.CONTENT_FILTER)], "content filter"),
        ([Finish(FinishReason.LENGTH)], "length limit"),
        ([ServiceError("S")], "server error"),
    ],
)
async def test_an_answer_without_any_text(script: list[StreamEvent | Exception], words: str) -> None:
    events, error = await answer_of(Scripted(*script))
    assert events == []
    assert words in str(error)


async def test_a_source_that_just_ends_is_an_empty_answer() -> None:
    class Nothing(Scripted):
        async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
            return
            yield STOP  # never: it makes this a generator

    _, error = await answer_of(Nothing())
    assert type(error) is EmptyAnswer


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ([STOP], "stopped after its reasoning"),
        ([], "stopped after its reasoning"),
        ([Finish(FinishReason.LENGTH)], "reached the length limit during its reasoning"),
    ],
)
async def test_reasoning_alone_is_no_complete_answer(end: list[StreamEvent], words: str) -> None:
    events, error = await answer_of(Scripted(ReasoningDelta("hm"), *end))

    assert events == [ReasoningDelta("hm")]
    assert type(error) is OnlyReasoning
    assert words in str(error)
    assert not error.retryable


async def test_text_starting_with_a_think_tag_is_split_everywhere() -> None:
    events, error = await answer_of(Scripted(TextDelta("<think>hm</thi"), TextDelta("nk>\nyes"), STOP))

    assert (events, error) == ([ReasoningDelta("hm"), TextDelta("yes"), STOP], None)


async def test_what_was_held_back_comes_before_the_error() -> None:
    events, error = await answer_of(Scripted(TextDelta("<think>hm</th"), ServiceError("S")))

    assert events == [ReasoningDelta("hm</th")]
    assert type(error) is ServiceError
    assert error.partial_text == ""


@pytest.mark.parametrize("text", ["xxxxx", "éé", "👋"])
async def test_an_answer_may_hold_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(base, "ANSWER_LIMIT", 8)
    _, error = await answer_of(Scripted(TextDelta("xxx"), TextDelta("xx"), STOP))
    assert error is None
    _, error = await answer_of(Scripted(TextDelta("xxxxx"), TextDelta(text), STOP))
    assert type(error) is AnswerTooLarge
    assert error.partial_text == "xxxxx"


def test_provider_name_defaults_to_its_class_name() -> None:
    assert (Scripted.name, Scripted.kind, Scripted(name="Mine").name) == ("Scripted", "Scripted", "Mine")
    assert repr(Scripted(name="Mine")) == "<Scripted 'Mine' >"


async def test_a_provider_with_fixed_models_lists_them() -> None:
    assert await Scripted().list_models() == ["small", "large"]


def test_the_provider_layer_stands_alone() -> None:
    script = """
import sys
import webchat.providers, webchat.providers.registry, webchat.providers.discovery
heavy = {"reflex", "sqlmodel", "sqlalchemy", "starlette", "pydantic"} & sys.modules.keys()
sys.exit(f"imported {heavy}" if heavy else 0)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_each_public_name_of_the_package_can_be_imported() -> None:
    assert {name for name in providers.__all__ if getattr(providers, name, None) is None} == set()
    with pytest.raises(AttributeError, match="no attribute 'Unknown'"):
        _ = providers.Unknown
