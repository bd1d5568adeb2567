"""Turns a chosen model into providers to ask: the one that was chosen, or for `Auto` all that are enabled."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from webchat.providers.base import ChatRequest
from webchat.providers.failover import AskEvent, Candidate, Failover
from webchat.services.catalogue import AUTO, Catalogue


def health_key(owner_id: str, provider: str) -> str:
    """The key of a provider's health: one owner's provider says nothing of another's."""
    return f"{owner_id}/{provider}"


class Asking:
    """Asks for answers on behalf of an owner."""

    def __init__(self, catalogue: Catalogue, failover: Failover) -> None:
        self._catalogue = catalogue
        self._failover = failover

    async def context(self, owner_id: str, provider: str, model: str = "") -> int:
        """Tokens a provider's model holds; for `Auto` those of the smallest it may ask."""
        return await self._catalogue.context(owner_id, None if provider == AUTO else provider, model)

    async def ask(self, owner_id: str, provider: str, request: ChatRequest) -> AsyncGenerator[AskEvent]:
        """Look up whom to ask and return the events of the answer, which begins when they are read.

        `provider` is a provider's name, or `Auto`. One that a person chose is asked whatever its health; only
        `Auto` passes over one that rests.

        Raises:
            ProviderError: the provider cannot be asked. Reading raises it where nobody answered or the answer
                broke off.
        """
        if provider == AUTO:
            candidates = [
                Candidate(health_key(owner_id, each.name), each, model)
                for each, model in await self._catalogue.open_all(owner_id)
            ]
            return self._failover.ask_any(AUTO, candidates, request)
        chosen = await self._catalogue.open_provider(owner_id, provider)
        candidate = Candidate(health_key(owner_id, chosen.name), chosen, request.model)
        return self._failover.ask_one(candidate, request)
