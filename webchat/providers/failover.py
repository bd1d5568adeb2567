"""Asking one provider, or one after the other, without ever splicing two answers.

Another provider, or another try, comes only before the first text. Once text has come an error is final: it
carries what came, and a person decides what happens next.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from webchat.messages import ReasoningDelta, StreamEvent, TextDelta
from webchat.providers.base import AsyncGeneratorProvider, ChatRequest
from webchat.providers.errors import ProviderError, ProviderTimeout, RateLimitError
from webchat.providers.health import Health

RETRIES = 2
BACKOFF = 0.5
"""Seconds the first retry waits at most; it doubles for the next. The wait is anything from 0 to that."""
LONGEST_WAIT = 60.0
"""Seconds a `Retry-After` is waited for at most."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider that can be asked, the model to ask for, and the key of its health."""

    key: str
    provider: AsyncGeneratorProvider
    model: str


@dataclass(frozen=True, slots=True)
class AttemptBegan:
    """A provider is being asked."""

    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """That attempt came to nothing; another follows after `wait` seconds."""

    error: ProviderError
    wait: float = 0.0


AskEvent = StreamEvent | AttemptBegan | AttemptFailed


class NoneAnswered(ProviderError):
    """Every provider failed; `errors` says how, in the order they were asked."""

    code = "none_answered"
    advice = "Look at the providers' health in Settings, or choose a model yourself."

    def __init__(self, provider: str, errors: Sequence[ProviderError]) -> None:
        count = {1: "The one provider", 2: "Both providers"}.get(len(errors), f"All {len(errors)} providers")
        reasons = "; ".join(error.happened.rstrip(".") for error in errors)
        super().__init__(provider, f"{count} that could be asked failed. {reasons}")
        self.errors = tuple(errors)


class NobodyToAsk(ProviderError):
    """There is no provider to choose from."""

    code = "nobody_to_ask"
    advice = "Add or switch on a provider in Settings."
    default_happened = "There is no enabled provider that {provider} could ask"


@dataclass
class Failover:
    """How providers are asked.

    Args:
        health: what is known of each provider; it decides the order and learns from every attempt.
        sleep: waits a number of seconds.
        jitter: a number from 0 to 1, for the wait before a retry.
        patience: seconds one answer may wait for retries in all; a longer wait is left to the person, who
            may rather choose another model.
    """

    health: Health
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = field(default=random.random)
    patience: float = LONGEST_WAIT

    async def ask_one(self, candidate: Candidate, request: ChatRequest) -> AsyncGenerator[AskEvent]:
        """Ask one provider, at most `RETRIES` times more if it fails in a way that may pass.

        Raises:
            ProviderError: it did not answer, or its answer broke off.
        """
        waited = 0.0
        for retry in range(RETRIES + 1):
            began = False
            try:
                async with aclosing(self._attempt(candidate, request)) as events:
                    async for event in events:
                        began = began or isinstance(event, TextDelta | ReasoningDelta)
                        yield event
            except ProviderError as error:
                if began or retry == RETRIES or not may_retry(error):
                    raise
                wait = self._wait(error, retry)
                waited += wait
                if waited > self.patience:
                    raise
                yield AttemptFailed(error, wait)
                await self.sleep(wait)
            else:
                return

    async def ask_any(
        self, name: str, candidates: Sequence[Candidate], request: ChatRequest
    ) -> AsyncGenerator[AskEvent]:
        """Ask one provider after the other, in the given order with those that rest last, until one answers.

        Args:
            name: what the choice is called, for errors.

        Raises:
            NobodyToAsk: there are no candidates.
            NoneAnswered: all of them failed before the first text.
            ProviderError: the one that answered broke off.
        """
        left = list(candidates)
        if not left:
            raise NobodyToAsk(name)
        errors: list[ProviderError] = []
        while left:
            candidate = self._next(left)
            left.remove(candidate)
            began = False
            try:
                async with aclosing(self._attempt(candidate, request)) as events:
                    async for event in events:
                        began = began or isinstance(event, TextDelta | ReasoningDelta)
                        yield event
            except ProviderError as error:
                if began:
                    raise
                errors.append(error)
                if not left:
                    raise NoneAnswered(name, errors) from error
                yield AttemptFailed(error)
            else:
                return

    def _next(self, candidates: Sequence[Candidate]) -> Candidate:
        """The first that is fit, as of now; if all rest, the one that has rested longest."""
        fit = (candidate for candidate in candidates if self.health.may_ask(candidate.key))
        return next(fit, None) or min(candidates, key=lambda each: self.health.rests_for(each.key))

    async def _attempt(self, candidate: Candidate, request: ChatRequest) -> AsyncGenerator[AskEvent]:
        provider, key = candidate.provider, candidate.key
        yield AttemptBegan(provider.name, candidate.model)
        probe = self.health.enter(key, provider.name)
        began = False
        try:
            async with provider.stream(replace(request, model=candidate.model)) as events:
                async for event in events:
                    if not began and isinstance(event, TextDelta | ReasoningDelta):
                        began = True
                        self.health.began(key)
                    yield event
        except ProviderError as error:
            self.health.failed(key, error, probe=probe)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            # Nobody wants the rest any more; a provider that had begun has done its part.
            if began:
                self.health.succeeded(key)
            raise
        else:
            self.health.succeeded(key)
        finally:
            self.health.leave(key, probe=probe)

    def _wait(self, error: ProviderError, retry: int) -> float:
        if isinstance(error, RateLimitError) and error.retry_after is not None:
            return min(error.retry_after, LONGEST_WAIT)
        return self.jitter() * BACKOFF * float(2**retry)


def may_retry(error: ProviderError) -> bool:
    """Whether the same provider is worth another try: no text has come, and the failure may pass soon.

    A silence is not: the person has waited for its whole deadline already.
    """
    silent = isinstance(error, ProviderTimeout) and error.phase != "connect"
    return error.retryable and not silent
