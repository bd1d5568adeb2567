"""Turns the chosen model into providers to ask: the chosen one, or for `Auto` all enabled ones."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from functools import partial

from webchat.providers.errors import ContextTooLong
from webchat.providers.failover import AskEvent, Candidate, Failover
from webchat.providers.request import ChatRequest
from webchat.services.answers.context import LearnedContexts, fit
from webchat.services.catalogue.catalogue import AUTO, Catalogue
from webchat.services.catalogue.usable import Usable


class ProviderRouter:
    """Asks for answers on behalf of an owner."""

    def __init__(
        self, catalogue: Catalogue, failover: Failover, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._catalogue = catalogue
        self._failover = failover
        self._learned = LearnedContexts(clock)

    async def usable(self, owner_id: str) -> Usable:
        """What somebody can use now."""
        return await self._catalogue.usable(owner_id)

    def ask(
        self, found: Usable, provider: str, request: ChatRequest, least: int = 1
    ) -> AsyncGenerator[AskEvent]:
        """Choose the providers and return the events of the answer. Nothing is sent until they are read.

        `provider` is the name of one of the providers in `found`, or `Auto`. A provider that the user chose
        is asked regardless of its health; only `Auto` skips paused providers. The health is that of the
        provider's row, so everyone who uses the same one finds out from the first who asked.

        If a model rejects the conversation as too long and reports its limit, it is asked once more with what
        fits, but with at least the `least` last messages. The limit is remembered for the next question.

        Raises:
            ProviderError: the provider cannot be asked. Reading raises it if no provider answered or the
                answer was cut off.
        """
        shorten = partial(self._shorten, least)
        if provider == AUTO:
            candidates = [
                Candidate(each.id, each.provider, each.model) for each in self._catalogue.open_all(found)
            ]
            return self._failover.ask_any(AUTO, candidates, request, shorten)
        opened = self._catalogue.open_one(found, provider)
        candidate = Candidate(opened.id, opened.provider, request.model)
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
