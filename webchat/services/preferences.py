"""The user's defaults for new conversations."""

from __future__ import annotations

import re
from dataclasses import dataclass

from webchat.services.catalogue.catalogue import DEFAULT_MODEL, split_model
from webchat.services.errors import ParameterInvalid, ShortcutInvalid
from webchat.services.limits import checked_size, read_temperature
from webchat.storage.engine import Database
from webchat.storage.queries import settings as queries
from webchat.words.language import LANGUAGES

SYSTEM_PROMPT = "default_system_prompt"
TEMPERATURE = "default_temperature"
TITLE_MODEL = "title_model"
TITLES_BY_CHAT = "chat"
"""The model that answered writes the title, unless it is a free service."""
TITLES_OFF = "off"
"""The title stays the first words of the conversation."""
DELETE_AFTER = "delete_after_days"
LANGUAGE = "language"
SHORTCUTS = "shortcuts"
MAX_SHORTCUTS = 50
"""Shortcuts that one person can change."""
FAVOURITES = "favourite_models"
MAX_FAVOURITES = 100
_SHORTCUT = re.compile("[a-z-]{1,32}")
_KEYS = re.compile(r"(?:(?:Mod|Alt|Shift)\+){0,3}(?:[!-~]|[A-Za-z0-9]{1,12})|")
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

    async def language(self, owner_id: str) -> str:
        """The tag of the language of the interface; empty for the one that the browser asks for."""
        async with self._database.read() as session:
            stored = await queries.get_value(session, owner_id, LANGUAGE)
        return stored if isinstance(stored, str) and stored in LANGUAGES else ""

    async def set_language(self, owner_id: str, language: object) -> None:
        """Show the interface in the language with this tag; empty for the one that the browser asks for.

        Raises:
            ParameterInvalid: nothing was changed.
        """
        if not isinstance(language, str) or (language and language not in LANGUAGES):
            raise ParameterInvalid("language")
        async with self._database.write() as session:
            await queries.set_value(session, owner_id, LANGUAGE, language)

    async def shortcuts(self, owner_id: str) -> dict[str, str]:
        """The keys of the shortcuts that were changed, by shortcut; empty for one that is off.

        The pages know the shortcuts and their defaults (assets/ui/shortcuts.js).
        """
        async with self._database.read() as session:
            stored = await queries.get_value(session, owner_id, SHORTCUTS)
        return dict(stored) if isinstance(stored, dict) else {}

    async def set_shortcut(self, owner_id: str, shortcut: object, keys: object) -> None:
        """Give a shortcut these keys, such as `Mod+Shift+K`; none to turn it off, `default` to reset it.

        Raises:
            ShortcutInvalid: nothing was changed.
        """
        if not (isinstance(shortcut, str) and isinstance(keys, str) and _SHORTCUT.fullmatch(shortcut)):
            raise ShortcutInvalid
        if _KEYS.fullmatch(keys) is None:
            raise ShortcutInvalid
        async with self._database.write() as session:
            stored = await queries.get_value(session, owner_id, SHORTCUTS, {})
            changed = {name: value for name, value in stored.items() if name != shortcut}
            if keys != "default":
                changed[shortcut] = keys
            if len(changed) > MAX_SHORTCUTS:
                raise ShortcutInvalid
            await queries.set_value(session, owner_id, SHORTCUTS, changed)

    async def reset_shortcuts(self, owner_id: str) -> None:
        """Give all shortcuts their default keys."""
        async with self._database.write() as session:
            await queries.set_value(session, owner_id, SHORTCUTS, {})

    async def favourites(self, owner_id: str) -> list[str]:
        """The favourite models as `Provider:model`."""
        async with self._database.read() as session:
            return list(await queries.get_value(session, owner_id, FAVOURITES, []))

    async def toggle_favourite(self, owner_id: str, model: object) -> None:
        """Add a `Provider:model` to the favourites, or remove it.

        Raises:
            ModelUnknown, ParameterInvalid: nothing was changed.
        """
        wanted = ":".join(split_model(model))
        async with self._database.write() as session:
            there = list(await queries.get_value(session, owner_id, FAVOURITES, []))
            there = [each for each in there if each != wanted] if wanted in there else [*there, wanted]
            if len(there) > MAX_FAVOURITES:
                raise ParameterInvalid("favourites", limit=MAX_FAVOURITES)
            await queries.set_value(session, owner_id, FAVOURITES, there)


def read_days(value: object) -> int | None:
    """A stored number of days; None for never, and for anything invalid."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 1 <= value <= MAX_DAYS else None
