"""The files of a person, and the messages and links that have them. See also
`webchat.storage.queries.file_lists`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import FileNotFound
from webchat.storage.queries._rows import built_once, change
from webchat.storage.tables import Attachment, File, Message, Share, SharedFile, StoredFile
from webchat.storage.types import utc_now


@dataclass(frozen=True, slots=True)
class OwnedFile:
    """A file with its content's row."""

    file: File
    stored: StoredFile


async def add(
    session: AsyncSession, owner_id: str, *, hash: str, sealed_name: str, now: datetime | None = None
) -> File:
    """Give the owner a file with a content that is stored."""
    moment = now or utc_now()
    file = File(owner_id=owner_id, hash=hash, sealed_name=sealed_name, created_at=moment, unused_since=moment)
    session.add(file)
    await session.flush()
    return file


async def get(session: AsyncSession, owner_id: str, file_id: str) -> OwnedFile:
    """One of the owner's files.

    Raises:
        FileNotFound: there is none with this id.
    """
    found = await get_many(session, owner_id, [file_id])
    if not found:
        raise FileNotFound(file_id)
    return found[0]


async def get_many(session: AsyncSession, owner_id: str, ids: Sequence[str]) -> list[OwnedFile]:
    """The owner's files with these ids, in the order of the ids."""
    wanted = _owned().where(col(File.owner_id) == owner_id, col(File.id).in_(ids))
    found = {file.id: OwnedFile(file, stored) for file, stored in await session.execute(wanted)}
    return [found[id] for id in ids if id in found]


async def size_of_all(session: AsyncSession, owner_id: str) -> int:
    """The bytes of the owner's files, each content counted once."""
    hashes = select(col(File.hash)).where(col(File.owner_id) == owner_id)
    total = select(func.sum(col(StoredFile.size))).where(col(StoredFile.hash).in_(hashes))
    return await session.scalar(total) or 0


async def has_content(session: AsyncSession, owner_id: str, hash: str) -> bool:
    """Whether one of the owner's files has this content."""
    ours = exists().where(col(File.owner_id) == owner_id, col(File.hash) == hash)
    return bool(await session.scalar(select(ours)))


async def limit(session: AsyncSession, owner_id: str, file_id: str, tokens: int | None) -> bool:
    """Set how much of a file's text models get, and return whether there is such a file."""
    ours = update(File).where(col(File.owner_id) == owner_id, col(File.id) == file_id)
    return bool(await change(session, ours.values(kept_tokens=tokens)))


async def remove_unsent(session: AsyncSession, owner_id: str, file_id: str) -> bool:
    """Remove a file that nothing has, and return whether there was one."""
    unsent = delete(File).where(
        col(File.owner_id) == owner_id, col(File.id) == file_id, col(File.unused_since).is_not(None)
    )
    return bool(await change(session, unsent))


async def attach(session: AsyncSession, owner_id: str, message_id: str, file_ids: Sequence[str]) -> int:
    """Add files of the owner to one of the owner's messages, after those it has, and return how many.

    Ids of files that the owner does not have are left out.
    """
    ours = select(col(Message.id)).where(col(Message.owner_id) == owner_id, col(Message.id) == message_id)
    if not file_ids or await session.scalar(ours) is None:
        return 0
    last = select(func.max(col(Attachment.position))).where(
        col(Attachment.message_id) == message_id, col(Attachment.owner_id) == owner_id
    )
    at = await session.scalar(last)
    first = 0 if at is None else at + 1
    found = await get_many(session, owner_id, file_ids)
    for position, each in enumerate(found, start=first):
        row = Attachment(message_id=message_id, position=position, file_id=each.file.id, owner_id=owner_id)
        session.add(row)
    await session.flush()
    return len(found)


async def of_messages(
    session: AsyncSession, owner_id: str, message_ids: Collection[str]
) -> dict[str, list[OwnedFile]]:
    """The files of each of the owner's messages that has any, in order."""
    if not message_ids:
        return {}
    wanted = {"owner_id": owner_id, "message_ids": list(message_ids)}
    found: dict[str, list[OwnedFile]] = {}
    for file, stored, message_id in await session.execute(_of_messages(), wanted):
        found.setdefault(message_id, []).append(OwnedFile(file, stored))
    return found


@built_once
def _of_messages() -> Select[Any]:
    # Concatenated, so that SQLite looks for the messages instead of reading every file of the owner.
    ours = col(Attachment.owner_id).concat("") == bindparam("owner_id")
    return (
        _owned()
        .add_columns(col(Attachment.message_id))
        .join(Attachment, col(Attachment.file_id) == col(File.id))
        .where(ours, col(Attachment.message_id).in_(bindparam("message_ids", expanding=True)))
        .order_by(col(Attachment.message_id), col(Attachment.position))
    )


async def share(session: AsyncSession, owner_id: str, share_id: str, file_ids: Sequence[str]) -> int:
    """Make these of the owner's files those of one of the owner's links, and return how many it has now."""
    ours = select(col(Share.id)).where(col(Share.owner_id) == owner_id, col(Share.id) == share_id)
    if await session.scalar(ours) is None:
        return 0
    found = {each.file.id for each in await get_many(session, owner_id, file_ids)}
    had = set(
        await session.scalars(select(col(SharedFile.file_id)).where(col(SharedFile.share_id) == share_id))
    )
    gone = delete(SharedFile).where(
        col(SharedFile.share_id) == share_id,
        col(SharedFile.owner_id) == owner_id,
        col(SharedFile.file_id).in_(had - found),
    )
    await change(session, gone)
    for id in sorted(found - had):
        session.add(SharedFile(share_id=share_id, file_id=id, owner_id=owner_id))
    await session.flush()
    return len(found)


def _owned() -> Select[File, StoredFile]:
    return select(File, StoredFile).join(StoredFile, col(StoredFile.hash) == col(File.hash))
