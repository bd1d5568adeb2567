"""A provider whose every answer waits in the middle until a test says how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from tests.integration.services.scripted import DONE, Scripted
from webchat.messages import StreamEvent, TextDelta
from webchat.providers.request import ChatRequest


class Turn:
    """One run of the provider: it has said its first words and waits to be told how to end."""

    def __init__(self, number: int) -> None:
        self.first, self.rest = f"first of {number}, ", f"rest of {number}."
        self.reached = asyncio.Event()
        self.end: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()


class Patient(Scripted):
    """A provider whose every answer waits in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[Turn] = []
        self.came = asyncio.Event()

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        turn = Turn(len(self.turns))
        self.turns.append(turn)
        yield TextDelta(turn.first)
        turn.reached.set()
        self.came.set()
        error = await turn.end
        if error is not None:
            raise error
        yield TextDelta(turn.rest)
        yield DONE
