"""The files of assistants, of the copies behind links to them, and of the conversations begun with them.

Each has its own files, so that changing one never changes another: files are passed on as copies, whose
content is still stored only once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries import files
from webchat.storage.queries._rows import built_once, change
from webchat.storage.queries.files import OwnedFile
from webchat.storage.tables import (
    Assistant,
    AssistantFile,
    AssistantLink,
    AssistantLinkFile,
    Conversation,
    ConversationFile,
)

_Row = type[AssistantFile] | type[AssistantLinkFile] | type[ConversationFile]


@dataclass(frozen=True, slots=True)
class Holder:
    """What has a list of files: its table, the table of the list, and the column there that has its id."""

    table: type[Assistant] | type[AssistantLink] | type[Conversation]
    row: _Row
    column: str

    @property
    def id(self) -> ColumnElement[str]:
        """The column that has its id."""
        found: ColumnElement[str] = getattr(self.row, self.column)
        return found


ASSISTANT = Holder(Assistant, AssistantFile, "assistant_id")
LINK = Holder(AssistantLink, AssistantLinkFile, "link_id")
CONVERSATION = Holder(Conversation, ConversationFile, "conversation_id")


async def get(session: AsyncSession, owner_id: str, holder: Holder, id: str) -> list[OwnedFile]:
    """The files that one of the owner's holders has, in order."""
    ids = list(await session.scalars(_of(holder), {"owner": owner_id, "holder": id}))
    return await files.get_many(session, owner_id, ids) if ids else []


@built_once
def _of(holder: Holder) -> Select[str]:
    ours = (col(holder.row.owner_id) == bindparam("owner"), holder.id == bindparam("holder"))
    return select(col(holder.row.file_id)).where(*ours).order_by(col(holder.row.position))


async def of_conversations(
    session: AsyncSession, owner_id: str, conversation_ids: Sequence[str]
) -> dict[str, list[OwnedFile]]:
    """The files of each of the owner's conversations that has any, in order."""
    held = ConversationFile
    ours = select(held).where(col(held.owner_id) == owner_id, col(held.conversation_id).in_(conversation_ids))
    rows = list(await session.scalars(ours.order_by(col(held.conversation_id), col(held.position))))
    owned = await files.get_many(session, owner_id, [row.file_id for row in rows])
    found: dict[str, list[OwnedFile]] = {}
    for row, each in zip(rows, owned, strict=True):
        found.setdefault(row.conversation_id, []).append(each)
    return found


async def put(session: AsyncSession, owner_id: str, holder: Holder, id: str, file_ids: Sequence[str]) -> int:
    """Make these of the owner's files those of one of the owner's holders, and return how many it has now.

    Ids of files that the owner does not have are left out.
    """
    table = holder.table
    ours = select(col(table.id)).where(col(table.owner_id) == owner_id, col(table.id) == id)
    if await session.scalar(ours) is None:
        return 0
    before = [each.file.id for each in await get(session, owner_id, holder, id)]
    found = [each.file.id for each in await files.get_many(session, owner_id, list(dict.fromkeys(file_ids)))]
    if found != before:
        await change(session, delete(holder.row).where(col(holder.row.owner_id) == owner_id, holder.id == id))
        for position, file_id in enumerate(found):
            row: dict[str, Any] = {holder.column: id, "position": position, "file_id": file_id}
            session.add(holder.row(**row, owner_id=owner_id))
        await session.flush()
    return len(found)


async def hand_on(
    session: AsyncSession, owner_id: str, found: Sequence[OwnedFile], holder: Holder, id: str
) -> int:
    """Give copies of files to one of the owner's holders in place of those it has, and return how many.

    The files may be somebody else's who has shared them.
    """
    copies = []
    for each in found:
        copy = await files.add(session, owner_id, hash=each.file.hash, sealed_name=each.file.sealed_name)
        copy.kept_tokens = each.file.kept_tokens
        copies.append(copy.id)
    await session.flush()
    return await put(session, owner_id, holder, id, copies)
