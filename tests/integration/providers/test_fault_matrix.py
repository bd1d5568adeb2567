"""Every provider × everything that can go wrong: a typed error, the service's words, the text so far."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.integration.providers.leaks import nothing_left
from tests.unit.providers.transcripts import answer_of
from tests.upstreams.faults import (
    BEGINNING,
    LIMIT_WORDS,
    OVERLOADED,
    QUOTA,
    QUOTA_WITH_SUFFIX,
    ServiceUpstream,
)
from tests.upstreams.openai_faults import OpenAIFaultsUpstream
from tests.upstreams.services import UPSTREAMS
from webchat.messages import TextDelta
from webchat.providers import (
    AIChatFree,
    AsyncGeneratorProvider,
    ChatgptFree,
    ChatGptt,
    Deadlines,
    FlowGpt,
    FreeGpt,
    OpenAICompatible,
)
from webchat.providers import errors as e
from webchat.providers.partial_text import PARTIAL_LIMIT

pytestmark = pytest.mark.network

Make = Callable[..., AsyncGeneratorProvider]
PROVIDERS: dict[str, tuple[type[ServiceUpstream], Make]] = {
    "FreeGpt": (UPSTREAMS["FreeGpt"], FreeGpt),
    "ChatgptFree": (UPSTREAMS["ChatgptFree"], ChatgptFree),
    "AIChatFree": (UPSTREAMS["AIChatFree"], AIChatFree),
    "ChatGptt": (UPSTREAMS["ChatGptt"], ChatGptt),
    "FlowGpt": (UPSTREAMS["FlowGpt"], FlowGpt),
    "OpenAICompatible": (OpenAIFaultsUpstream, lambda **options: OpenAICompatible(models=["m"], **options)),
}
LONG = Deadlines(connect=10, first_text=20, idle=20, total=30)
SHORT = {"first_text": 0.25, "idle": 0.25, "total": 1.0}
"""Seconds of the deadline that a fault waits for. The others stay long: a busy machine might reach them."""


@dataclass(frozen=True)
class Expected:
    """What a fault comes to: the error's class, words in it, the text kept, the deadline that passes."""

    kind: type[e.ProviderError]
    words: str = ""
    partial: str = ""
    phase: str = ""


FAULTS: dict[str, Expected] = {
    "quota-in-200": Expected(e.QuotaExceeded, QUOTA),
    "quota-suffix": Expected(e.QuotaExceeded, QUOTA_WITH_SUFFIX),
    "quota-500": Expected(e.QuotaExceeded, "Quota exceeded for the day"),
    "rate-429": Expected(e.RateLimitError, "Slow down, please"),
    "unauthorised-401": Expected(e.AuthenticationFailed, "Invalid signature."),
    "challenge-403": Expected(e.ChallengePage, "Just a moment... – Checking your browser"),
    "html-200": Expected(e.ChallengePage, "Just a moment... – Checking your browser"),
    "empty": Expected(e.EmptyAnswer),
    "minus-one": Expected(e.MalformedAnswer, "-1"),
    "malformed-json": Expected(e.MalformedAnswer, '{"', BEGINNING),
    "error-event": Expected(e.ServiceError, OVERLOADED, BEGINNING),
    "limited": Expected(e.RateLimitError, LIMIT_WORDS),
    "missing-end": Expected(e.TruncatedAnswer, "", BEGINNING),
    "cut-before": Expected(e.ConnectionFailed),
    "cut-after": Expected(e.TruncatedAnswer, "", BEGINNING),
    "silent": Expected(e.ProviderTimeout, phase="first_text"),
    "hang-before": Expected(e.ProviderTimeout, phase="first_text"),
    "hang-after": Expected(e.ProviderTimeout, partial=BEGINNING, phase="idle"),
    "drip": Expected(e.ProviderTimeout, partial=BEGINNING, phase="total"),
    "endless-line": Expected(e.AnswerTooLarge),
    "gzip-bomb": Expected(e.AnswerTooLarge),
}

