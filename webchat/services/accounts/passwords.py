"""Passwords: people sign in with them, and change them."""

from __future__ import annotations

from webchat.services.accounts.attempts import SignInAttempts
from webchat.services.accounts.audit import Audit, What
from webchat.services.accounts.credentials import checked_password, new_token
from webchat.services.accounts.person import Person
from webchat.services.accounts.sessions import Sessions
from webchat.services.errors import AccountInvalid, SignInRefused
from webchat.services.password_hashes import PasswordHashes
from webchat.storage.engine import Database
from webchat.storage.queries import sessions, users


class Passwords:
    """Checks and changes the passwords of accounts."""

    def __init__(
        self,
        database: Database,
        hashes: PasswordHashes,
        signed_in: Sessions,
        audit: Audit,
        attempts: SignInAttempts,
    ) -> None:
        self._database, self._hashes = database, hashes
        self._sessions, self._audit, self._attempts = signed_in, audit, attempts
        self._nobodys_hash: str | None = None

    async def sign_in(self, username: object, password: object, *, address: str, user_agent: str) -> str:
        """Start a session and return its token.

        Raises:
            SignInRefused: username and password do not belong together, or the account is disabled.
            TooManySignIns: there were too many wrong passwords; this one was not checked.
        """
        name = username.strip() if isinstance(username, str) else ""
        guess = password if isinstance(password, str) else ""
        async with self._database.read() as session:
            user = await users.by_username(session, name)
        if self._nobodys_hash is None:
            self._nobodys_hash = await self._hashes.hash(new_token())
        # As slow for a username that nobody has.
        hashed = (user.password_hash if user else None) or self._nobodys_hash
        right = await self._attempts.check(name, address, lambda: self._hashes.is_right(hashed, guess))
        if user is None or not right:
            await self._audit.note(What.SIGN_IN_FAILED, subject=name, address=address)
            raise SignInRefused
        if user.disabled_at is not None:
            await self._audit.note(What.SIGN_IN_FAILED, subject=user.name, address=address)
            raise SignInRefused("disabled")
        async with self._database.write() as session:
            started = await self._sessions.begin(session, user.id, user_agent)
            await self._audit.note(
                What.SIGNED_IN, actor=user.name, subject=user.name, address=address, session=session
            )
        return started

    async def change(self, person: Person, current: object, new: object) -> None:
        """Change the person's password and end their other sessions.

        Raises:
            AccountInvalid: the current password is wrong, or the new one cannot be one.
            TooManySignIns: there were too many wrong ones.
        """
        async with self._database.read() as session:
            user = await users.get(session, person.id)
        password = checked_password(new, user.name)
        known, guess = user.password_hash or "", current if isinstance(current, str) else ""
        if not await self._attempts.check(
            user.name, person.session, lambda: self._hashes.is_right(known, guess)
        ):
            raise AccountInvalid("wrong_password")
        hashed = await self._hashes.hash(password)
        async with self._database.write() as session:
            await users.change_account(session, person.id, password_hash=hashed)
            await sessions.remove_all(session, person.id, besides=person.session)
            await self._audit.note(What.PASSWORD_CHANGED, actor=user.name, subject=user.name, session=session)
        self._sessions.changed()
