"""Links with which people make their account or choose a new password. Each works once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webchat.services.accounts.audit import Audit, What
from webchat.services.accounts.credentials import (
    checked_password,
    checked_role,
    checked_username,
    new_token,
    token_hash,
)
from webchat.services.accounts.sessions import Sessions
from webchat.services.errors import AccountInvalid, AccountLinkInvalid
from webchat.services.password_hashes import PasswordHashes
from webchat.storage.engine import Database, Session
from webchat.storage.queries import invitations, passkeys, sessions, users
from webchat.storage.tables import Invitation
from webchat.storage.types import UserRole, utc_now

LASTS = timedelta(days=7)
MOST_OPEN = 100
"""Invitations that can be used at a time."""
MOST_PEOPLE = 1_000


@dataclass(frozen=True, slots=True)
class Invited:
    """What the page of an invitation says; `username` is empty for a new account."""

    role: UserRole
    username: str


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that can be used, as administrators see it."""

    id: str
    role: UserRole
    made_by: str
    expires_at: datetime


async def check_room(session: Session) -> None:
    """Make sure that another account can be made.

    Raises:
        AccountInvalid: there are too many.
    """
    if await users.count_accounts(session) >= MOST_PEOPLE:
        raise AccountInvalid("too_many", limit=MOST_PEOPLE)


class Invitations:
    """Makes invitations and accepts them."""

    def __init__(self, database: Database, hashes: PasswordHashes, signed_in: Sessions, audit: Audit) -> None:
        self._database, self._hashes = database, hashes
        self._sessions, self._audit = signed_in, audit

    async def invite(self, role: object, made_by: str) -> str:
        """Make an invitation to a new account and return its token.

        Raises:
            AccountInvalid: there is no such role, or there are too many invitations.
        """
        wanted = checked_role(role)
        async with self._database.write() as session:
            if not await users.any_account(session):
                raise AccountInvalid("no_account")
            await invitations.remove_old(session, utc_now())
            if await invitations.count_open(session, utc_now()) >= MOST_OPEN:
                raise AccountInvalid("too_many_invitations", limit=MOST_OPEN)
            token = await self._add(session, wanted, made_by)
            await self._audit.note(What.INVITED, actor=made_by, subject=wanted, session=session)
        return token

    async def reset(self, user_id: str, made_by: str) -> str:
        """Make a link with which a user chooses a new password, and return its token.

        Raises:
            UserNotFound: there is no such account.
        """
        async with self._database.write() as session:
            user = await users.get(session, user_id)
            token = await self._add(session, user.role, made_by, user.id)
            await self._audit.note(What.RESET_LINK_MADE, actor=made_by, subject=user.name, session=session)
        return token

    async def _add(self, session: Session, role: UserRole, made_by: str, user_id: str | None = None) -> str:
        token = new_token()
        row = Invitation(
            token_hash=token_hash(token),
            role=role,
            user_id=user_id,
            made_by=made_by,
            expires_at=utc_now() + LASTS,
        )
        await invitations.add(session, row)
        return token

    async def open_ones(self) -> list[OpenInvitation]:
        """The invitations to new accounts that can still be used, newest first."""
        async with self._database.read() as session:
            rows = await invitations.open_ones(session, utc_now())
        return [OpenInvitation(row.id, row.role, row.made_by, row.expires_at) for row in rows]

    async def withdraw(self, invitation_id: str, by: str) -> None:
        """Make an invitation unusable; one that is none already is left alone."""
        async with self._database.write() as session:
            if await invitations.remove(session, invitation_id):
                await self._audit.note(What.INVITATION_WITHDRAWN, actor=by, session=session)

    async def find(self, token: str) -> Invited:
        """Return the purpose of an invitation.

        Raises:
            AccountLinkInvalid: it does not work.
        """
        async with self._database.read() as session:
            row = await self._find(session, token)
            user = await users.get(session, row.user_id) if row.user_id else None
        return Invited(row.role, user.name if user else "")

    async def accept(
        self, token: str, username: object, password: object, *, address: str, user_agent: str
    ) -> str:
        """Make the account, or set the password, and sign in; returns the token of the session.

        Raises:
            AccountLinkInvalid: the invitation does not work.
            AccountInvalid, UsernameTaken: nothing was changed, and the invitation still works.
        """
        invited = await self.find(token)
        name = invited.username or checked_username(username)
        hashed = await self._hashes.hash(checked_password(password, name))
        async with self._database.write() as session:
            row = await self._find(session, token)
            await invitations.use(session, row.id, utc_now())
            if row.user_id is None:
                await check_room(session)
                user = await users.add(session, name, row.role, hashed)
            else:
                user = await users.change_account(session, row.user_id, password_hash=hashed)
                await sessions.remove_all(session, user.id)
                await passkeys.remove_all(session, user.id)
            what = What.PASSWORD_CHANGED if row.user_id else What.JOINED
            await self._audit.note(what, actor=name, subject=name, address=address, session=session)
            started = await self._sessions.begin(session, user.id, user_agent)
        self._sessions.changed()
        return started

    async def use_to_join(self, session: Session, token: str) -> UserRole:
        """Use up an invitation to a new account, and return its role.

        Raises:
            AccountLinkInvalid: it does not work, or is to an account that is there already.
        """
        row = await self._find(session, token)
        if row.user_id is not None:
            raise AccountLinkInvalid
        await invitations.use(session, row.id, utc_now())
        return row.role

    async def _find(self, session: Session, token: str) -> Invitation:
        row = await invitations.find(session, token_hash(token), utc_now())
        if row is None:
            raise AccountLinkInvalid
        return row
