"""Who may add and change providers: administrators everyone's, and members their own if allowed."""

from __future__ import annotations

from webchat.services.accounts.audit import Audit, What
from webchat.services.accounts.person import Person
from webchat.services.errors import AccountInvalid, NotAllowed
from webchat.storage.engine import Database
from webchat.storage.queries import server_settings, users

MEMBERS_MAY_ADD_PROVIDERS = "members_may_add_providers"


class ProviderRights:
    """Who may add and change which providers."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database, self._audit = database, audit

    async def members_may_add(self) -> bool:
        """Whether members may add their own providers."""
        async with self._database.read() as session:
            return (await server_settings.get_value(session, MEMBERS_MAY_ADD_PROVIDERS, False)) is True

    async def let_members_add(self, allowed: bool, by: str) -> None:
        """Choose whether members may add their own providers.

        Raises:
            AccountInvalid: there are no accounts.
        """
        async with self._database.write() as session:
            if not await users.any_account(session):
                raise AccountInvalid("no_account")
            await server_settings.set_value(session, MEMBERS_MAY_ADD_PROVIDERS, allowed)
            await self._audit.note(
                What.PREFERENCE_CHANGED,
                actor=by,
                subject=f"Members may add providers: {'yes' if allowed else 'no'}",
                session=session,
            )

    async def owner_for(self, person: Person) -> str:
        """Whose providers a person changes: administrators those of everyone, members their own.

        Raises:
            NotAllowed: members may not have any.
        """
        if not await self.may_change(person):
            raise NotAllowed
        if not person.is_administrator:
            return person.id
        async with self._database.read() as session:
            host = await users.host(session)
        return host.id if host else person.id

    async def may_change(self, person: Person) -> bool:
        """Whether a person may add and change providers, everyone's or their own."""
        return person.is_administrator or await self.members_may_add()
