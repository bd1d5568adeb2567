"""Assistants. Every query except `restore` ignores deleted ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from webchat.storage.errors import AssistantNotFound
from webchat.storage.queries._rows import change as changed_rows
from webchat.storage.tables import Assistant
from webchat.storage.types import utc_now


async def list_all(session: AsyncSession, owner_id: str) -> list[Assistant]:
    """The owner's assistants in their order, without their pictures."""
    ours = select(Assistant).where(_ours(owner_id)).options(defer(Assistant.picture))  # type: ignore[arg-type]
    return list(await session.scalars(ours.order_by(col(Assistant.position), col(Assistant.id))))


async def require(session: AsyncSession, owner_id: str, assistant_id: str) -> Assistant:
    """The owner's assistant with this id, with its picture.

    Raises:
        AssistantNotFound: the owner has none with this id.
    """
    ours = select(Assistant).where(_ours(owner_id), col(Assistant.id) == assistant_id)
    found = (await session.scalars(ours)).one_or_none()
    if found is None:
        raise AssistantNotFound(assistant_id)
    return found


async def exists(session: AsyncSession, owner_id: str, assistant_id: str) -> bool:
    """Whether the owner has an assistant with this id."""
    ours = select(col(Assistant.id)).where(_ours(owner_id), col(Assistant.id) == assistant_id)
    return (await session.scalars(ours)).one_or_none() is not None


async def add(session: AsyncSession, owner_id: str, **values: Any) -> Assistant:
    """Add an assistant after the others.

    Args:
        values: the columns by name.
    """
    last = await session.scalar(select(func.max(col(Assistant.position))).where(_ours(owner_id)))
    row = Assistant(owner_id=owner_id, position=0 if last is None else last + 1, **values)
    session.add(row)
    await session.flush()
    return row


async def change(session: AsyncSession, owner_id: str, assistant_id: str, **values: Any) -> None:
    """Set columns of an assistant.

    Raises:
        AssistantNotFound: the owner has none with this id.
    """
    row = await require(session, owner_id, assistant_id)
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = utc_now()
    await session.flush()


async def reorder(session: AsyncSession, owner_id: str, assistant_ids: Sequence[str]) -> None:
    """Put the owner's assistants in this order; those not named come last, as they were."""
    wanted = {id_: at for at, id_ in enumerate(assistant_ids)}
    there = await list_all(session, owner_id)
    there.sort(key=lambda row: wanted.get(row.id, len(wanted)))
    for at, row in enumerate(there):
        row.position = at
    await session.flush()


async def delete(session: AsyncSession, owner_id: str, assistant_id: str, now: datetime) -> None:
    """Delete an assistant; `restore` undoes this.

    Raises:
        AssistantNotFound: the owner has none with this id.
    """
    ours = update(Assistant).where(_ours(owner_id), col(Assistant.id) == assistant_id)
    if not await changed_rows(session, ours.values(deleted_at=now)):
        raise AssistantNotFound(assistant_id)


async def restore(session: AsyncSession, owner_id: str, assistant_id: str) -> None:
    """Undo `delete`.

    Raises:
        AssistantNotFound: the owner has no deleted assistant with this id.
    """
    gone = update(Assistant).where(
        col(Assistant.owner_id) == owner_id,
        col(Assistant.id) == assistant_id,
        col(Assistant.deleted_at).is_not(None),
    )
    if not await changed_rows(session, gone.values(deleted_at=None)):
        raise AssistantNotFound(assistant_id)


def _ours(owner_id: str) -> ColumnElement[bool]:
    return and_(col(Assistant.owner_id) == owner_id, col(Assistant.deleted_at).is_(None))
