"""Turns: what comes in floods is read piece by piece, one answer at a time, and lets everything else go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from webchat.messages import Message, Role, TextDelta
from webchat.providers import ChatRequest, OpenAICompatible
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import ProviderError, TruncatedAnswer
from webchat.providers.partial_text import PARTIAL_LIMIT, PartialText
from webchat.providers.wire import http
from webchat.providers.wire.network import Pace
from webchat.providers.wire.pacing import (
    COST_OF_A_PIECE,
    PIECE,
    REST,
    TURNS_BEFORE_A_REST,
    next_turn,
    read_in_pieces,
)

FRAME = b"data: " + json.dumps({"choices": [{"delta": {"content": "word "}}]}).encode() + b"\n\n"


class Body(httpx.AsyncByteStream):
    """A body in these pieces, all of which are there already."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


class Sends(httpx.AsyncBaseTransport):
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Body(self._pieces))


async def events_between_turns(pieces: list[bytes]) -> list[int]:
    """How many events of an answer are read between two rounds of the loop."""
    rounds = 0
    counts: dict[int, int] = {}

    async def others() -> None:
        nonlocal rounds
        while True:
            await asyncio.sleep(0)
            rounds += 1

    other = asyncio.create_task(others())
    provider = OpenAICompatible("http://127.0.0.1:9/v1", transport=Sends(pieces))
    async with provider.stream(ChatRequest("m", [Message(Role.USER, "hi")])) as events:
        async for _ in events:
            counts[rounds] = counts.get(rounds, 0) + 1
    other.cancel()
    return list(counts.values())


@pytest.mark.parametrize("copies", [2_000, 8_000])
async def test_a_flood_lets_the_loop_go_on_after_every_piece(copies: int) -> None:
    counts = await events_between_turns([FRAME * copies, b"data: [DONE]\n\n"])

    assert sum(counts) == copies + 1
    assert max(counts) <= 2 * PIECE // len(FRAME) + 2


async def test_letters_by_the_thousand_in_one_read_are_a_flood_too() -> None:
    """Each costs as much to read as a long word."""
    letter = FRAME.replace(b"word ", b"x")
    counts = await events_between_turns([letter * 5_000, b"data: [DONE]\n\n"])

    assert max(counts) <= 2 * PIECE // len(letter) + 2


class Flooded(Pace):
    """As after reads that were all large."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.flooded = True


async def test_flood_of_single_bytes_yields_to_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A piece costs something to read however short it is."""
    monkeypatch.setattr(http, "Pace", Flooded)
    letters = [bytes([byte]) for byte in FRAME * 300]
    counts = await events_between_turns([*letters, b"data: [DONE]\n\n"])

    assert sum(counts) == 301
    assert max(counts) <= 2 * PIECE // (COST_OF_A_PIECE + 1) // len(FRAME) + 2


async def test_what_is_no_flood_is_read_at_once() -> None:
    assert await events_between_turns([FRAME * 20, b"data: [DONE]\n\n"]) == [21]


async def test_of_many_floods_one_takes_a_piece_in_a_round() -> None:
    taken: list[int] = []
    rounds: list[int] = []

    async def flood(number: int) -> None:
        for _ in range(5):
            await next_turn()
            taken.append(number)

    async def others(floods: list[asyncio.Task[None]]) -> None:
        while not all(task.done() for task in floods):
            before = len(taken)
            await asyncio.sleep(0)
            rounds.append(len(taken) - before)

    floods = [asyncio.create_task(flood(number)) for number in range(6)]
    await others(floods)

    assert max(rounds) == 1
    assert taken == [0, 1, 2, 3, 4, 5] * 5


async def test_floods_rest_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of the database get the interpreter meanwhile."""
    rests: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        rests.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", noted)
    for _ in range(4 * TURNS_BEFORE_A_REST):
        await next_turn()

    assert rests.count(REST) == 4
    assert set(rests) == {0, REST}


def test_pieces_are_the_whole() -> None:
    for size in (0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE):
        pieces = list(read_in_pieces(bytes(range(256)) * (size // 256 + 1)))
        assert b"".join(pieces) == bytes(range(256)) * (size // 256 + 1)
        assert max(map(len, pieces)) <= PIECE


# What an error carries of the answer.


class Talks(AsyncGeneratorProvider):
    async def generate(self, request: ChatRequest) -> AsyncIterator[TextDelta]:  # type: ignore[override]
        for _ in range(3 * PARTIAL_LIMIT // 100):
            yield TextDelta("x" * 100)
        raise TruncatedAnswer(self.name)


async def read(provider: AsyncGeneratorProvider, came: list[int]) -> None:
    async with provider.stream(ChatRequest("m", [Message(Role.USER, "hi")])) as events:
        async for event in events:
            assert isinstance(event, TextDelta)
            came.append(len(event.text))


async def test_error_of_an_endless_answer_has_only_its_beginning() -> None:
    came: list[int] = []
    with pytest.raises(ProviderError) as caught:
        await read(Talks(), came)

    assert sum(came) > 2 * PARTIAL_LIMIT
    assert caught.value.partial_text == "x" * PARTIAL_LIMIT


def test_a_partial_text_is_what_was_added() -> None:
    text = PartialText()
    assert not text
    for number in range(10_000):
        text.add(f"{number} ")

    assert text
    assert str(text) == "".join(f"{number} " for number in range(10_000))
