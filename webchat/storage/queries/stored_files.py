"""Contents of files, which have no owner: several people may have the same one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import change
from webchat.storage.tables import (
    AssistantFile,
    AssistantLinkFile,
    Attachment,
    Conversation,
    ConversationFile,
    File,
    SharedFile,
    StoredFile,
    User,
)

_HOLDERS = (Attachment, SharedFile, AssistantFile, AssistantLinkFile, ConversationFile)
"""The tables that say what has a file."""


async def get(session: AsyncSession, hash: str) -> StoredFile | None:
    """The row of a content."""
    return await session.get(StoredFile, hash)


async def add(session: AsyncSession, stored: StoredFile) -> StoredFile:
    """Save the row of a content, unless it has one, and return the row."""
    known = await get(session, stored.hash)
    if known is not None:
        return known
    session.add(stored)
    await session.flush()
    return stored


async def set_read(
    session: AsyncSession, hash: str, *, state: str, tokens: int, problem: dict[str, Any] | None
) -> None:
    """Save what became of reading a document."""
    read = update(StoredFile).where(col(StoredFile.hash) == hash)
    await change(session, read.values(state=state, tokens=tokens, problem=problem))


async def unread(session: AsyncSession) -> list[StoredFile]:
    """The documents that are still to be read, for example after a crash."""
    return list(await session.scalars(select(StoredFile).where(col(StoredFile.state) == "reading")))


async def size_of_all(session: AsyncSession) -> int:
    """The bytes of all contents."""
    return await session.scalar(select(func.sum(col(StoredFile.size)))) or 0


async def known(session: AsyncSession, hashes: Collection[str]) -> set[str]:
    """Those of these hashes that have a row."""
    return set(await session.scalars(select(col(StoredFile.hash)).where(col(StoredFile.hash).in_(hashes))))


async def find_unused(session: AsyncSession, before: datetime, limit: int) -> list[str]:
    """Files that nothing has: of messages, links or others that are gone, of deleted accounts, and those that
    nothing ever had and that came before a time."""
    wanted = select(col(File.id)).where(_unused(before)).order_by(col(File.unused_since)).limit(limit)
    return list(await session.scalars(wanted))


async def remove_unused(session: AsyncSession, ids: Sequence[str], before: datetime) -> list[str]:
    """Remove such files and the rows of contents that nobody has any more, and return the hashes of those."""
    going = and_(col(File.id).in_(ids), _unused(before))
    hashes = set(await session.scalars(select(col(File.hash)).where(going)))
    await change(session, delete(File).where(going))
    return await remove_lost(session, hashes)


async def remove_lost(session: AsyncSession, hashes: Collection[str]) -> list[str]:
    """Remove the rows of those of these contents that nobody has any more, and return their hashes."""
    lost = and_(col(StoredFile.hash).in_(hashes), ~exists().where(col(File.hash) == col(StoredFile.hash)))
    gone = list(await session.scalars(select(col(StoredFile.hash)).where(lost)))
    await change(session, delete(StoredFile).where(col(StoredFile.hash).in_(gone)))
    return gone


def _unused(before: datetime) -> ColumnElement[bool]:
    deleted = select(col(User.id)).where(col(User.deleted_at).is_not(None))
    queued = exists().where(
        col(Conversation.queued_files).is_not(None),
        func.instr(col(Conversation.queued_files), col(File.id)) > 0,
    )
    return and_(
        col(File.unused_since).is_not(None),
        or_(
            col(File.unused_since) < before,
            col(File.unused_since) > col(File.created_at),  # something had it
            col(File.owner_id).in_(deleted),
        ),
        *(~exists().where(col(each.file_id) == col(File.id)) for each in _HOLDERS),
        or_(col(File.owner_id).in_(deleted), ~queued),
    )
