"""Transports that play a recorded body, so that a provider can be tested without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from itertools import groupby
from pathlib import Path

import httpx

from webchat.messages import Message, ReasoningDelta, Role, StreamEvent, TextDelta
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import ProviderError
from webchat.providers.request import ChatRequest

TRANSCRIPTS = Path(__file__).parents[2] / "fixtures" / "transcripts"


class Pieces(httpx.AsyncByteStream):
    """A body that comes in these pieces; an exception among them is raised in its place."""

    def __init__(
        self, pieces: Iterable[bytes | Exception], before_each: Callable[[], None] = lambda: None
    ) -> None:
        self._pieces = pieces
        self._before_each = before_each

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self._before_each()
            if isinstance(piece, Exception):
                raise piece
            yield piece


def playing(
    *pieces: bytes | Exception, status: int = 200, headers: Mapping[str, str] | None = None
) -> httpx.MockTransport:
    """Answer every request with these pieces."""
    return httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, stream=Pieces(pieces)))


async def answer_of(
    provider: AsyncGeneratorProvider, prompt: str = "hi", model: str = "m"
) -> tuple[list[StreamEvent], ProviderError | None]:
    """Return the events of an answer, neighbouring deltas joined, and the error that ended it."""
    events: list[StreamEvent] = []
    try:
        async with provider.stream(ChatRequest(model, [Message(Role.USER, prompt)])) as stream:
            async for event in stream:
                events.append(event)
    except ProviderError as error:
        return joined(events), error
    return joined(events), None


def joined(events: Iterable[StreamEvent]) -> list[StreamEvent]:
    """The events with neighbouring deltas of one kind put together."""
    together: list[StreamEvent] = []
    for kind, group in groupby(events, type):
        if issubclass(kind, TextDelta | ReasoningDelta):
            together.append(kind("".join(delta.text for delta in group)))  # type: ignore[union-attr]
        else:
            together += group
    return together
