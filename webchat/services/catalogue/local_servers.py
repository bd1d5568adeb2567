"""Adds the model servers found on this machine as providers, unless the user removed them."""

from __future__ import annotations

from collections.abc import Sequence

from webchat.providers.discovery import FoundServer
from webchat.services.catalogue.builder import OPENAI_COMPATIBLE
from webchat.services.catalogue.details import addresses_in, free_name, is_local, server_of
from webchat.storage.engine import Session
from webchat.storage.queries import providers as queries
from webchat.storage.queries import settings
from webchat.storage.tables import ProviderSetting
from webchat.storage.types import Origin, utc_now

REMOVED = "removed_local_servers"
"""Key of a setting: the ports of removed servers, which automatic searches do not add again."""


async def keep_found(
    session: Session, owner_id: str, servers: Sequence[FoundServer], *, asked: bool
) -> tuple[list[str], bool]:
    """Add the new servers with their models.

    Args:
        asked: whether the user started the search; removed servers are then added again.

    Returns:
        The names of all found servers that are now providers, and whether anything changed.
    """
    removed = [] if asked else await _removed(session, owner_id)
    rows = await queries.list_all(session, owner_id)
    known = {server_of(url): row for row in rows for url in addresses_in(row.base_url)}
    names, changed = [], False
    for server in servers:
        row = known.get(server_of(server.base_url))
        if row is None:
            if _port(server.base_url) in removed:
                continue
            row = await queries.add(
                session,
                owner_id,
                kind=OPENAI_COMPATIBLE,
                name=free_name(server.name, queries.names_in_use(rows)),
                base_url=server.base_url,
                origin=Origin.FOUND,
            )
            rows.append(row)
            changed = True
        names.append(row.name)
        changed |= await queries.set_models(session, owner_id, row.id, server.models, utc_now())
    if asked:
        await welcome(session, owner_id, [server.base_url for server in servers])
    return names, changed


async def note_removed(session: Session, owner_id: str, row: ProviderSetting) -> None:
    """Remember that the user removed a provider's server, if it is on this machine."""
    ports = [_port(url) for url in addresses_in(row.base_url) if is_local(url)]
    removed = await _removed(session, owner_id)
    if new := [port for port in ports if port not in removed]:
        await settings.set_value(session, owner_id, REMOVED, [*removed, *new][-100:])


async def welcome(session: Session, owner_id: str, urls: Sequence[str]) -> None:
    """Forget that the servers at these addresses were removed."""
    ports = {_port(url) for url in urls if is_local(url)}
    removed = await _removed(session, owner_id)
    if ports & set(removed):
        await settings.set_value(session, owner_id, REMOVED, [port for port in removed if port not in ports])


async def _removed(session: Session, owner_id: str) -> list[int]:
    ports: list[int] = await settings.get_value(session, owner_id, REMOVED, [])
    return ports


def _port(url: str) -> int:
    return server_of(url)[1]
