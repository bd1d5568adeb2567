"""What a conversation is set to: its model, system prompt, temperature and advanced parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webchat.services.catalogue.catalogue import Catalogue
from webchat.services.limits import checked_size, checked_temperature
from webchat.services.parameters import Stored, read_parameters
from webchat.storage.engine import Database
from webchat.storage.queries import conversations
from webchat.storage.secrets import Secrets


class ConversationSettings:
    """Changes the settings of conversations. One that does not belong to the owner is not found.

    The values for a conversation that does not exist yet (its id is None) are only checked.
    """

    def __init__(self, database: Database, secrets: Secrets, catalogue: Catalogue) -> None:
        self._database = database
        self._secrets = secrets
        self._catalogue = catalogue

    async def choose_model(self, owner_id: str, conversation_id: str | None, model: str) -> str:
        """Use this model alone from now on. For a conversation that does not exist yet, only check it.

        Raises:
            ModelUnknown, ModelNotAllowed, ConversationNotFound: nothing was changed.
        """
        await self._catalogue.check_allowed(owner_id, model)
        await self._set(owner_id, conversation_id, model=model, compared_models=None)
        return model

    async def change_system_prompt(self, owner_id: str, conversation_id: str | None, text: str) -> str:
        """Set the system prompt.

        Raises:
            PromptTooLong, ConversationNotFound: nothing was changed.
        """
        await self._set(owner_id, conversation_id, system_prompt=checked_size(text))
        return text

    async def change_temperature(
        self, owner_id: str, conversation_id: str | None, value: float | None
    ) -> float | None:
        """Set the temperature; None for the provider's default.

        Raises:
            ParameterInvalid, ConversationNotFound: nothing was changed.
        """
        await self._set(owner_id, conversation_id, temperature=checked_temperature(value))
        return value

    async def change_parameters(
        self, owner_id: str, conversation_id: str | None, entered: Mapping[str, object], stored: Stored
    ) -> Stored:
        """Set the advanced parameters and return them as stored.

        Args:
            owner_id: whose conversation.
            conversation_id: None for one that does not exist yet.
            entered: the texts of the fields.
            stored: the parameters so far of a conversation that does not exist yet.

        Raises:
            AdvancedInvalid, ConversationNotFound: nothing was changed.
        """
        if conversation_id is None:
            return read_parameters(entered, stored, self._secrets.encrypt)
        async with self._database.write() as session:
            before = (await conversations.require(session, owner_id, conversation_id)).parameters or {}
            found = read_parameters(entered, before, self._secrets.encrypt)
            await conversations.set_options(session, owner_id, conversation_id, parameters=found or None)
        return found

    async def _set(self, owner_id: str, conversation_id: str | None, **options: Any) -> None:
        if conversation_id is None:
            return
        async with self._database.write() as session:
            await conversations.set_options(session, owner_id, conversation_id, **options)
