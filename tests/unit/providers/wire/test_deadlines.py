"""R10 with a clock that the test moves; over real sockets see tests/integration/providers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.unit.providers.transcripts import Pieces, answer_of
from webchat.messages import Message, Role, TextDelta
from webchat.providers import ChatRequest, Deadlines, OpenAICompatible
from webchat.providers.errors import Phase, ProviderTimeout

FRAME = b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'
COMMENT = b": still there\n\n"
ROLE = b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
END = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def provider(pieces: Iterator[bytes], step: float, clock: Clock, **deadlines: float) -> OpenAICompatible:
    stream = Pieces(pieces, before_each=lambda: clock.advance(step))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=stream))
    return OpenAICompatible(
        "http://a.test", transport=transport, deadlines=Deadlines(**deadlines), clock=clock, read_pause=0
    )


def endless(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


def timeout_of(error: Exception | None) -> tuple[str, float]:
    assert isinstance(error, ProviderTimeout)
    return error.phase, error.seconds


async def test_a_drip_feed_ends_at_the_total() -> None:
    clock = Clock()
    events, error = await answer_of(provider(endless(FRAME), 1.0, clock))

    assert timeout_of(error) == ("total", 600)
    assert error is not None
    assert error.partial_text == "x" * 600
    assert clock.now == 1600
    assert events == [TextDelta("x" * 600)]


@pytest.mark.parametrize(
    "sign", [COMMENT, ROLE, b"\n\n"], ids=["comment", "chunk without text", "empty line"]
)
async def test_signs_of_life_keep_the_first_deadline_from_striking(sign: bytes) -> None:
    pieces = iter([sign] * 5 + [FRAME, END])
    events, error = await answer_of(provider(pieces, 59.0, Clock(), first_text=60))

    assert error is None
    assert events[0] == TextDelta("x")


async def test_signs_of_life_do_not_extend_the_total() -> None:
    clock = Clock()
    _, error = await answer_of(provider(endless(COMMENT), 1.0, clock))

    assert timeout_of(error) == ("total", 600)
    assert clock.now == 1600


async def test_a_silence_after_signs_of_life_is_a_silence() -> None:
    pieces = iter([COMMENT, COMMENT])
    stream = httpx.MockTransport(lambda _: httpx.Response(200, stream=Silence(*pieces)))
    service = OpenAICompatible("http://a.test", transport=stream, deadlines=Deadlines(first_text=0.02))

    _, error = await answer_of(service)

    assert timeout_of(error) == ("first_text", 0.02)


@pytest.mark.parametrize(
    ("phase", "label"),
    [("connect", "Connect"), ("first_text", "First text"), ("idle", "Idle timeout"), ("total", "Total")],
)
def test_a_deadline_that_passed_names_its_setting(phase: Phase, label: str) -> None:
    words = str(ProviderTimeout("S", phase, 60))

    assert f"“{label}” in the provider's settings" in words
    assert f"WEBCHAT_{phase.upper()}_TIMEOUT" in words


async def test_each_piece_renews_the_idle_deadline() -> None:
    pieces = iter([FRAME] * 9 + [END])
    events, error = await answer_of(provider(pieces, 59.0, Clock(), first_text=60, idle=60))

    assert error is None
    assert events[0] == TextDelta("x" * 9)


async def test_slow_reader_does_not_count_as_a_silent_service() -> None:
    clock = Clock()
    service = provider(iter([FRAME, FRAME, END]), 1.0, clock, idle=5)

    async with service.stream(ChatRequest("m", [Message(Role.USER, "hi")])) as events:
        count = 0
        async for _ in events:
            clock.advance(100)
            count += 1
    assert count == 3


async def _never(_: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


class Silence(httpx.AsyncByteStream):
    def __init__(self, *first: bytes) -> None:
        self._first = first

    async def __aiter__(self) -> Any:
        for piece in self._first:
            yield piece
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("transport", "deadlines", "expected"),
    [
        (httpx.MockTransport(_never), {"connect": 0.02}, ("connect", 0.02)),
        (
            httpx.MockTransport(lambda _: httpx.Response(200, stream=Silence())),
            {"first_text": 0.02},
            ("first_text", 0.02),
        ),
        (httpx.MockTransport(lambda _: httpx.Response(500, stream=Silence())), {"total": 0.02}, None),
        (
            httpx.MockTransport(lambda _: httpx.Response(200, stream=Silence(FRAME))),
            {"idle": 0.02},
            ("idle", 0.02),
        ),
        (
            httpx.MockTransport(lambda _: httpx.Response(200, stream=Silence(FRAME))),
            {"total": 0.02},
            ("total", 0.02),
        ),
    ],
)
async def test_a_service_that_hangs(
    transport: httpx.MockTransport, deadlines: dict[str, float], expected: tuple[str, float] | None
) -> None:
    task = asyncio.current_task()
    assert task is not None
    service = OpenAICompatible("http://a.test", transport=transport, deadlines=Deadlines(**deadlines))

    _, error = await answer_of(service)

    if expected is None:
        assert error is not None
        assert error.status == 500
    else:
        assert timeout_of(error) == expected
    assert task.cancelling() == 0


async def test_a_finished_answer_does_not_wait_long_for_its_trailer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webchat.providers.openai_compatible._TRAILER_GRACE", 0.02)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Silence(FRAME, END)))

    events, error = await answer_of(OpenAICompatible("http://a.test", transport=transport))

    assert error is None
    assert len(events) == 2


async def test_a_cancellation_from_outside_stays_a_cancellation() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Silence(FRAME)))
    service = OpenAICompatible("http://a.test", transport=transport, deadlines=Deadlines(idle=0.05))

    async def read() -> None:
        await answer_of(service)

    task = asyncio.create_task(read())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_caller_may_set_a_timeout_of_its_own_around_it() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Silence(FRAME)))
    service = OpenAICompatible("http://a.test", transport=transport)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await answer_of(service)


@pytest.mark.parametrize("name", ["connect", "first_text", "idle", "total"])
def test_deadlines_are_longer_than_nothing(name: str) -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        Deadlines(**{name: 0})
