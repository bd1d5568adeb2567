"""Links to assistants as their owner sees them. Those of a deleted assistant are hidden until it is
restored."""

from __future__ import annotations

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import ShareNotFound
from webchat.storage.queries import assistants
from webchat.storage.queries._rows import change
from webchat.storage.tables import Assistant, AssistantLink


async def add(session: AsyncSession, owner_id: str, link: AssistantLink) -> AssistantLink:
    """Save a new link of the owner.

    Raises:
        AssistantNotFound: the owner has no such assistant.
    """
    await assistants.require(session, owner_id, link.assistant_id)
    link.owner_id = owner_id
    session.add(link)
    await session.flush()
    return link


async def list_all(session: AsyncSession, owner_id: str, assistant_id: str) -> list[AssistantLink]:
    """The owner's links to an assistant, newest first."""
    alive = exists().where(
        col(Assistant.id) == col(AssistantLink.assistant_id), col(Assistant.deleted_at).is_(None)
    )
    ours = select(AssistantLink).where(
        col(AssistantLink.owner_id) == owner_id, col(AssistantLink.assistant_id) == assistant_id, alive
    )
    return list(await session.scalars(ours.order_by(col(AssistantLink.id).desc())))


async def remove(session: AsyncSession, owner_id: str, link_id: str) -> None:
    """Permanently remove a link and its copy.

    Raises:
        ShareNotFound: the owner has none with this id.
    """
    ours = delete(AssistantLink).where(
        col(AssistantLink.owner_id) == owner_id, col(AssistantLink.id) == link_id
    )
    if not await change(session, ours):
        raise ShareNotFound(link_id)
