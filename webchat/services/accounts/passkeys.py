"""Passkeys: people add them while they are signed in, and sign in with them instead of a password."""

from __future__ import annotations

import asyncio
from typing import Any

from webchat.services.accounts import authenticators
from webchat.services.accounts.attempts import SignInAttempts
from webchat.services.accounts.audit import Audit, What
from webchat.services.accounts.authenticators import Answer, AnswerRefused, Site, Use
from webchat.services.accounts.challenges import Challenges
from webchat.services.accounts.person import Person
from webchat.services.accounts.sessions import Sessions
from webchat.services.errors import PasskeyInvalid, SignInRefused
from webchat.storage.engine import Database
from webchat.storage.queries import passkeys, users
from webchat.storage.tables import Passkey, User
from webchat.storage.types import utc_now

MOST = 20
"""Passkeys of one person."""
LONGEST_NAME = 60
_SIGN_IN = "sign in"


class Passkeys:
    """Adds, changes and removes passkeys, and signs in with them."""

    def __init__(
        self,
        database: Database,
        signed_in: Sessions,
        audit: Audit,
        attempts: SignInAttempts,
        challenges: Challenges | None = None,
    ) -> None:
        self._database, self._sessions, self._audit = database, signed_in, audit
        self._attempts = attempts
        self._challenges = challenges or Challenges()

    async def of(self, user_id: str) -> list[Passkey]:
        """The passkeys of a user, the oldest first."""
        async with self._database.read() as session:
            return await passkeys.of_user(session, user_id)

    async def creation_options(self, person: Person, site: Site) -> dict[str, Any]:
        """What the person's browser needs to make a passkey.

        Raises:
            PasskeyInvalid: the person has no account, or too many passkeys.
        """
        purpose = _adding(person)
        async with self._database.read() as session:
            user = await users.get(session, person.id)
            mine = await passkeys.of_user(session, person.id)
        _refuse_another(len(mine))
        known = [each.credential_id for each in mine if each.host == site.host]
        challenge = self._challenges.new(purpose)
        return await asyncio.to_thread(
            authenticators.creation_options, site, user.id, user.name, challenge, known
        )

    async def add(self, person: Person, site: Site, text: str, name: object, address: str = "") -> str:
        """Add the passkey that the person's browser has made, and return its id.

        Args:
            text: what the browser sent, as JSON.

        Raises:
            PasskeyInvalid: it was not added.
        """
        purpose, wanted = _adding(person), _checked_name(name)
        try:
            answer = await asyncio.to_thread(authenticators.read_answer, text)
            if not self._challenges.is_good(purpose, answer.challenge):
                raise AnswerRefused("its challenge is not ours")
            made = await asyncio.to_thread(authenticators.verified_new, site, answer)
        except AnswerRefused as refusal:
            raise PasskeyInvalid("not_accepted") from refusal
        if not self._challenges.use(answer.challenge):
            raise PasskeyInvalid("not_accepted")
        row = Passkey(
            user_id=person.id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            host=site.host,
            backed_up=made.backed_up,
            name=wanted,
        )
        async with self._database.write() as session:
            user = await users.get(session, person.id)
            _refuse_another(await passkeys.count(session, person.id))
            if await passkeys.find(session, made.credential_id) is not None:
                raise PasskeyInvalid("known")
            await passkeys.add(session, row)
            await self._audit.note(
                What.PASSKEY_ADDED, actor=user.name, subject=wanted, address=address, session=session
            )
        return row.id

    async def rename(self, person: Person, passkey_id: str, name: object) -> None:
        """Rename one of the person's passkeys.

        Raises:
            PasskeyInvalid: it cannot have this name.
            PasskeyNotFound: it is none of theirs.
        """
        wanted = _checked_name(name)
        async with self._database.write() as session:
            await passkeys.rename(session, person.id, passkey_id, wanted)

    async def remove(self, person: Person, passkey_id: str, address: str = "") -> None:
        """Remove one of the person's passkeys, with which nobody can sign in any more.

        Raises:
            PasskeyNotFound: it is none of theirs.
        """
        async with self._database.write() as session:
            name = await passkeys.remove(session, person.id, passkey_id)
            user = await users.get(session, person.id)
            await self._audit.note(
                What.PASSKEY_REMOVED, actor=user.name, subject=name, address=address, session=session
            )

    async def request_options(self, site: Site) -> dict[str, Any]:
        """What a browser needs to sign in with any passkey of this site."""
        challenge = self._challenges.new(_SIGN_IN)
        return await asyncio.to_thread(authenticators.request_options, site, challenge)

    async def sign_in(self, site: Site, text: str, *, address: str, user_agent: str) -> str:
        """Start a session with a passkey and return its token.

        Args:
            text: what the browser sent, as JSON.

        Raises:
            SignInRefused: the passkey is unknown or was not used properly, or the account is disabled.
            PasskeyInvalid: it took too long.
            TooManySignIns: there were too many failed attempts; this one was not checked.
        """
        answer, passkey, user = await self._presented(text)
        used: list[Use] = []

        async def is_right() -> bool:
            if answer is None or not self._challenges.is_good(_SIGN_IN, answer.challenge) or passkey is None:
                return False
            try:
                used.append(await asyncio.to_thread(authenticators.verified_use, site, answer, passkey))
            except AnswerRefused:
                return False
            return self._challenges.use(answer.challenge)

        name = user.name if user else ""
        right = await self._attempts.check(name, address, is_right)
        if passkey is None or user is None or not right:
            await self._note_failure(name, address)
            raise SignInRefused("passkey")
        if user.disabled_at is not None:
            await self._note_failure(name, address)
            raise SignInRefused("disabled")
        async with self._database.write() as session:
            use = used[0]
            noted = await passkeys.note_use(session, passkey.id, use.sign_count, use.backed_up, utc_now())
            if noted:
                started = await self._sessions.begin(session, user.id, user_agent)
                await self._audit.note(
                    What.SIGNED_IN_BY_PASSKEY, actor=name, subject=name, address=address, session=session
                )
        if not noted:
            await self._note_failure(name, address)
            raise SignInRefused("passkey")
        return started

    async def _presented(self, text: str) -> tuple[Answer | None, Passkey | None, User | None]:
        """What a browser sent, and whose passkey it says to be."""
        try:
            answer = await asyncio.to_thread(authenticators.read_answer, text)
        except AnswerRefused:
            return None, None, None
        async with self._database.read() as session:
            passkey = await passkeys.find(session, answer.credential_id)
            user = await users.get(session, passkey.user_id) if passkey else None
        return answer, passkey, user

    async def _note_failure(self, name: str, address: str) -> None:
        subject = f"{name}, with a passkey" if name else "an unknown passkey"
        await self._audit.note(What.SIGN_IN_FAILED, subject=subject, address=address)


def _adding(person: Person) -> str:
    """What a challenge for a new passkey is made for: this session alone."""
    if not person.session:
        raise PasskeyInvalid("no_account")
    return f"add {person.session}"


def _refuse_another(number: int) -> None:
    if number >= MOST:
        raise PasskeyInvalid("too_many", limit=MOST)


def _checked_name(name: object) -> str:
    wanted = " ".join(name.split()) if isinstance(name, str) else ""
    if not 1 <= len(wanted) <= LONGEST_NAME:
        raise PasskeyInvalid("name", limit=LONGEST_NAME)
    return wanted
