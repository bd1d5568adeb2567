"""The ids that browsers send messages under, by which a repeated send is recognised."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, Insert, Integer, Select, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import built_once
from webchat.storage.tables import ClientId, Message, Table
from webchat.storage.types import CleanText

_CLIENT_ID = Table.metadata.tables["client_id"]
_MESSAGE = Table.metadata.tables["message"]


async def add(session: AsyncSession, owner_id: str, message_id: str, ids: Sequence[str]) -> int:
    """Save that one of the owner's messages was sent with these ids, and return how many were saved.

    An id that another message of the owner was sent with stays with that one.
    """
    added = 0
    for position, id in enumerate(ids):
        row = {"owner": owner_id, "message": message_id, "client_id": id, "at": position}
        added += cast(CursorResult[Any], await session.execute(_add(), row)).rowcount
    return added


@built_once
def _add() -> Insert:
    row = select(
        _MESSAGE.c.owner_id,
        bindparam("client_id", type_=CleanText),
        _MESSAGE.c.id,
        bindparam("at", type_=Integer),
    ).where(_MESSAGE.c.owner_id == bindparam("owner"), _MESSAGE.c.id == bindparam("message"))
    columns = ["owner_id", "id", "message_id", "position"]
    return insert(_CLIENT_ID).prefix_with("OR IGNORE").from_select(columns, row)


async def find_message(session: AsyncSession, owner_id: str, ids: Collection[str]) -> Message | None:
    """The message that the owner's browser sent with all of these ids."""
    found = list(await session.scalars(_sent_with(), {"owner_id": owner_id, "ids": list(ids)}))
    if not found or len(found) < len(ids) or len(set(found)) > 1:
        return None
    message = select(Message).where(col(Message.owner_id) == owner_id, col(Message.id) == found[0])
    return (await session.scalars(message)).one_or_none()


@built_once
def _sent_with() -> Select[str]:
    return select(col(ClientId.message_id)).where(
        col(ClientId.owner_id) == bindparam("owner_id"),
        col(ClientId.id).in_(bindparam("ids", expanding=True)),
    )


async def of_messages(
    session: AsyncSession, owner_id: str, message_ids: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The ids that each of the owner's messages was sent with, in the order its parts were joined."""
    if not message_ids:
        return {}
    # Concatenated, so that SQLite looks for the messages instead of reading every id of the owner.
    ours = col(ClientId.owner_id).concat("") == owner_id
    wanted = (
        select(col(ClientId.message_id), col(ClientId.id))
        .where(ours, col(ClientId.message_id).in_(message_ids))
        .order_by(col(ClientId.position))
    )
    ids: dict[str, tuple[str, ...]] = {}
    for message_id, id in await session.execute(wanted):
        ids[message_id] = (*ids.get(message_id, ()), id)
    return ids
