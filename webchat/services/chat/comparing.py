"""Comparing: several models answer the same message side by side, until one answer is chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from webchat.services.answers.running import RunningAnswers
from webchat.services.catalogue.catalogue import AUTO_MODEL, Catalogue
from webchat.services.errors import ComparisonInvalid
from webchat.storage.engine import Database
from webchat.storage.errors import MessageNotFound
from webchat.storage.queries import conversations, messages

MOST_MODELS = 3
"""Models that answer side by side."""


def checked_models(models: object) -> list[str]:
    """The models to compare; empty for none.

    Raises:
        ComparisonInvalid: they are not two or three different ones.
    """
    if not isinstance(models, list | tuple) or not all(isinstance(each, str) for each in models):
        raise ComparisonInvalid(most=MOST_MODELS)
    if models and not 2 <= len(set(models)) == len(models) <= MOST_MODELS:
        raise ComparisonInvalid(most=MOST_MODELS)
    return list(models)


class Comparing:
    """Sets which models are compared, and ends a comparison."""

    def __init__(self, database: Database, catalogue: Catalogue, running: RunningAnswers) -> None:
        self._database = database
        self._catalogue = catalogue
        self._running = running

    async def choose_models(
        self, owner_id: str, conversation_id: str | None, models: Sequence[str]
    ) -> list[str]:
        """Let these models answer from the next message on; without any, the conversation's one does.

        For a conversation that does not exist yet, they are only checked.

        Raises:
            ComparisonInvalid, ModelUnknown, ModelNotAllowed, ConversationNotFound: nothing was changed.
        """
        wanted = checked_models(models)
        for model in wanted:
            await self._catalogue.check_allowed(owner_id, model)
        if conversation_id is not None:
            async with self._database.write() as session:
                row = await conversations.require(session, owner_id, conversation_id)
                row.compared_models = wanted or None
                if wanted:
                    row.model = wanted[0]
        return wanted

    async def choose_answer(self, owner_id: str, message_id: str) -> str:
        """Go on with one of the compared answers and its model; return the conversation's id.

        The others stay as its versions. Those being written are stopped, and what arrived of them is saved.

        Raises:
            NotFound: the message is gone, or is not being compared.
        """
        async with self._database.write() as session:
            message = await messages.get(session, owner_id, message_id)
            if message is None or message.deleted_at is not None:
                raise MessageNotFound(message_id)
            row = await conversations.require(session, owner_id, message.conversation_id)
            ids = (row.compared_ids or "").split()
            if message_id not in ids:
                raise MessageNotFound(message_id)
            asked = dict(zip(ids, row.compared_models or (), strict=False)).get(message_id)
            row.model = asked if asked == AUTO_MODEL else message.model
            row.current_leaf_id = message_id
            row.compared_ids = row.compared_models = None
            conversation_id = row.id
        others = [each for each in ids if each != message_id]
        await asyncio.gather(*(self._running.stop(owner_id, each) for each in others))
        return conversation_id
