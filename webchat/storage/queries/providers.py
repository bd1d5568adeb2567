"""The providers an owner has configured or that were found, in the order the owner gave them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import ProviderNameTaken, ProviderNotFound
from webchat.storage.queries._rows import change
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin


class ProviderChanges(TypedDict, total=False):
    """What can be changed of a provider; what is left out stays. `secret` is already encrypted."""

    kind: str
    name: str
    base_url: str
    secret: str | None
    enabled: bool
    origin: Origin
    options: dict[str, Any]


async def get(session: AsyncSession, owner_id: str, provider_id: str) -> ProviderSetting | None:
    """The owner's provider with this id."""
    return (await session.scalars(_of(owner_id).where(col(ProviderSetting.id) == provider_id))).one_or_none()


async def get_by_name(session: AsyncSession, owner_id: str, name: str) -> ProviderSetting | None:
    """The owner's provider of this name: the part of `Provider:model` before the colon."""
    return (await session.scalars(_of(owner_id).where(col(ProviderSetting.name) == name))).one_or_none()


async def list_all(
    session: AsyncSession, owner_id: str, *, enabled_only: bool = False
) -> list[ProviderSetting]:
    """The owner's providers in their order."""
    wanted = _of(owner_id).order_by(col(ProviderSetting.position), col(ProviderSetting.id))
    if enabled_only:
        wanted = wanted.where(col(ProviderSetting.enabled).is_(True))
    return list(await session.scalars(wanted))


async def add(
    session: AsyncSession,
    owner_id: str,
    *,
    kind: str,
    name: str,
    base_url: str = "",
    secret: str | None = None,
    enabled: bool = True,
    origin: Origin = Origin.PERSON,
    options: dict[str, Any] | None = None,
) -> ProviderSetting:
    """Add a provider behind the others. `secret` is its API key as `SecretBox.encrypt` made it.

    Raises:
        ProviderNameTaken: the owner has one of this name.
    """
    await _refuse_taken(session, owner_id, name)
    last = select(func.max(col(ProviderSetting.position))).where(col(ProviderSetting.owner_id) == owner_id)
    highest = (await session.scalars(last)).one()
    provider = ProviderSetting(
        owner_id=owner_id,
        kind=kind,
        name=name,
        base_url=base_url,
        secret=secret,
        enabled=enabled,
        position=0 if highest is None else highest + 1,
        origin=origin,
        options=options or {},
    )
    session.add(provider)
    await session.flush()
    return provider


async def update(
    session: AsyncSession, owner_id: str, provider_id: str, **changes: Unpack[ProviderChanges]
) -> ProviderSetting:
    """Change a provider and return it as it now is.

    Raises:
        ProviderNotFound: the owner has no such provider.
        ProviderNameTaken: another one has the new name.
    """
    provider = await _require(session, owner_id, provider_id)
    if "name" in changes and changes["name"] != provider.name:
        await _refuse_taken(session, owner_id, changes["name"])
    for field, value in changes.items():
        setattr(provider, field, value)
    await session.flush()
    return provider


async def set_models(
    session: AsyncSession, owner_id: str, provider_id: str, models: Sequence[str], refreshed_at: datetime
) -> None:
    """Keep the list of models the provider answered with.

    Raises:
        ProviderNotFound: the owner has no such provider.
    """
    provider = await _require(session, owner_id, provider_id)
    provider.models = list(models)
    provider.models_refreshed_at = refreshed_at
    await session.flush()


async def reorder(session: AsyncSession, owner_id: str, provider_ids: Sequence[str]) -> None:
    """Put the providers in this order; those not named follow as they were, unknown ids are ignored."""
    wanted = {provider_id: place for place, provider_id in enumerate(provider_ids)}
    existing = await list_all(session, owner_id)
    existing.sort(key=lambda provider: wanted.get(provider.id, len(wanted)))
    for position, provider in enumerate(existing):
        provider.position = position
    await session.flush()


async def remove(session: AsyncSession, owner_id: str, provider_id: str) -> bool:
    """Forget a provider and its key; what it answered stays. False if the owner has none with this id."""
    ours = delete(ProviderSetting).where(
        col(ProviderSetting.owner_id) == owner_id, col(ProviderSetting.id) == provider_id
    )
    return await change(session, ours) > 0


def _of(owner_id: str) -> Select[ProviderSetting]:
    return select(ProviderSetting).where(col(ProviderSetting.owner_id) == owner_id)


async def _require(session: AsyncSession, owner_id: str, provider_id: str) -> ProviderSetting:
    provider = await get(session, owner_id, provider_id)
    if provider is None:
        raise ProviderNotFound(provider_id)
    return provider


async def _refuse_taken(session: AsyncSession, owner_id: str, name: str) -> None:
    if await get_by_name(session, owner_id, name) is not None:
        raise ProviderNameTaken(name)
