"""The providers a person can use: everyone's, which administrators set up, and their own."""

from __future__ import annotations

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
    """Everyone's providers, unless they are the owner's."""
    host = await users.host(session)
    if host is None or host.id == owner_id:
        return []
    return await providers.list_all(session, host.id, enabled_only=enabled_only)
