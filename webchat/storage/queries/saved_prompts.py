"""Saved prompts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import SavedPromptNameTaken, SavedPromptNotFound
from webchat.storage.ids import new_id
from webchat.storage.tables import SavedPrompt
from webchat.storage.types import fold, utc_now


async def list_all(session: AsyncSession, owner_id: str) -> list[SavedPrompt]:
    """The owner's prompts by name."""
    ours = select(SavedPrompt).where(col(SavedPrompt.owner_id) == owner_id)
    return list(await session.scalars(ours.order_by(col(SavedPrompt.name_folded))))


async def require(session: AsyncSession, owner_id: str, prompt_id: str) -> SavedPrompt:
    """The owner's prompt with this id.

    Raises:
        SavedPromptNotFound: the owner has none with this id.
    """
    ours = select(SavedPrompt).where(col(SavedPrompt.owner_id) == owner_id, col(SavedPrompt.id) == prompt_id)
    prompt = (await session.scalars(ours)).one_or_none()
    if prompt is None:
        raise SavedPromptNotFound(prompt_id)
    return prompt


async def add(session: AsyncSession, owner_id: str, name: str, text: str) -> str:
    """Add a prompt and return its id.

    Raises:
        SavedPromptNameTaken: the owner has one with this name.
    """
    await _check_name(session, owner_id, name)
    prompt = SavedPrompt(owner_id=owner_id, name=name, name_folded=fold(name), text=text)
    session.add(prompt)
    await session.flush()
    return prompt.id


async def add_several(session: AsyncSession, owner_id: str, prompts: Sequence[tuple[str, str]]) -> None:
    """Add prompts by name and text, whose names the owner must not have yet."""
    now = utc_now()
    rows = [
        {
            "id": new_id(),
            "owner_id": owner_id,
            "name": name,
            "name_folded": fold(name),
            "text": text,
            "created_at": now,
            "updated_at": now,
        }
        for name, text in prompts
    ]
    if rows:
        await session.execute(insert(SavedPrompt), rows)


async def change(session: AsyncSession, owner_id: str, prompt_id: str, name: str, text: str) -> None:
    """Give a prompt this name and text.

    Raises:
        SavedPromptNotFound: the owner has none with this id.
        SavedPromptNameTaken: the owner has another one with this name.
    """
    prompt = await require(session, owner_id, prompt_id)
    await _check_name(session, owner_id, name, besides=prompt_id)
    prompt.name, prompt.name_folded, prompt.text, prompt.updated_at = name, fold(name), text, utc_now()
    await session.flush()


async def remove(session: AsyncSession, owner_id: str, prompt_id: str) -> None:
    """Remove a prompt.

    Raises:
        SavedPromptNotFound: the owner has none with this id.
    """
    await session.delete(await require(session, owner_id, prompt_id))
    await session.flush()


async def _check_name(session: AsyncSession, owner_id: str, name: str, besides: str = "") -> None:
    same: Select[str] = select(col(SavedPrompt.id)).where(
        col(SavedPrompt.owner_id) == owner_id,
        col(SavedPrompt.name_folded) == fold(name),
        col(SavedPrompt.id) != besides,
    )
    if (await session.scalars(same)).first() is not None:
        raise SavedPromptNameTaken(name)
