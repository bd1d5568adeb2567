"""The assistants of an owner."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from webchat.services.assistants.files import checked_cuts, checked_ids, files_of, hand_on, put
from webchat.services.assistants.pictures import read_picture
from webchat.services.assistants.values import (
    MAX_ASSISTANTS,
    MAX_NAME,
    MAX_TOTAL,
    Values,
    checked_description,
    checked_name,
    checked_prompt,
    checked_starters,
    columns_of,
    read_colour,
    read_symbol,
    values_of,
)
from webchat.services.catalogue.catalogue import Catalogue, split_model
from webchat.services.errors import AssistantInvalid, FileRefused
from webchat.services.files.files import Files
from webchat.services.files.views import FileView
from webchat.services.limits import read_temperature
from webchat.services.parameters import FIELDS, Stored, read_parameters
from webchat.services.preferences import PreferenceService
from webchat.storage.engine import Database, Session
from webchat.storage.queries import assistants as queries
from webchat.storage.secrets import Secrets
from webchat.storage.tables import Assistant
from webchat.storage.types import utc_now

KEEP_PICTURE = "keep"
"""Stands for the stored picture of an assistant that is changed."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An assistant as lists show it. `symbol` is never empty; `version` changes with the picture."""

    id: str
    name: str
    description: str
    symbol: str
    colour: str
    has_picture: bool
    version: int


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new conversation begins with."""

    model: str
    assistant: Listed | None = None
    system_prompt: str = ""
    temperature: float | None = None
    parameters: Stored = field(default_factory=dict)
    starters: tuple[str, ...] = ()
    files: tuple[FileView, ...] = ()


class Assistants:
    """Lists, saves and deletes assistants. One that does not belong to the owner is not found."""

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        catalogue: Catalogue,
        preferences: PreferenceService,
        attached: Files,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._catalogue = catalogue
        self._preferences = preferences
        self._files = attached

    async def all(self, owner_id: str) -> list[Listed]:
        """The assistants in their order."""
        async with self._database.read() as session:
            return [_listed(row) for row in await queries.list_all(session, owner_id)]

    async def get(self, owner_id: str, assistant_id: str) -> Values:
        """What an assistant is made of.

        Raises:
            AssistantNotFound: there is none with this id.
        """
        async with self._database.read() as session:
            return values_of(await queries.require(session, owner_id, assistant_id))

    async def files(self, owner_id: str, assistant_id: str) -> list[FileView]:
        """The files of an assistant; none if it is not there."""
        async with self._database.read() as session:
            return [self._files.view(each) for each in await files_of(session, owner_id, assistant_id)]

    async def listed(self, owner_id: str, assistant_id: str) -> Listed:
        """One assistant as lists show it.

        Raises:
            AssistantNotFound: there is none with this id.
        """
        async with self._database.read() as session:
            return _listed(await queries.require(session, owner_id, assistant_id))

    async def beginning(self, owner_id: str, assistant_id: str) -> Beginning:
        """What a new conversation begins with: what the assistant sets, and the owner's defaults for the
        rest; these alone if the id is empty.

        Raises:
            AssistantNotFound: there is none with this id.
        """
        defaults = await self._preferences.get(owner_id)
        model = await self._catalogue.default_model(owner_id)
        if not assistant_id:
            return Beginning(model, None, defaults.system_prompt, defaults.temperature)
        async with self._database.read() as session:
            row = await queries.require(session, owner_id, assistant_id)
            found = await files_of(session, owner_id, assistant_id)
        return Beginning(
            await self._catalogue.current_id(owner_id, row.model) if row.model else model,
            _listed(row),
            row.system_prompt or defaults.system_prompt,
            defaults.temperature if row.temperature is None else row.temperature,
            row.parameters or {},
            tuple(row.starters),
            tuple(map(self._files.view, found)),
        )

    async def save(self, owner_id: str, assistant_id: str, entered: Mapping[str, object]) -> str:
        """Change an assistant, or add one if the id is empty, and return its id.

        Args:
            owner_id: whose.
            assistant_id: empty for a new one.
            entered: the fields by the names of `Values` and of the advanced parameters; `starters`
                is a list, `picture` a `data:` address, `KEEP_PICTURE` or empty. `files` is a list of the ids
                of files that have been uploaded; without it the assistant keeps those it has. `cuts` has how
                many tokens of some of them models get, by id; None for all.

        Raises:
            AssistantInvalid, ParameterInvalid, AdvancedInvalid, FileRefused, ModelUnknown, ModelNotAllowed,
            AssistantNotFound: nothing was changed.
        """
        before = await self.get(owner_id, assistant_id) if assistant_id else Values("")
        keeps = entered.get("picture") == KEEP_PICTURE
        picture = before.picture if keeps else await asyncio.to_thread(read_picture, entered.get("picture"))
        advanced = {name: entered[name] for name in FIELDS if entered.get(name) is not None}
        model = entered.get("model") or ""
        if model and model != before.model:
            await self._catalogue.check_allowed(owner_id, model)
        values = Values(
            name=checked_name(entered.get("name")),
            description=checked_description(entered.get("description")),
            symbol=read_symbol(entered.get("symbol")),
            colour=read_colour(entered.get("colour")),
            picture=picture,
            model=":".join(split_model(model)) if model else "",
            system_prompt=checked_prompt(entered.get("system_prompt")),
            temperature=read_temperature(entered.get("temperature") or ""),
            parameters=read_parameters(advanced, before.parameters, self._secrets.encrypt),
            starters=checked_starters(entered.get("starters")),
        )
        given = entered.get("files")
        ids = None if given is None else checked_ids(given)
        cuts = checked_cuts(entered.get("cuts"))
        try:
            await self._files.wait_until_read(owner_id, ids or ())
        except FileRefused:
            raise AssistantInvalid("files_reading") from None
        async with self._database.write() as session:
            if assistant_id:
                await queries.change(session, owner_id, assistant_id, **columns_of(values))
                await _check_limits(session, owner_id)
            else:
                assistant_id = (await add(session, owner_id, values)).id
            if ids is not None:
                await put(session, owner_id, assistant_id, ids, cuts)
        return assistant_id

    async def duplicate(self, owner_id: str, assistant_id: str) -> str:
        """Add a copy of an assistant after the others, and return its name.

        Raises:
            AssistantNotFound, AssistantInvalid: nothing was added.
        """
        async with self._database.write() as session:
            values = values_of(await queries.require(session, owner_id, assistant_id))
            taken = {row.name for row in await queries.list_all(session, owner_id)}
            copy = await add(session, owner_id, replace(values, name=free_name(values.name, taken)))
            await hand_on(session, owner_id, await files_of(session, owner_id, assistant_id), copy.id)
            return copy.name

    async def reorder(self, owner_id: str, assistant_ids: Sequence[str]) -> None:
        """Put the assistants in this order; those not named come last."""
        async with self._database.write() as session:
            await queries.reorder(session, owner_id, assistant_ids)

    async def delete(self, owner_id: str, assistant_id: str) -> str:
        """Delete an assistant and return its name. Its conversations stay; `restore` undoes this.

        Raises:
            AssistantNotFound: there is none with this id.
        """
        async with self._database.write() as session:
            name = (await queries.require(session, owner_id, assistant_id)).name
            await queries.delete(session, owner_id, assistant_id, utc_now())
        return name

    async def restore(self, owner_id: str, assistant_id: str) -> None:
        """Undo `delete`.

        Raises:
            AssistantNotFound, AssistantInvalid: it is not deleted, or there are too many others now.
        """
        async with self._database.write() as session:
            await queries.restore(session, owner_id, assistant_id)
            await _check_limits(session, owner_id)


async def add(session: Session, owner_id: str, values: Values) -> Assistant:
    """Add an assistant after the others.

    Raises:
        AssistantInvalid: there are too many; the transaction must be undone.
    """
    row = await queries.add(session, owner_id, **columns_of(values))
    await _check_limits(session, owner_id)
    return row


def free_name(name: str, taken: set[str]) -> str:
    """The name with the first number that makes it unique.

    >>> free_name("Cook", {"Cook", "Cook 2"})
    'Cook 3'
    """
    number, free = 1, name
    while free in taken:
        number += 1
        end = f" {number}"
        free = name[: MAX_NAME - len(end)] + end
    return free


def _listed(row: Assistant) -> Listed:
    return Listed(
        row.id,
        row.name,
        row.description,
        row.symbol or row.name[:1].upper(),
        row.colour,
        row.has_picture,
        int(row.updated_at.timestamp() * 1000),
    )


async def _check_limits(session: Session, owner_id: str) -> None:
    rows = await queries.list_all(session, owner_id)
    if len(rows) > MAX_ASSISTANTS:
        raise AssistantInvalid("too_many", limit=MAX_ASSISTANTS)
    if sum(len(row.system_prompt) for row in rows) > MAX_TOTAL:
        raise AssistantInvalid("too_large", limit=MAX_TOTAL)
