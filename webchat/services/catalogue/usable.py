"""The providers a person can use: everyone's, which administrators set up, and their own."""

from __future__ import annotations

from webchat.services.catalogue.offered_models import as_members_see, offered
from webchat.services.errors import ModelNotAllowed
from webchat.storage.engine import Session
from webchat.storage.queries import providers, users
from webchat.storage.tables import ProviderSetting


async def usable_providers(
    session: Session, owner_id: str, *, enabled_only: bool = False
) -> list[ProviderSetting]:
    """Everyone's providers, then the owner's own except those of a name that is taken, in their order."""
    own = await providers.list_all(session, owner_id, enabled_only=enabled_only)
    shared = await shared_providers(session, owner_id, enabled_only=enabled_only)
    taken = providers.names_in_use(shared)
    return [*shared, *(row for row in own if row.name not in taken)]


async def shared_providers(
    session: Session, owner_id: str, *, enabled_only: bool = False
) -> list[ProviderSetting]:
    """Everyone's providers, unless they are the owner's; members get them without what they may not use."""
    host = await users.host(session)
    if host is None or host.id == owner_id:
        return []
    rows = await providers.list_all(session, host.id, enabled_only=enabled_only)
    if await users.is_administrator(session, owner_id):
        return rows
    return [as_members_see(row) for row in rows]


async def check_allowed(session: Session, owner_id: str, provider: str, model: str) -> None:
    """Refuse a model of everyone's that members may not use, or that its provider does not offer.

    Raises:
        ModelNotAllowed: the owner is a member.
    """
    row = providers.find_named(await shared_providers(session, owner_id), provider)
    if row is None or await users.is_administrator(session, owner_id):
        return
    if model not in {each.name for each in offered(row)}:
        raise ModelNotAllowed(f"{row.name}:{model}")
