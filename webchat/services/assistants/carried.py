"""The files that come with imported assistants and with conversations that were begun with one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from webchat.services.assistants.values import MAX_FILES, MAX_FILES_SIZE
from webchat.services.transfer.attachments import Arrived, Attachments
from webchat.services.transfer.parsers.tree import ImportedFile
from webchat.storage.engine import Database, Session
from webchat.storage.queries import file_lists


async def fetch(attachments: Attachments, wanted: Sequence[ImportedFile]) -> list[Arrived]:
    """The files of an assistant that are there, as many as it can have; `Attachments.settle` removes
    those that are not saved."""
    arrived: list[Arrived] = []
    room = MAX_FILES_SIZE
    for each in wanted[:MAX_FILES]:
        found = await asyncio.to_thread(attachments.fetch, "", each)
        if found is None:
            continue
        arrived.append(found)
        room -= found.content.size
        if room < 0:
            await attachments.settle([arrived.pop()])
            break
    return arrived


async def save(
    session: Session,
    owner_id: str,
    attachments: Attachments,
    holder: file_lists.Holder,
    id: str,
    arrived: Sequence[Arrived],
) -> None:
    """Give files to what has none yet, within a transaction; those without room are left out."""
    if await file_lists.get(session, owner_id, holder, id):
        return
    ids = [await attachments.save_one(session, each) for each in arrived]
    await file_lists.put(session, owner_id, holder, id, list(filter(None, ids)))


async def save_of_conversations(
    database: Database,
    owner_id: str,
    attachments: Attachments,
    wanted: Mapping[str, Sequence[ImportedFile]],
) -> None:
    """Give imported conversations the files that they were begun with.

    Args:
        wanted: the files by the id of the conversation.

    Raises:
        StorageError: the database cannot be written; conversations keep what they have been given.
    """
    for id, files in wanted.items():
        arrived = await fetch(attachments, files)
        try:
            async with database.write(gives_way=True) as session:
                await save(session, owner_id, attachments, file_lists.CONVERSATION, id, arrived)
        finally:
            await attachments.settle(arrived)
