"""An owner's providers, configured or found, in the owner's order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

from sqlalchemy import BindParameter, Select, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.storage.errors import ProviderNameTaken, ProviderNotFound
from webchat.storage.queries._rows import built_once, change
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin


class ProviderChanges(TypedDict, total=False):
    """The fields of a provider to change; omitted ones stay unchanged. `secret` is already encrypted."""

    kind: str
    name: str
    base_url: str
    secret: str | None
    enabled: bool
    origin: Origin
    options: dict[str, Any]
    model_choice: dict[str, Any]


PROXY: Final = "proxy"
"""Key in a provider's options: its proxy, encrypted because it may contain a password."""

PARAMETERS: Final = "parameters"
"""Key in a provider's options: its advanced parameters; see `webchat.services.parameters`."""

HEADERS: Final = "headers"
"""Key in advanced parameters: the headers by name, each value encrypted because it may be a key."""

FORMER_NAMES = 20
"""Maximum earlier names of a provider to remember."""


async def get(session: AsyncSession, owner_id: str, provider_id: str) -> ProviderSetting | None:
    """The owner's provider with this id."""
    return (
        await session.scalars(_of([owner_id]).where(col(ProviderSetting.id) == provider_id))
    ).one_or_none()


async def get_by_name(session: AsyncSession, owner_id: str, name: str) -> ProviderSetting | None:
    """The owner's provider that has or had this name, the part of `Provider:model` before the colon."""
    return find_named(await list_all(session, owner_id), name)


def find_named(rows: Sequence[ProviderSetting], name: str) -> ProviderSetting | None:
    """The provider that has this name, else the one that had it before."""
    now = (row for row in rows if row.name == name)
    return next(now, None) or next((row for row in rows if name in row.former_names), None)


def names_in_use(rows: Sequence[ProviderSetting]) -> set[str]:
    """The names that no other provider may take: conversations may still refer to a provider by an earlier
    name, which must not come to mean another one.
    """
    return {name for row in rows for name in (row.name, *row.former_names)}


async def list_all(
    session: AsyncSession, owner_id: str, *, host_id: str | None = None
) -> list[ProviderSetting]:
    """The owner's providers in their order, except removed ones; with `host_id` also those of that person."""
    owners = {"owner_ids": list(filter(None, (owner_id, host_id)))}
    return list(await session.scalars(_in_order(), owners))


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
    """Add a provider after the others. `secret` is its API key, encrypted by `Secrets.encrypt`.

    Raises:
        ProviderNameTaken: the owner already has one with this name.
    """
    await _refuse_taken(session, owner_id, name, None)
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
    """Change a provider and return it. Its earlier names still refer to it.

    Raises:
        ProviderNotFound: the owner has no such provider.
        ProviderNameTaken: another one has or had the new name.
    """
    provider = await _require(session, owner_id, provider_id)
    name = changes.get("name", provider.name)
    if name != provider.name:
        await _refuse_taken(session, owner_id, name, provider)
        names = [each for each in (*provider.former_names, provider.name) if each != name]
        provider.former_names = names[-FORMER_NAMES:]
    for field, value in changes.items():
        setattr(provider, field, value)
    await session.flush()
    return provider


async def set_models(
    session: AsyncSession,
    owner_id: str,
    provider_id: str,
    models: Sequence[str],
    refreshed_at: datetime,
    facts: dict[str, Any] | None = None,
) -> bool:
    """Save the provider's list of models and their details; None keeps the old details.

    Returns:
        Whether anything changed.

    Raises:
        ProviderNotFound: the owner has no such provider.
    """
    provider = await _require(session, owner_id, provider_id)
    before = (provider.models, provider.model_facts)
    provider.models = list(models)
    if facts is not None:
        provider.model_facts = facts
    provider.models_refreshed_at = refreshed_at
    await session.flush()
    return before != (provider.models, provider.model_facts)


async def reorder(session: AsyncSession, owner_id: str, provider_ids: Sequence[str]) -> None:
    """Set the order of the providers; others follow in their old order, and unknown ids are ignored."""
    wanted = {provider_id: place for place, provider_id in enumerate(provider_ids)}
    existing = await list_all(session, owner_id)
    existing.sort(key=lambda provider: wanted.get(provider.id, len(wanted)))
    for position, provider in enumerate(existing):
        provider.position = position
    await session.flush()


async def remove(session: AsyncSession, owner_id: str, provider_id: str) -> bool:
    """Permanently delete a provider and its key; answers stay. False if the owner has none with this id."""
    ours = delete(ProviderSetting).where(
        col(ProviderSetting.owner_id) == owner_id, col(ProviderSetting.id) == provider_id
    )
    return await change(session, ours) > 0


async def mark_removed(
    session: AsyncSession, owner_id: str, provider_id: str, now: datetime
) -> ProviderSetting:
    """Remove a provider from every list until `restore` or `purge`; its name becomes available.

    Raises:
        ProviderNotFound: the owner has no such provider.
    """
    provider = await _require(session, owner_id, provider_id)
    provider.deleted_at = now
    await session.flush()
    return provider


async def get_removed(session: AsyncSession, owner_id: str, provider_id: str) -> ProviderSetting | None:
    """The owner's removed provider with this id."""
    wanted = select(ProviderSetting).where(
        col(ProviderSetting.owner_id) == owner_id,
        col(ProviderSetting.id) == provider_id,
        col(ProviderSetting.deleted_at).is_not(None),
    )
    return (await session.scalars(wanted)).one_or_none()


async def restore(session: AsyncSession, owner_id: str, provider_id: str, name: str) -> ProviderSetting:
    """Undo `mark_removed`, with an available name.

    Raises:
        ProviderNotFound: the owner has no removed provider with this id.
    """
    provider = await get_removed(session, owner_id, provider_id)
    if provider is None:
        raise ProviderNotFound(provider_id)
    taken = names_in_use(await list_all(session, owner_id))
    provider.name = name
    provider.former_names = [each for each in provider.former_names if each not in taken and each != name]
    provider.deleted_at = None
    await session.flush()
    return provider


async def purge(session: AsyncSession, owner_id: str, before: datetime) -> int:
    """Permanently delete providers removed before a time; returns how many."""
    old = delete(ProviderSetting).where(
        col(ProviderSetting.owner_id) == owner_id, col(ProviderSetting.deleted_at) < before
    )
    return await change(session, old)


def _of(owner_ids: Sequence[str] | BindParameter[str]) -> Select[ProviderSetting]:
    return select(ProviderSetting).where(
        col(ProviderSetting.owner_id).in_(owner_ids), col(ProviderSetting.deleted_at).is_(None)
    )


@built_once
def _in_order() -> Select[ProviderSetting]:
    wanted = _of(bindparam("owner_ids", expanding=True))
    return wanted.order_by(col(ProviderSetting.position), col(ProviderSetting.id))


async def _require(session: AsyncSession, owner_id: str, provider_id: str) -> ProviderSetting:
    provider = await get(session, owner_id, provider_id)
    if provider is None:
        raise ProviderNotFound(provider_id)
    return provider


async def _refuse_taken(
    session: AsyncSession, owner_id: str, name: str, besides: ProviderSetting | None
) -> None:
    others = [row for row in await list_all(session, owner_id) if row is not besides]
    if (other := find_named(others, name)) is not None:
        raise ProviderNameTaken(name, now=other.name)
