"""Asks one provider, or several in turn, without ever mixing two answers.

Another provider, or a retry, is only used before the first text. Once text has arrived an error is final: it
carries that text, and the user decides what happens next.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from webchat.errors import as_argument
from webchat.messages import Output, StreamEvent
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.errors import ContextTooLong, ModelLoading, ProviderError, ProviderTimeout
from webchat.providers.health import Health
from webchat.providers.loading import LoadingWait
from webchat.providers.request import ChatRequest

RETRIES = 2
BACKOFF = 0.5
"""Maximum seconds before the first retry; doubles for the next. The actual wait is random between 0 and
that."""
MAX_BACKOFF = 60.0
"""Maximum seconds to wait for a `Retry-After`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider to ask, the model to use, and the key of its health."""

    key: str
    provider: AsyncGeneratorProvider
    model: str


@dataclass(frozen=True, slots=True)
class AttemptBegan:
    """A provider is being asked."""

    provider: str
    model: str
    kind: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """That attempt failed; another follows after `wait` seconds."""

    error: ProviderError
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class WaitsForModel:
    """The provider is still loading the model; the same attempt continues once that is done."""

    provider: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The request did not fit into the model and is sent without its `count` oldest messages."""

    provider: str
    count: int


AskEvent = StreamEvent | AttemptBegan | AttemptFailed | WaitsForModel | LeftOut

Fit = Callable[[Candidate, ChatRequest, ContextTooLong | None], tuple[ChatRequest, int]]
"""Shortens a request to the candidate's context; returns it and the number of messages left out.

Called with None before a request is sent, and with the error after the model has rejected it.
"""


def _as_it_is(
    candidate: Candidate, request: ChatRequest, refusal: ContextTooLong | None
) -> tuple[ChatRequest, int]:
    return request, 0


class NoneAnswered(ProviderError):
    """Every provider failed; `errors` has their errors in the order they were asked."""

    code = "none_answered"

    def __init__(self, provider: str, errors: Sequence[ProviderError]) -> None:
        super().__init__(provider, errors=[as_argument(error) for error in errors])
        self.errors = tuple(errors)


class NobodyToAsk(ProviderError):
    """There is no enabled provider."""

    code = "nobody_to_ask"


@dataclass
class Failover:
    """Asks providers, with retries and failover.

    Args:
        health: the health of each provider; it determines the order and is updated by every attempt.
        sleep: waits for a number of seconds.
        jitter: returns a number from 0 to 1 that scales the wait before a retry.
        max_retry_wait: total seconds one answer may wait for retries; beyond that the user decides and may
            prefer another model.
    """

    health: Health
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = field(default=random.random)
    max_retry_wait: float = MAX_BACKOFF

    async def ask_one(
        self, candidate: Candidate, request: ChatRequest, fit: Fit = _as_it_is
    ) -> AsyncGenerator[AskEvent]:
        """Ask one provider, with up to `RETRIES` retries after temporary failures.

        Waits for a model that is loading, up to the timeout for the first text.

        Raises:
            ProviderError: it did not answer, or its answer was cut off.
        """
        waited = 0.0
        for retry in range(RETRIES + 1):
            attempt = _Attempt(self, candidate, request, fit)
            try:
                async with aclosing(attempt.events()) as events:
                    async for event in events:
                        yield event
            except ProviderError as error:
                if attempt.has_begun or retry == RETRIES or not may_retry(error):
                    raise
                wait = self._wait(error, retry)
                waited += wait
                if waited > self.max_retry_wait:
                    raise
                yield AttemptFailed(error, wait)
                await self.sleep(wait)
            else:
                return

    async def ask_any(
        self, name: str, candidates: Sequence[Candidate], request: ChatRequest, fit: Fit = _as_it_is
    ) -> AsyncGenerator[AskEvent]:
        """Ask providers in the given order, but paused ones last, until one answers.

        Only the last one gets time to load its model.

        Args:
            name: the name of the choice, for errors.
            fit: see `Fit`.

        Raises:
            NobodyToAsk: there are no candidates.
            NoneAnswered: all of them failed before the first text.
            ProviderError: the answer was cut off.
        """
        left = list(candidates)
        if not left:
            raise NobodyToAsk(name)
        errors: list[ProviderError] = []
        while left:
            candidate = self._next(left)
            left.remove(candidate)
            attempt = _Attempt(self, candidate, request, fit, waits=not left)
            try:
                async with aclosing(attempt.events()) as events:
                    async for event in events:
                        yield event
            except ProviderError as error:
                if attempt.has_begun:
                    raise
                errors.append(error)
                if not left:
                    raise NoneAnswered(name, errors) from error
                yield AttemptFailed(error)
            else:
                return

    def _next(self, candidates: Sequence[Candidate]) -> Candidate:
        """The first healthy candidate; if all are paused, the one whose pause ends first."""
        fit = (candidate for candidate in candidates if self.health.may_ask(candidate.key))
        return next(fit, None) or min(candidates, key=lambda each: self.health.open_for(each.key))

    def _wait(self, error: ProviderError, retry: int) -> float:
        if error.retry_after is not None:
            return min(error.retry_after, MAX_BACKOFF)
        return self.jitter() * BACKOFF * float(2**retry)


