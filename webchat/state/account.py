"""Settings → Account: who somebody is, their password, and where they have signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.runtime import services
from webchat.state.account_rows import IdentityRow, SessionRow, identity_row, session_row
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, identifier, update
from webchat.state.limits import UseRow, use_row
from webchat.state.notice import tell, warn
from webchat.state.owner import is_administrator, person_of
from webchat.words.errors import shown
from webchat.words.text import t


class AccountState(rx.State):
    """The account of the person, or the link that makes one. No password is ever stored here."""

    loaded: bool = False
    username: str = ""
    """Empty for the local owner, who has no account."""
    administrator: bool = False
    setup_token: str = ""
    """The page that makes the first account."""
    has_password: bool = False
    issuer: str = ""
    """What people call the issuer with which they can sign in as well; empty if there is none."""
    identities: list[IdentityRow] = []
    connected: bool = False
    """Whether one of them is of that issuer."""
    sessions: list[SessionRow] = []
    limits: list[UseRow] = []
    """How much of each limit is used; empty without limits."""
    problem: str = ""
    changed: int = 0
    """How often the password was changed, so that its form is emptied."""
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    @rx.event
    async def load(self) -> None:
        """Read the account and its sessions."""
        person, accounts = person_of(self), services().accounts
        username = await accounts.people.name_of(person.id)
        rows = [
            session_row(row, person.session, self.time_zone) for row in await accounts.sessions.of(person.id)
        ]
        openid = accounts.openid if username else None
        known = await accounts.identities.of(person.id)
        token = accounts.setup_token if person.is_administrator else None
        update(
            self,
            loaded=True,
            username=username,
            administrator=is_administrator(self),
            setup_token=token if token and not username else "",
            has_password=bool(username) and await accounts.identities.has_password(person.id),
            issuer=openid.name if openid else "",
            identities=[identity_row(row, openid, self.time_zone) for row in known],
            connected=any(openid is not None and row.issuer == openid.issuer for row in known),
            sessions=rows,
            limits=[use_row(each) for each in await services().member_limits.use(person.id)],
            problem="",
        )

    @rx.event
    async def change_password(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Change the password."""
        try:
            await services().accounts.passwords.change(
                person_of(self), entry(form, "current"), entry(form, "password")
            )
        except REFUSED as problem:
            self.problem = shown(problem)
            return
        self.changed += 1
        await self.load()
        yield tell(t("Your password was changed. Your other browsers were signed out."))

    @rx.event
    async def end_session(self, session_id: str) -> AsyncIterator[Any]:
        """Sign out in another browser."""
        try:
            await services().accounts.end_session(person_of(self), identifier(session_id))
        except REFUSED as problem:
            yield warn(problem)
        await self.load()

    @rx.event
    async def disconnect(self, identity_id: str) -> AsyncIterator[Any]:
        """Disconnect an account elsewhere, with which the person signs in."""
        try:
            await services().accounts.identities.disconnect(person_of(self), identifier(identity_id))
        except REFUSED as problem:
            yield warn(problem)
        await self.load()
