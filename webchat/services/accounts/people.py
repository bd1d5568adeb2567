"""The people of this server, as administrators see them: names, roles and counts, never a word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from webchat.services.accounts.audit import Audit, What
from webchat.services.accounts.credentials import checked_role, checked_username
from webchat.services.accounts.invitations import MOST_PEOPLE, check_room
from webchat.services.accounts.sessions import Sessions
from webchat.services.errors import AccountInvalid
from webchat.storage.engine import Database, Session
from webchat.storage.errors import UserNotFound
from webchat.storage.queries import identities, sessions, users
from webchat.storage.tables import User
from webchat.storage.types import UserRole, utc_now


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `messages` is the number of messages sent with it."""

    id: str
    username: str
    role: UserRole
    disabled: bool
    can_sign_in: bool
    """Whether there is a password, or an account of an issuer of OpenID Connect, to sign in with."""
    last_seen_at: datetime | None
    messages: int


async def nothing_to_stop(_user_id: str) -> None:
    """For a process without running answers."""


class People:
    """Lists and changes accounts. `by` is the name of who does it."""

    def __init__(self, database: Database, signed_in: Sessions, audit: Audit) -> None:
        self._database, self._sessions, self._audit = database, signed_in, audit
        self.stop_answers: Callable[[str], Awaitable[None]] = nothing_to_stop
        """Stops all running answers of a user."""
        self.on_deleted: Callable[[], None] | None = None
        """Called when an account was deleted, whose conversations `Purge` removes."""

    async def all(self) -> list[Account]:
        """All accounts, by username."""
        async with self._database.read() as session:
            listed = await users.everybody(session, MOST_PEOPLE)
            connected = await identities.users_with_any(session)
        return [_account(each.user, each.messages, each.user.id in connected) for each in listed]

    async def named(self, username: str) -> Account:
        """The account with this username.

        Raises:
            UserNotFound: there is none.
        """
        async with self._database.read() as session:
            user = await users.by_username(session, username)
            if user is None:
                raise UserNotFound(username)
            connected = bool(await identities.of_user(session, user.id))
        return _account(user, 0, connected)

    async def name_of(self, user_id: str) -> str:
        """The username of an account; empty for the local owner."""
        async with self._database.read() as session:
            try:
                return (await users.get(session, user_id)).name
            except UserNotFound:
                return ""

    async def add(self, username: object, role: object, by: str) -> str:
        """Make an account without a password, and return its id. A link of `Invitations.reset` sets one.

        Raises:
            AccountInvalid, UsernameTaken: nothing was changed.
        """
        name, wanted = checked_username(username), checked_role(role)
        async with self._database.write() as session:
            await check_room(session)
            user = await users.add(session, name, wanted, None)
            await self._audit.note(What.INVITED, actor=by, subject=name, session=session)
        return user.id

    async def set_role(self, user_id: str, role: object, by: str) -> None:
        """Make somebody an administrator or a member.

        Raises:
            AccountInvalid: there is no such role, or they are the only administrator.
            UserNotFound: there is no such account.
        """
        wanted = checked_role(role)
        async with self._database.write() as session:
            user = await users.get(session, user_id)
            if user.role is wanted:
                return
            before = await users.host(session)
            if wanted is UserRole.MEMBER:
                await self._refuse_last(session, user)
            await users.change_account(session, user_id, role=wanted)
            await self._keep_providers(session, before)
            await self._audit.note(
                What.ROLE_CHANGED, actor=by, subject=f"{user.name}: {wanted}", session=session
            )
        self._sessions.changed()

    async def set_disabled(self, user_id: str, disabled: bool, by: str) -> None:
        """Keep somebody out until they are enabled again. Their conversations stay.

        Raises:
            AccountInvalid: they are the only administrator.
            UserNotFound: there is no such account.
        """
        async with self._database.write() as session:
            user = await users.get(session, user_id)
            if disabled:
                await self._refuse_last(session, user)
                await sessions.remove_all(session, user_id)
            await users.set_disabled(session, user_id, utc_now() if disabled else None)
            what = What.DISABLED if disabled else What.ENABLED
            await self._audit.note(what, actor=by, subject=user.name, session=session)
        self._sessions.changed()

    async def delete(self, user_id: str, by: str) -> str:
        """Delete an account with everything in it, and return its username.

        Its conversations cannot be seen from now on, and are removed in the background.

        Raises:
            AccountInvalid: it is that of the only administrator.
            UserNotFound: there is no such account.
        """
        async with self._database.write() as session:
            before = await users.host(session)
            await self._refuse_last(session, await users.get(session, user_id))
            if before is not None and before.id == user_id:
                # Everyone's providers stay, as those of the next administrator.
                after = await users.host(session, besides=user_id)
                if after is not None:
                    await users.hand_over_providers(session, user_id, after.id)
            name = await users.delete_account(session, user_id, utc_now())
            await self._audit.note(What.DELETED, actor=by, subject=name, session=session)
        self._sessions.changed()
        await self.stop_answers(user_id)
        if self.on_deleted is not None:
            self.on_deleted()
        return name

    async def _keep_providers(self, session: Session, before: User | None) -> None:
        """Keep everyone's providers where they are looked for: with the first administrator."""
        after = await users.host(session)
        if before is not None and after is not None and before.id != after.id:
            await users.hand_over_providers(session, before.id, after.id)

    async def _refuse_last(self, session: Session, user: User) -> None:
        able = user.role is UserRole.ADMINISTRATOR and user.disabled_at is None
        if able and await users.count_administrators(session) <= 1:
            raise AccountInvalid("last_administrator")


def _account(user: User, messages: int, connected: bool) -> Account:
    return Account(
        user.id,
        user.name,
        user.role,
        user.disabled_at is not None,
        connected or user.password_hash is not None,
        user.last_seen_at,
        messages,
    )
