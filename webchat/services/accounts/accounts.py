"""Finds the person behind a request, and lets people in and out."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from webchat.services.accounts.admission import Admission
from webchat.services.accounts.attempts import SignInAttempts
from webchat.services.accounts.audit import Audit, What
from webchat.services.accounts.cookies import SessionCookie
from webchat.services.accounts.credentials import checked_password, checked_username, new_token
from webchat.services.accounts.identities import Identities
from webchat.services.accounts.invitations import Invitations
from webchat.services.accounts.openid import OpenIdSignIn
from webchat.services.accounts.passkeys import Passkeys
from webchat.services.accounts.passwords import Passwords
from webchat.services.accounts.people import People
from webchat.services.accounts.person import Person
from webchat.services.accounts.provider_rights import ProviderRights
from webchat.services.accounts.sessions import Sessions
from webchat.services.errors import AccountLinkInvalid, NotSignedIn
from webchat.services.password_hashes import PasswordHashes
from webchat.storage.engine import Database
from webchat.storage.queries import sessions, users
from webchat.storage.types import UserRole

if TYPE_CHECKING:
    from webchat.openid.issuer import Issuer


class Accounts:
    """Finds the person behind a request: every entrance from a browser asks here once and passes it on.

    Args:
        needs_accounts: whether nobody may come in without one. Otherwise everybody is the local owner until
            the first account is made.
        secure: whether browsers reach webchat over TLS only.
        issuer: with which people sign in through OpenID Connect; None if they do not.
        admission: whom of those the issuer knows the host lets in.
    """

    def __init__(
        self,
        database: Database,
        hashes: PasswordHashes | None = None,
        *,
        needs_accounts: bool = False,
        secure: bool = False,
        issuer: Issuer | None = None,
        admission: Admission | None = None,
    ) -> None:
        self._database = database
        self._hashes = hashes or PasswordHashes()
        self._needs_accounts = needs_accounts
        self._attempts = SignInAttempts()
        self._local: Person | None = None
        self._local_watched: set[asyncio.Event] = set()
        self.cookie = SessionCookie(secure)
        self.sessions = Sessions(database)
        self.audit = Audit(database)
        self.invitations = Invitations(database, self._hashes, self.sessions, self.audit)
        self.people = People(database, self.sessions, self.audit)
        self.passkeys = Passkeys(database, self.sessions, self.audit, self._attempts)
        self.passwords = Passwords(database, self._hashes, self.sessions, self.audit, self._attempts)
        self.provider_rights = ProviderRights(database, self.audit)
        self.openid = (
            OpenIdSignIn(
                database, issuer, admission or Admission(), self.sessions, self.invitations, self.audit
            )
            if issuer
            else None
        )
        """None if people sign in with passwords alone."""
        self.identities = Identities(database, self.audit, self.openid.issuer if self.openid else "")
        self.setup_token: str | None = None
        """The token of the setup link; None once there is an account."""

    async def open(self) -> Person:
        """Find out whether there are accounts; returns the person whose providers are everyone's."""
        async with self._database.write() as session:
            if await users.any_account(session):
                host = await users.host(session)
                return Person(host.id if host else "", is_administrator=True)
            local = Person((await users.ensure_local_owner(session, "You")).id, is_administrator=True)
        self.setup_token = new_token()
        if not self._needs_accounts:
            self._local = local
        return local

    async def close(self) -> None:
        """Stop watching sessions."""
        await self.sessions.close()

    @property
    def has_accounts(self) -> bool:
        """Whether people sign in."""
        return self.setup_token is None

    @property
    def awaits_setup(self) -> bool:
        """Whether nothing but the setup link works."""
        return self._needs_accounts and not self.has_accounts

    async def person_of(self, cookie: str) -> Person:
        """The person who sent this `Cookie` header.

        Raises:
            NotSignedIn: the header does not say who that is.
        """
        if self._local is not None:
            return self._local
        token = self.cookie.token_in(cookie)
        person = await self.sessions.find(token) if token else None
        if person is None:
            raise NotSignedIn
        return person

    async def is_administrator(self, person_id: str) -> bool:
        """Whether a person is an administrator; False for an unknown one."""
        async with self._database.read() as session:
            return await users.is_administrator(session, person_id)

    @contextmanager
    def watch(self, cookie: str) -> Iterator[asyncio.Event]:
        """An event that is set once `person_of` would refuse this header, within half a second."""
        if self._local is None:
            with self.sessions.watch(self.cookie.token_in(cookie)) as over:
                yield over
            return
        over = asyncio.Event()
        self._local_watched.add(over)
        try:
            yield over
        finally:
            self._local_watched.discard(over)

    def binding(self, cookie: str) -> str:
        """What the state of a tab is bound to: another value means another session."""
        return "" if self._local is not None else self.cookie.token_in(cookie)

    async def local_owner(self) -> str:
        """The id of the local owner; empty if there is none, or an administrator has taken over."""
        async with self._database.read() as session:
            local = await users.local_owner(session)
        return local.id if local else ""

    async def has_local_conversations(self) -> bool:
        """Whether the local owner has conversations that an administrator can take over."""
        async with self._database.read() as session:
            local = await users.local_owner(session)
            return local is not None and await users.has_conversations(session, local.id)

    async def set_up(
        self, token: str, username: object, password: object, *, adopt: bool, address: str, user_agent: str
    ) -> str:
        """Make the first administrator and sign in; returns the token of the session.

        Args:
            adopt: whether the conversations of the local owner become theirs.

        Raises:
            AccountLinkInvalid: it is not the setup link, or there is an account already.
            AccountInvalid: nothing was changed, and the link still works.
        """
        self.check_setup(token)
        name = checked_username(username)
        hashed = await self._hashes.hash(checked_password(password, name))
        async with self._database.write() as session:
            if await users.any_account(session):
                raise AccountLinkInvalid
            local = await users.ensure_local_owner(session, "You")
            adopt = adopt or not await users.has_conversations(session, local.id)
            administrator = UserRole.ADMINISTRATOR
            user = await users.add(session, name, administrator, hashed, adopted=local.id if adopt else "")
            if not adopt:
                await users.hand_over_providers(session, local.id, user.id)
            await self.audit.note(What.SET_UP, actor=name, subject=name, address=address, session=session)
            started = await self.sessions.begin(session, user.id, user_agent)
        self.setup_token = self._local = None
        for over in self._local_watched:
            over.set()
        self.sessions.changed()
        return started

    def check_setup(self, token: str) -> None:
        """Raise AccountLinkInvalid unless this is the token of the setup link, and it still works."""
        known = self.setup_token or ""
        if not known or not hmac.compare_digest(known.encode(), token.encode("utf-8", "replace")):
            raise AccountLinkInvalid

    async def sign_out(self, person: Person, address: str = "") -> None:
        """End the person's session."""
        await self.end_session(person, person.session, address)

    async def end_session(self, person: Person, session_id: str, address: str = "") -> None:
        """End one of the person's sessions; one that is none of theirs is left alone."""
        async with self._database.write() as session:
            if not await sessions.remove(session, person.id, session_id):
                return
            user = await users.get(session, person.id)
            what = What.SIGNED_OUT if session_id == person.session else What.SESSION_ENDED
            await self.audit.note(what, actor=user.name, subject=user.name, address=address, session=session)
        self.sessions.changed()

    async def sign_out_everywhere(self, person: Person, address: str = "") -> None:
        """End all of the person's sessions."""
        async with self._database.write() as session:
            user = await users.get(session, person.id)
            await sessions.remove_all(session, person.id)
            await self.audit.note(
                What.SIGNED_OUT_EVERYWHERE,
                actor=user.name,
                subject=user.name,
                address=address,
                session=session,
            )
        self.sessions.changed()

    async def note(self, person: Person, what: What, subject: str = "") -> None:
        """Add what a person did to the audit log. Without accounts there is none."""
        if self.has_accounts:
            name = await self.people.name_of(person.id)
            await self.audit.note(what, actor=name, subject=subject)
