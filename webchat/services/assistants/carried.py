"""The files that come with imported assistants."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from webchat.services.assistants.values import MAX_FILES, MAX_FILES_SIZE
from webchat.services.transfer.attachments import Arrived, Attachments
from webchat.services.transfer.parsers.tree import ImportedFile
from webchat.storage.engine import Session
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
    session: Session, owner_id: str, attachments: Attachments, assistant_id: str, arrived: Sequence[Arrived]
) -> None:
    """Give files to one of the owner's assistants, within a transaction; those without room are left out."""
    ids = [await attachments.save_one(session, each) for each in arrived]
    await file_lists.put(session, owner_id, file_lists.ASSISTANT, assistant_id, list(filter(None, ids)))