DIFFERENT: dict[tuple[str, str], Expected] = {
    ("FreeGpt", "malformed-json"): Expected(e.MalformedAnswer, '{"error":{"message":"'),
    ("AIChatFree", "malformed-json"): Expected(e.MalformedAnswer, '{"error":{"message":"'),
    ("ChatGptt", "malformed-json"): Expected(e.MalformedAnswer, '{"status":"success","data":{"text":'),
    # These answer with an error from the start, before any text.
    ("FreeGpt", "error-event"): Expected(e.ServiceError, OVERLOADED),
    ("AIChatFree", "error-event"): Expected(e.ServiceError, OVERLOADED),
    ("ChatGptt", "error-event"): Expected(e.ServiceError, OVERLOADED),
    ("FreeGpt", "limited"): Expected(e.RateLimitError, "流量异常"),
    ("AIChatFree", "limited"): Expected(e.QuotaExceeded, f"Quota exceeded. {LIMIT_WORDS}"),
    ("ChatgptFree", "limited"): Expected(e.QuotaExceeded, LIMIT_WORDS),
    # WordPress says with -1 that it refuses the nonce.
    ("ChatgptFree", "minus-one"): Expected(e.NonceRefused, "-1"),
    ("ChatGptt", "minus-one"): Expected(e.NonceRefused, "-1"),
    # To OpenAI, a quota is no matter of words in a status 500.
    ("OpenAICompatible", "quota-500"): Expected(e.ServiceError, "Quota exceeded for the day"),
    # Plain text has no lines: what came until the limit is text.
    ("FreeGpt", "endless-line"): Expected(e.AnswerTooLarge, partial="xxx"),
    ("AIChatFree", "endless-line"): Expected(e.AnswerTooLarge, partial="xxx"),
    ("FreeGpt", "gzip-bomb"): Expected(e.AnswerTooLarge, partial="data: xxx"),
    ("AIChatFree", "gzip-bomb"): Expected(e.AnswerTooLarge, partial="data: xxx"),
    ("ChatGptt", "endless-line"): Expected(e.AnswerTooLarge, partial="xxx"),
}


def provider(name: str, url: str, deadlines: Deadlines = LONG) -> AsyncGeneratorProvider:
    return PROVIDERS[name][1](base_url=url, deadlines=deadlines)


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", PROVIDERS)
async def test_a_fault(name: str, fault: str) -> None:
    expected = DIFFERENT.get((name, fault), FAULTS[fault])
    async with PROVIDERS[name][0](fault=fault) as upstream, nothing_left(upstream):
        short = {expected.phase: SHORT[expected.phase]} if expected.phase else {}
        asked = provider(name, upstream.url, replace(LONG, **short))

        async with asyncio.timeout(LONG.total):
            events, error = await answer_of(asked, model="")

    assert error is not None
    assert type(error) is expected.kind
    assert expected.words in error.service_words or expected.words in str(error)
    assert error.partial_text.startswith(expected.partial)
    assert bool(error.partial_text) == bool(expected.partial)
    came = text_of(events)[:PARTIAL_LIMIT]
    assert error.partial_text[: len(came)] == came
    if isinstance(error, e.ProviderTimeout):
        assert error.phase == expected.phase
    if isinstance(error, e.RateLimitError) and fault == "rate-429":
        assert error.retry_after == 7
    assert str(error)


@pytest.mark.parametrize("name", PROVIDERS)
async def test_nothing_listens(name: str) -> None:
    async with PROVIDERS[name][0]() as upstream:
        url = upstream.url
    async with nothing_left(upstream):
        events, error = await answer_of(provider(name, url), model="")
    assert (events, type(error)) == ([], e.ConnectionFailed)
    assert "nothing is listening at 127.0.0.1" in str(error)


@pytest.mark.parametrize("name", PROVIDERS)
async def test_tls_where_there_is_none(name: str) -> None:
    async with PROVIDERS[name][0]() as upstream, nothing_left(upstream):
        url = upstream.url.replace("http:", "https:")
        events, error = await answer_of(provider(name, url), model="")
    assert (events, type(error)) == ([], e.ConnectionFailed)
    assert "http:// instead of https://" in str(error)


@pytest.mark.parametrize("name", PROVIDERS)
async def test_a_host_that_is_not_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with PROVIDERS[name][0]() as upstream, nothing_left(upstream):
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        events, error = await answer_of(provider(name, "http://nowhere.invalid"), model="")
    assert (events, type(error)) == ([], e.ConnectionFailed)
    assert "unknown host nowhere.invalid" in str(error)


@pytest.mark.parametrize("name", PROVIDERS)
async def test_the_same_service_answers_when_nothing_is_wrong(name: str) -> None:
    async with PROVIDERS[name][0]() as upstream, nothing_left(upstream):
        events, error = await answer_of(provider(name, upstream.url), "Привет, 你好 👋", model="")
        refused = [request.facts.get("refused") for request in upstream.requests]
    assert error is None, refused
    assert text_of(events).startswith(name)
    assert text_of(events).endswith("heard: Привет, 你好 👋")
