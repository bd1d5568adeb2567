"""The providers a person can use: everyone's, which administrators set up, and their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webchat.services.catalogue.offered_models import as_members_see, offered
from webchat.services.errors import ModelNotAllowed
from webchat.storage.engine import Session
from webchat.storage.queries import providers, users
from webchat.storage.tables import ProviderSetting


@dataclass(frozen=True, slots=True)
class Usable:
    """What one person could use at one moment, so that an answer begins with a single look."""

    shared: Sequence[ProviderSetting]
    """Everyone's, unless they are the person's; members have them without what they may not use."""
    own: Sequence[ProviderSetting]
    is_administrator: bool
    """Whether the person is one."""

    def rows(self, *, enabled_only: bool = False) -> list[ProviderSetting]:
        """Everyone's, then the person's own except those of a name that is taken, in their order."""
        shared, own = (
            [row for row in rows if row.enabled or not enabled_only] for rows in (self.shared, self.own)
        )
        taken = providers.names_in_use(shared)
        return [*shared, *(row for row in own if row.name not in taken)]

    def named(self, name: str) -> ProviderSetting | None:
        """The provider that has or had this name."""
        return providers.find_named(self.rows(), name)

    def trusts(self, row: ProviderSetting) -> bool:
        """Whether an administrator has set up one of these providers."""
        return self.is_administrator or any(row is each for each in self.shared)

    def check_allowed(self, provider: str, model: str) -> None:
        """Refuse a model of everyone's that members may not use, or that its provider does not offer.

        Raises:
            ModelNotAllowed: the person is a member.
        """
        row = providers.find_named(self.shared, provider)
        if row is None or self.is_administrator:
            return
        if model not in {each.name for each in offered(row)}:
            raise ModelNotAllowed(f"{row.name}:{model}")


async def usable(session: Session, owner_id: str) -> Usable:
    """What a person can use now."""
    standing = await users.standing(session, owner_id)
    host_id = standing.host_id if standing.host_id != owner_id else None
    rows = await providers.list_all(session, owner_id, host_id=host_id)
    shared = [row for row in rows if row.owner_id != owner_id]
    if not standing.is_administrator:
        shared = [as_members_see(row) for row in shared]
    own = [row for row in rows if row.owner_id == owner_id]
    return Usable(shared, own, standing.is_administrator)
