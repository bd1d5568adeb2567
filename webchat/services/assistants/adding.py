"""Adds assistants from elsewhere to those of an owner, without any that are there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from webchat.services.assistants import carried
from webchat.services.assistants.assistants import add, free_name
from webchat.services.assistants.values import Values
from webchat.services.transfer.attachments import Attachments
from webchat.services.transfer.parsers.tree import ImportedFile
from webchat.storage.engine import Database, Session
from webchat.storage.queries import assistants as queries
from webchat.storage.queries import file_lists
from webchat.storage.tables import Assistant


async def add_with_files(
    database: Database,
    owner_id: str,
    found: Sequence[tuple[Values, Sequence[ImportedFile]]],
    attachments: Attachments,
    *,
    gives_way: bool = False,
) -> list[tuple[Values, str]]:
    """As `add_new`, but in a separate transaction, and with those of their files that were found.

    Raises:
        AssistantInvalid: there would be too many; nothing was added.
    """
    arrived = {id(values): await carried.fetch(attachments, files) for values, files in found}
    try:
        async with database.write(gives_way=gives_way) as session:
            added = await add_new(session, owner_id, [values for values, _ in found])
            for values, new_id in added:
                await carried.save(
                    session, owner_id, attachments, file_lists.ASSISTANT, new_id, arrived[id(values)]
                )
    finally:
        await attachments.settle([each for several in arrived.values() for each in several])
    return added


async def new_of(session: Session, owner_id: str, found: Sequence[Values]) -> list[Values]:
    """Those that the owner has not, each once."""
    there = await texts_of(session, owner_id)
    new = []
    for values in found:
        if same_texts(values) not in there:
            there.add(same_texts(values))
            new.append(values)
    return new


async def names_by_id(session: Session, owner_id: str) -> dict[str, str]:
    """The names of all assistants."""
    return {row.id: row.name for row in await queries.list_all(session, owner_id)}


async def ids_by_name(session: Session, owner_id: str, names: Mapping[str, str]) -> dict[str, str]:
    """The ids of all assistants by name; of several with a name, the first one's.

    Args:
        names: the ids of those just imported by the names in their file, which go first.
    """
    there = await names_by_id(session, owner_id)
    return {name: id for id, name in reversed(there.items())} | {
        name: id for name, id in names.items() if id in there
    }


async def add_new(session: Session, owner_id: str, found: Sequence[Values]) -> list[tuple[Values, str]]:
    """Add those that the owner has not, under free names, and return them as given with their ids.

    Raises:
        AssistantInvalid: there would be too many; the transaction must be undone.
    """
    new = await new_of(session, owner_id, found)
    taken = set((await names_by_id(session, owner_id)).values())
    added = []
    for values in new:
        name = free_name(values.name, taken)
        taken.add(name)
        row = await add(session, owner_id, replace(values, name=name))
        added.append((values, row.id))
    return added


async def texts_of(session: Session, owner_id: str) -> set[tuple[object, ...]]:
    """What tells the owner's assistants apart."""
    return {same_texts(row) for row in await queries.list_all(session, owner_id)}


def same_texts(values: Values | Assistant) -> tuple[object, ...]:
    """What two assistants that are the same have in common."""
    return values.name, values.description, values.system_prompt, tuple(values.starters)
