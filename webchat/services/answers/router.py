"""Turns a chosen model into providers to ask: the one that was chosen, or for `Auto` all that are enabled."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from functools import partial

from webchat.providers.base import ChatRequest
from webchat.providers.errors import ContextTooLong
from webchat.providers.failover import AskEvent, Candidate, Failover
from webchat.services.answers.context import LearnedContexts, fit
from webchat.services.catalogue.catalogue import AUTO, Catalogue
from webchat.services.catalogue.health_key import health_key


class ProviderRouter:
    """Asks for answers on behalf of an owner."""

    def __init__(
        self, catalogue: Catalogue, failover: Failover, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._catalogue = catalogue
        self._failover = failover
        self._learned = LearnedContexts(clock)

    async def context(self, owner_id: str, provider: str, model: str = "") -> int:
        """Tokens a provider's model holds; for `Auto` those of the smallest it may ask."""
        return await self._catalogue.context(owner_id, None if provider == AUTO else provider, model)

    async def ask(
        self, owner_id: str, provider: str, request: ChatRequest, least: int = 1
    ) -> AsyncGenerator[AskEvent]:
        """Look up whom to ask and return the events of the answer, which begins when they are read.

        `provider` is a provider's name, or `Auto`. One that a person chose is asked whatever its health; only
        `Auto` passes over one that rests.

        A model that refuses the conversation as too long, and says how much it holds, is asked once more with
        what fits into that: at least the `least` last messages. It is remembered for the next question.

        Raises:
            ProviderError: the provider cannot be asked. Reading raises it where nobody answered or the answer
                broke off.
        """
        shorten = partial(self._shorten, least)
        if provider == AUTO:
            candidates = [
                Candidate(health_key(owner_id, each.name), each, model)
                for each, model in await self._catalogue.open_all(owner_id)
            ]
            return self._failover.ask_any(AUTO, candidates, request, shorten)
        chosen = await self._catalogue.open_provider(owner_id, provider)
        candidate = Candidate(health_key(owner_id, chosen.name), chosen, request.model)
        return self._failover.ask_one(candidate, request, shorten)

    def _shorten(
        self, least: int, candidate: Candidate, request: ChatRequest, refusal: ContextTooLong | None
    ) -> tuple[ChatRequest, int]:
        key = f"{candidate.key}:{candidate.model}"
        if refusal is not None and refusal.limit is not None:
            self._learned.learn(key, refusal.limit, request.messages)
        elif refusal is not None:
            return request, 0
        context = self._learned.of(key)
        if context is None:
            return request, 0
        messages, left_out = fit(request.messages, context, least)
        return replace(request, messages=messages), left_out
