"""The accounts at other services that people have connected to theirs here, to sign in with."""

from __future__ import annotations

from webchat.services.accounts.audit import Audit, What
from webchat.services.accounts.person import Person
from webchat.services.errors import AccountInvalid
from webchat.storage.engine import Database
from webchat.storage.queries import identities, users
from webchat.storage.tables import Identity


class Identities:
    """Lists and disconnects them.

    Args:
        issuer: the issuer that is in use; empty if there is none.
    """

    def __init__(self, database: Database, audit: Audit, issuer: str) -> None:
        self._database, self._audit, self._issuer = database, audit, issuer

    async def of(self, user_id: str) -> list[Identity]:
        """Those of a user, the oldest first."""
        async with self._database.read() as session:
            return await identities.of_user(session, user_id)

    async def has_password(self, user_id: str) -> bool:
        """Whether a user can sign in with a password.

        Raises:
            UserNotFound: there is no such account.
        """
        async with self._database.read() as session:
            return (await users.get(session, user_id)).password_hash is not None

    async def disconnect(self, person: Person, identity_id: str) -> None:
        """Disconnect one of the person's; one that is none of theirs is left alone.

        Raises:
            AccountInvalid: they could not sign in any more. Nothing was changed.
        """
        async with self._database.write() as session:
            user = await users.get(session, person.id)
            mine = await identities.of_user(session, person.id)
            # A passkey is no way in of its own: it stops working when webchat moves to another address.
            others = [each for each in mine if each.id != identity_id and each.issuer == self._issuer]
            if user.password_hash is None and not others:
                raise AccountInvalid("last_way_in")
            if await identities.remove(session, person.id, identity_id):
                await self._audit.note(What.DISCONNECTED, actor=user.name, subject=user.name, session=session)
