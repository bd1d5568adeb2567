"""The user's defaults for new conversations."""

from __future__ import annotations

from dataclasses import dataclass

from webchat.services.catalogue.catalogue import DEFAULT_MODEL, split_model
from webchat.services.errors import ParameterInvalid
from webchat.services.limits import checked_size, read_temperature
from webchat.storage.engine import Database
from webchat.storage.queries import settings as queries

SYSTEM_PROMPT = "default_system_prompt"
TEMPERATURE = "default_temperature"
TITLE_MODEL = "title_model"
TITLES_BY_CHAT = "chat"
"""The model that answered writes the title, unless it is a free service."""
TITLES_OFF = "off"
"""The title stays the first words of the conversation."""
DELETE_AFTER = "delete_after_days"
MAX_DAYS = 3_650
"""The longest time until an unused conversation is deleted."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """Defaults for new conversations. `temperature` is None for the provider's default.

    `title_model` writes titles: a `Provider:model`, `TITLES_BY_CHAT` or `TITLES_OFF`.
    `delete_after_days` is when unused conversations are moved to the trash, None for never.
    """

    system_prompt: str = ""
    temperature: float | None = None
    title_model: str = TITLES_BY_CHAT
    delete_after_days: int | None = None


class PreferenceService:
    """Reads and writes one owner's defaults. The default model is read through `Catalogue.default_model`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, owner_id: str) -> Preferences:
        """The defaults of this owner."""
        async with self._database.read() as session:
            values = await queries.get_all(session, owner_id)
        return Preferences(
            values.get(SYSTEM_PROMPT, ""),
            values.get(TEMPERATURE),
            values.get(TITLE_MODEL, TITLES_BY_CHAT),
            read_days(values.get(DELETE_AFTER)),
        )

    async def set_model(self, owner_id: str, model: str) -> None:
        """Use this `Provider:model` for new conversations.

        Raises:
            ModelUnknown: it does not have that form.
        """
        split_model(model)
        async with self._database.write() as session:
            await queries.set_value(session, owner_id, DEFAULT_MODEL, model)

    async def set_title_model(self, owner_id: str, model: str) -> None:
        """Let this `Provider:model`, the chat's own model or none write titles.

        Raises:
            ModelUnknown: it is none of these.
        """
        if model not in (TITLES_BY_CHAT, TITLES_OFF):
            split_model(model)
        async with self._database.write() as session:
            await queries.set_value(session, owner_id, TITLE_MODEL, model)

    async def set_defaults(self, owner_id: str, system_prompt: str, temperature: str) -> None:
        """Save the defaults that the user entered.

        Raises:
            PromptTooLong, ParameterInvalid: nothing was changed.
        """
        value = read_temperature(temperature)
        prompt = checked_size(system_prompt).strip()
        async with self._database.write() as session:
            await queries.set_value(session, owner_id, SYSTEM_PROMPT, prompt)
            await queries.set_value(session, owner_id, TEMPERATURE, value)

    async def set_delete_after(self, owner_id: str, days: object) -> None:
        """Delete conversations that were not used for this many days; an empty text for never.

        Raises:
            ParameterInvalid: nothing was changed.
        """
        text = days.strip() if isinstance(days, str) else days
        value = int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 9 else text
        if value != "" and read_days(value) is None:
            raise ParameterInvalid("days", limit=MAX_DAYS)
        async with self._database.write() as session:
            await queries.set_value(session, owner_id, DELETE_AFTER, value or None)


def read_days(value: object) -> int | None:
    """A stored number of days; None for never, and for anything invalid."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 1 <= value <= MAX_DAYS else None
