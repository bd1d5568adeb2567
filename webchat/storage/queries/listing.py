"""Pages of conversations: the sidebar and the history, with any combination of filters.

Every combination is read from one index in the order of the list, so no page is slower than the first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Integer, Select, bindparam, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.queries._rows import built_once
from webchat.storage.queries.conversations import MAX_PAGE, ConversationPage, Cursor
from webchat.storage.tables import Conversation, ConversationFilter, ConversationModel, ConversationTag


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list shows. Empty texts are no filter; archived conversations are never among others.

    `pinned` is True for pinned conversations only, False for all others, None for both.
    """

    folder_id: str = ""
    tag: str = ""
    model: str = ""
    archived: bool = False
    pinned: bool | None = None


async def list_page(
    session: AsyncSession, owner_id: str, filters: Filters, *, limit: int, before: Cursor | None = None
) -> ConversationPage:
    """One page of the owner's conversations that match all filters, by last activity, newest first.

    Args:
        limit: the maximum number, capped at `MAX_PAGE`.
        before: the `next` of the previous page; None for the first page.
    """
    limit = min(limit, MAX_PAGE)
    wanted: dict[str, Any] = {"owner_id": owner_id, "limit": limit + 1}
    wanted |= {"folder_id": filters.folder_id, "tag": filters.tag, "model": filters.model}
    if before is not None:
        wanted |= {"before": before.updated_at, "before_id": before.id}
    in_use = replace(
        filters, folder_id=filters.folder_id and "x", tag=filters.tag and "x", model=filters.model and "x"
    )
    rows = list(await session.scalars(_page(in_use, begins=before is None), wanted))
    page = rows[:limit]
    more = len(rows) > limit and bool(page)
    return ConversationPage(page, Cursor(page[-1].updated_at, page[-1].id) if more else None)


@built_once
def _page(filters: Filters, *, begins: bool) -> Select[Conversation]:
    """The statement for filters in use, whatever their values; `begins` for the first page."""
    chosen = _chosen(filters)
    id_, moment = chosen.selected_columns
    if filters.pinned is False:
        chosen = chosen.where(id_.not_in(_pinned()))
    if not begins:
        before = tuple_(bindparam("before", type_=moment.type), bindparam("before_id", type_=id_.type))
        chosen = chosen.where(tuple_(moment, id_) < before)
    chosen = chosen.order_by(moment.desc(), id_.desc()).limit(bindparam("limit", type_=Integer))
    # The ids come from one index; only the rows of the page are read.
    wanted = select(Conversation).where(col(Conversation.id).in_(select(chosen.subquery().c.id)))
    return wanted.order_by(col(Conversation.updated_at).desc(), col(Conversation.id).desc())


async def count_pinned(session: AsyncSession, owner_id: str) -> int:
    """How many conversations the owner has pinned, except deleted ones."""
    pinned = select(func.count()).select_from(Conversation)
    return (
        await session.scalars(
            pinned.where(
                col(Conversation.owner_id) == owner_id,
                col(Conversation.pinned_at).is_not(None),
                col(Conversation.deleted_at).is_(None),
            )
        )
    ).one()


def _chosen(filters: Filters) -> Select[Any, Any]:
    """The id and last activity of what matches, before `pinned=False`."""
    if filters.pinned:
        return _among_pinned(filters)
    if filters.folder_id or filters.tag or filters.archived:
        return select(
            col(ConversationFilter.conversation_id).label("id"), col(ConversationFilter.listed_at)
        ).where(
            col(ConversationFilter.owner_id) == bindparam("owner_id"),
            col(ConversationFilter.archived) == filters.archived,
            col(ConversationFilter.model) == bindparam("model"),
            col(ConversationFilter.folder_id) == bindparam("folder_id"),
            col(ConversationFilter.tag) == bindparam("tag"),
        )
    if filters.model:
        return select(
            col(ConversationModel.conversation_id).label("id"), col(ConversationModel.listed_at)
        ).where(
            col(ConversationModel.owner_id) == bindparam("owner_id"),
            col(ConversationModel.model) == bindparam("model"),
            col(ConversationModel.listed_at).is_not(None),
        )
    return select(col(Conversation.id).label("id"), col(Conversation.updated_at)).where(
        col(Conversation.owner_id) == bindparam("owner_id"),
        col(Conversation.deleted_at).is_(None),
        col(Conversation.archived_at).is_(None),
        col(Conversation.temporary).is_(False),
    )


def _pinned() -> Select[str]:
    return select(col(Conversation.id)).where(
        col(Conversation.owner_id) == bindparam("owner_id"), col(Conversation.pinned_at).is_not(None)
    )


def _among_pinned(filters: Filters) -> Select[Any, Any]:
    """All pinned conversations are looked at, which are few."""
    pinned = select(Conversation).where(
        col(Conversation.owner_id) == bindparam("owner_id"), col(Conversation.pinned_at).is_not(None)
    )
    # Materialized, because SQLite would rather read all conversations in their order.
    row = pinned.cte("pinned").prefix_with("MATERIALIZED").c
    chosen: Select[Any, Any] = select(row.id, row.updated_at).where(
        row.deleted_at.is_(None),
        row.temporary.is_(False),
        row.archived_at.is_not(None) if filters.archived else row.archived_at.is_(None),
    )
    if filters.folder_id:
        chosen = chosen.where(row.folder_id == bindparam("folder_id"))
    if filters.tag:
        tagged = select(col(ConversationTag.tag)).where(
            col(ConversationTag.conversation_id) == row.id,
            col(ConversationTag.tag) == bindparam("tag"),
        )
        chosen = chosen.where(exists(tagged))
    if filters.model:
        used = select(col(ConversationModel.model)).where(
            col(ConversationModel.conversation_id) == row.id,
            col(ConversationModel.model) == bindparam("model"),
        )
        chosen = chosen.where(exists(used))
    return chosen
