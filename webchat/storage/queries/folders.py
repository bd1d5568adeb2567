"""Folders of conversations."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import FolderNameTaken, FolderNotFound
from webchat.storage.queries._rows import change
from webchat.storage.tables import Conversation, Folder
from webchat.storage.types import fold


async def list_folders(session: AsyncSession, owner_id: str) -> list[Folder]:
    """The owner's folders in their order."""
    ours = select(Folder).where(col(Folder.owner_id) == owner_id)
    return list(await session.scalars(ours.order_by(col(Folder.position), col(Folder.id))))


async def require_folder(session: AsyncSession, owner_id: str, folder_id: str) -> Folder:
    """The owner's folder with this id.

    Raises:
        FolderNotFound: the owner has none with this id.
    """
    ours = select(Folder).where(col(Folder.owner_id) == owner_id, col(Folder.id) == folder_id)
    folder = (await session.scalars(ours)).one_or_none()
    if folder is None:
        raise FolderNotFound(folder_id)
    return folder


async def add_folder(session: AsyncSession, owner_id: str, name: str) -> Folder:
    """Add a folder after the others.

    Raises:
        FolderNameTaken: the owner has one with this name.
    """
    await _check_name(session, owner_id, name)
    there = await list_folders(session, owner_id)
    position = there[-1].position + 1 if there else 0
    folder = Folder(owner_id=owner_id, name=name, name_folded=fold(name), position=position)
    session.add(folder)
    await session.flush()
    return folder


async def rename_folder(session: AsyncSession, owner_id: str, folder_id: str, name: str) -> None:
    """Give a folder another name.

    Raises:
        FolderNotFound: the owner has none with this id.
        FolderNameTaken: the owner has another one with this name.
    """
    folder = await require_folder(session, owner_id, folder_id)
    await _check_name(session, owner_id, name, besides=folder_id)
    folder.name, folder.name_folded = name, fold(name)
    await session.flush()


async def reorder_folders(session: AsyncSession, owner_id: str, folder_ids: Sequence[str]) -> None:
    """Put the owner's folders in this order; those not named come last, as they were."""
    wanted = {id_: at for at, id_ in enumerate(folder_ids)}
    there = await list_folders(session, owner_id)
    there.sort(key=lambda folder: wanted.get(folder.id, len(wanted)))
    for at, folder in enumerate(there):
        folder.position = at
    await session.flush()


async def empty_folder(session: AsyncSession, owner_id: str, folder_id: str, limit: int) -> int:
    """Take up to `limit` conversations out of a folder, deleted ones too, and return how many."""
    inside = select(col(Conversation.id)).where(
        col(Conversation.folder_id) == folder_id, col(Conversation.owner_id) == owner_id
    )
    some = update(Conversation).where(
        col(Conversation.owner_id) == owner_id, col(Conversation.id).in_(inside.limit(limit))
    )
    return await change(session, some.values(folder_id=None))


async def remove_folder(session: AsyncSession, owner_id: str, folder_id: str) -> None:
    """Remove an empty folder.

    Raises:
        FolderNotFound: the owner has none with this id.
    """
    await session.delete(await require_folder(session, owner_id, folder_id))
    await session.flush()


async def _check_name(session: AsyncSession, owner_id: str, name: str, besides: str = "") -> None:
    same: Select[str] = select(col(Folder.id)).where(
        col(Folder.owner_id) == owner_id, col(Folder.name_folded) == fold(name), col(Folder.id) != besides
    )
    if (await session.scalars(same)).first() is not None:
        raise FolderNameTaken(name)
