"""A provider that plays a script, so that every moment of an answer can be held still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from webchat.messages import Finish, FinishReason, StreamEvent, TextDelta
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.request import ChatRequest

DONE = Finish(FinishReason.STOP, "stop")


class Hold:
    """A place in a script where the provider waits: `reached` says that it is there, `go` lets it on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go = asyncio.Event()

    async def pass_by(self) -> None:
        self.reached.set()
        await self.go.wait()


Step = StreamEvent | Exception | Hold


class Scripted(AsyncGeneratorProvider):
    """Plays `steps` for every request: events are sent, exceptions raised, holds waited for.

    `last_breath` is what it still has to do when it is left, such as closing a connection.
    """

    takes_pictures = True

    def __init__(self, *steps: Step, models: Sequence[str] | Exception = ("m",)) -> None:
        super().__init__()
        self.steps = steps
        self.models = models if not isinstance(models, Exception) else ()
        self._refusal = models if isinstance(models, Exception) else None
        self.requests: list[ChatRequest] = []
        self.left = 0
        self.closed = 0
        self.last_breath: Hold | None = None

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        try:
            for step in self.steps:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, Hold):
                    await step.pass_by()
                else:
                    yield step
        finally:
            if self.last_breath is not None:
                await self.last_breath.pass_by()
            self.left += 1

    async def list_models(self) -> list[str]:
        if self._refusal is not None:
            raise self._refusal
        return list(self.models)

    async def aclose(self) -> None:
        self.closed += 1


def saying(*pieces: str) -> Scripted:
    """A provider that says these pieces and ends well."""
    return Scripted(*(TextDelta(piece) for piece in pieces), DONE)
