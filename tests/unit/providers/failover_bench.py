"""What the tests of failover share: providers that play scripts, and a clock that moves while it waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from webchat.messages import Finish, FinishReason, Message, Role, StreamEvent, TextDelta
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import ProviderError, ServiceError
from webchat.providers.failover import MAX_BACKOFF, AskEvent, AttemptBegan, Candidate, Failover
from webchat.providers.health import MAX_CONCURRENT, Health, ProviderBusy
from webchat.providers.parameters import Parameters
from webchat.providers.request import ChatRequest

ASKED = ChatRequest(
    "asked", [Message(Role.USER, "Hello")], temperature=0.5, parameters=Parameters(max_tokens=7)
)
DONE = Finish(FinishReason.STOP, "stop")

Step = StreamEvent | Exception | asyncio.Event
"""What a provider does next; an event is waited for."""


class Played(AsyncGeneratorProvider):
    """Plays one script a call, the last one again and again."""

    def __init__(self, name: str, *scripts: Sequence[Step]) -> None:
        super().__init__(name=name)
        self.scripts = list(scripts)
        self.requests: list[ChatRequest] = []
        self.open = 0

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        self.open += 1
        try:
            for step in script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            self.open -= 1


class Bench:
    """A failover whose clock moves only while it sleeps."""

    def __init__(
        self, jitter: Callable[[], float] = lambda: 1.0, max_retry_wait: float = MAX_BACKOFF
    ) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self.health = Health(lambda: self.now)
        self.failover = Failover(self.health, sleep=self.sleep, jitter=jitter, max_retry_wait=max_retry_wait)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    async def one(self, provider: AsyncGeneratorProvider) -> tuple[list[AskEvent], ProviderError | None]:
        return await collect(self.failover.ask_one(candidate(provider), ASKED))

    async def any(self, *providers: AsyncGeneratorProvider) -> tuple[list[AskEvent], ProviderError | None]:
        return await collect(self.failover.ask_any("Auto", [candidate(each) for each in providers], ASKED))

    def rest(self, provider: Played) -> None:
        for _ in range(5):
            self.health.enter(provider.name, provider.name)
            self.health.failed(provider.name, ServiceError(provider.name))
            self.health.leave(provider.name)


def candidate(provider: AsyncGeneratorProvider) -> Candidate:
    return Candidate(provider.name, provider, f"{provider.name.lower()}-model")


async def collect(events: AsyncGenerator[AskEvent]) -> tuple[list[AskEvent], ProviderError | None]:
    found: list[AskEvent] = []
    try:
        async for event in events:
            found.append(event)
    except ProviderError as error:
        return found, error
    return found, None


def text_of(events: list[AskEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def asked(events: list[AskEvent]) -> list[str]:
    return [event.provider for event in events if isinstance(event, AttemptBegan)]


def good(name: str, text: str = "") -> Played:
    return Played(name, [TextDelta(text or f"{name} says."), DONE])


def bad(name: str, error: Exception | None = None) -> Played:
    return Played(name, [error or ServiceError(name, service_words=f"{name} is down")])


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


def places_taken(health: Health, key: str) -> int:
    for free in range(MAX_CONCURRENT):
        try:
            health.enter(key, key)
        except ProviderBusy:
            return MAX_CONCURRENT - free
    return 0
