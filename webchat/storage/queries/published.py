"""Shared copies as readers see them. They take no owner's id, because the token is sufficient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import change
from webchat.storage.queries.files import OwnedFile
from webchat.storage.tables import (
    Assistant,
    AssistantLink,
    AssistantLinkFile,
    Conversation,
    File,
    Share,
    SharedFile,
    StoredFile,
)


@dataclass(frozen=True, slots=True)
class Published:
    """The properties of a link, without its copy."""

    id: str
    title: str
    messages: int
    passphrase_hash: str | None
    may_continue: bool
    updated_at: datetime


async def find(session: AsyncSession, token_hash: str, now: datetime) -> Published | None:
    """The link with this token; None if it has expired, its conversation is deleted, or it never existed."""
    wanted = (
        select(
            col(Share.id),
            col(Share.title),
            col(Share.messages),
            col(Share.passphrase_hash),
            col(Share.may_continue),
            col(Share.updated_at),
        )
        .join(Conversation, col(Conversation.id) == col(Share.conversation_id))
        .where(
            col(Share.token_hash) == token_hash,
            or_(col(Share.expires_at).is_(None), col(Share.expires_at) > now),
            col(Conversation.deleted_at).is_(None),
        )
    )
    row = (await session.execute(wanted)).one_or_none()
    return None if row is None else Published(*row)


async def snapshot(session: AsyncSession, share_id: str) -> str | None:
    """The copy behind a link from `find`, as JSON; None if it was revoked in the meantime."""
    wanted = select(col(Share.snapshot)).where(col(Share.id) == share_id)
    return (await session.scalars(wanted)).one_or_none()


async def files(session: AsyncSession, share_id: str) -> list[OwnedFile]:
    """The files of the copy behind a link from `find`."""
    wanted = (
        select(File, StoredFile)
        .join(StoredFile, col(StoredFile.hash) == col(File.hash))
        .join(SharedFile, col(SharedFile.file_id) == col(File.id))
        .where(col(SharedFile.share_id) == share_id)
    )
    return [OwnedFile(file, stored) for file, stored in await session.execute(wanted)]


async def file(session: AsyncSession, share_id: str, file_id: str) -> OwnedFile | None:
    """One of them; None if the copy has no such file."""
    wanted = (
        select(File, StoredFile)
        .join(StoredFile, col(StoredFile.hash) == col(File.hash))
        .join(SharedFile, col(SharedFile.file_id) == col(File.id))
        .where(col(SharedFile.share_id) == share_id, col(SharedFile.file_id) == file_id)
    )
    row = (await session.execute(wanted)).one_or_none()
    return None if row is None else OwnedFile(*row)


async def count_views(session: AsyncSession, views: Mapping[str, int]) -> None:
    """Add views to links, by id."""
    for share_id, number in views.items():
        seen = update(Share).where(col(Share.id) == share_id)
        await change(session, seen.values(views=col(Share.views) + number))


async def assistant_copy(session: AsyncSession, token_hash: str, now: datetime) -> str | None:
    """What the link to an assistant with this token shows; None if it has expired, the assistant is deleted,
    or it never existed."""
    wanted = (
        select(col(AssistantLink.copy_json))
        .join(Assistant, col(Assistant.id) == col(AssistantLink.assistant_id))
        .where(*_open_to_readers(token_hash, now))
    )
    return (await session.scalars(wanted)).one_or_none()


async def assistant_files(session: AsyncSession, token_hash: str, now: datetime) -> list[OwnedFile]:
    """The files of the copy that `assistant_copy` finds, in order."""
    wanted = (
        select(File, StoredFile)
        .join(StoredFile, col(StoredFile.hash) == col(File.hash))
        .join(AssistantLinkFile, col(AssistantLinkFile.file_id) == col(File.id))
        .join(AssistantLink, col(AssistantLink.id) == col(AssistantLinkFile.link_id))
        .join(Assistant, col(Assistant.id) == col(AssistantLink.assistant_id))
        .where(*_open_to_readers(token_hash, now))
        .order_by(col(AssistantLinkFile.position))
    )
    return [OwnedFile(file, stored) for file, stored in await session.execute(wanted)]


def _open_to_readers(token_hash: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(AssistantLink.token_hash) == token_hash,
        or_(col(AssistantLink.expires_at).is_(None), col(AssistantLink.expires_at) > now),
        col(Assistant.deleted_at).is_(None),
    )