class _Attempt:
    """One provider being asked, once its model has loaded and the request fits.

    `has_begun` tells whether text or reasoning has arrived. From then on no other answer may follow.
    """

    def __init__(
        self,
        failover: Failover,
        candidate: Candidate,
        request: ChatRequest,
        fit: Fit,
        *,
        waits: bool = True,
    ) -> None:
        self._health = failover.health
        self._sleep = failover.sleep
        self._candidate = candidate
        self._request = request
        self._fit = fit
        self._waits = waits
        self.has_begun = False

    async def events(self) -> AsyncGenerator[AskEvent]:
        """Ask, and yield the events; raises `ProviderError` if the provider fails."""
        provider, key, request = self._candidate.provider, self._candidate.key, self._request
        yield AttemptBegan(provider.name, self._candidate.model, provider.kind)
        probe = self._health.enter(key, provider.name)
        loading = LoadingWait(provider.deadlines.first_text if self._waits else 0, self._health.clock)
        refused: ContextTooLong | None = None
        try:
            request, left_out = self._fit(
                self._candidate, replace(request, model=self._candidate.model), None
            )
            if left_out:
                yield LeftOut(provider.name, left_out)
            while True:
                try:
                    async with provider.stream(request) as events:
                        async for event in events:
                            if not self.has_begun and isinstance(event, Output):
                                self.has_begun = True
                                self._health.began(key)
                            yield event
                    break
                except ModelLoading as error:
                    if self.has_begun or not self._waits:
                        raise
                    pause = loading.pause(error)
                    yield WaitsForModel(provider.name)
                    await self._sleep(pause)
                except ContextTooLong as error:
                    if self.has_begun or refused is not None:
                        raise
                    refused = error
                    request, more = self._fit(self._candidate, request, error)
                    if not more:
                        raise
                    left_out += more
                    yield LeftOut(provider.name, left_out)
        except ProviderError as error:
            self._health.failed(key, error, probe=probe)
            raise
        except (asyncio.CancelledError, GeneratorExit):
            # The answer is no longer wanted. A provider that had begun counts as successful.
            if self.has_begun:
                self._health.succeeded(key)
            raise
        else:
            self._health.succeeded(key)
        finally:
            self._health.leave(key, probe=probe)


def may_retry(error: ProviderError) -> bool:
    """Whether to retry with the same provider: no text has arrived, and the failure may be temporary.

    A provider that sent nothing or is still loading its model is not retried, because the user has already
    waited for the whole timeout.
    """
    silent = isinstance(error, ProviderTimeout) and error.phase != "connect"
    return error.retryable and not silent and not isinstance(error, ModelLoading)
