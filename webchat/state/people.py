"""Settings → People, for administrators: accounts, invitations, what members may do, and the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import reflex as rx

from webchat.services.runtime import services
from webchat.state.access import administrators_only
from webchat.state.account_rows import (
    ROLES,
    InvitationRow,
    PersonRow,
    person_row,
)
from webchat.state.audit_rows import AuditRow, audit_row
from webchat.state.chat_control import REFUSED
from webchat.state.events import identifier, update
from webchat.state.link_rows import expiry_in_words
from webchat.state.notice import warn
from webchat.state.owner import check_administrator, person_of
from webchat.words.text import t

EVENTS = 100
"""Lines of the audit log that the page shows; the file has all."""


class PeopleState(rx.State):
    """The people of this server. Their conversations are never read here."""

    loaded: bool = False
    allowed: bool = False
    """Whether the person is an administrator, and there are accounts."""
    rows: list[PersonRow] = []
    invitations: list[InvitationRow] = []
    events: list[AuditRow] = []
    members_may_add: bool = False
    link: str = ""
    """The invitation or the link for a new password that was just made; it is shown once."""
    link_for: str = ""
    asking: str = ""
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    @rx.event
    async def load(self) -> None:
        """Open the page."""
        self.link = self.link_for = self.asking = ""
        await self._list()

    @rx.event
    @administrators_only
    async def invite(self, role: str) -> AsyncIterator[Any]:
        """Make an invitation and show its link."""
        async for event in self._show_link(services().accounts.invitations.invite(role, await self._by())):
            yield event

    @rx.event
    @administrators_only
    async def withdraw(self, invitation_id: str) -> AsyncIterator[Any]:
        """Make an invitation unusable."""
        async for event in self._change(
            services().accounts.invitations.withdraw(identifier(invitation_id), await self._by())
        ):
            yield event

    @rx.event
    @administrators_only
    async def reset_password(self, user_id: str) -> AsyncIterator[Any]:
        """Make a link with which somebody chooses a new password, and show it."""
        wanted = identifier(user_id)
        making = services().accounts.invitations.reset(wanted, await self._by())
        async for event in self._show_link(making, wanted):
            yield event

    @rx.event
    @administrators_only
    async def set_role(self, user_id: str, role: str) -> AsyncIterator[Any]:
        """Make somebody an administrator or a member."""
        people, by = services().accounts.people, await self._by()
        async for event in self._change(people.set_role(identifier(user_id), role, by)):
            yield event

    @rx.event
    @administrators_only
    async def set_disabled(self, user_id: str, disabled: bool) -> AsyncIterator[Any]:
        """Keep somebody out, or let them in again."""
        people, by = services().accounts.people, await self._by()
        async for event in self._change(people.set_disabled(identifier(user_id), disabled is True, by)):
            yield event

    @rx.event
    @administrators_only
    def ask(self, user_id: str) -> None:
        """Ask for confirmation before deleting an account; the empty id cancels."""
        self.asking = identifier(user_id)

    @rx.event
    @administrators_only
    async def delete(self, user_id: str) -> AsyncIterator[Any]:
        """Delete an account with all its conversations."""
        people, by = services().accounts.people, await self._by()
        async for event in self._change(people.delete(identifier(user_id), by)):
            yield event
        self.asking = ""

    @rx.event
    @administrators_only
    async def let_members_add(self, allowed: bool) -> AsyncIterator[Any]:
        """Choose whether members may add providers of their own."""
        by = await self._by()
        if isinstance(allowed, bool):
            async for event in self._change(services().accounts.provider_rights.let_members_add(allowed, by)):
                yield event

    async def _by(self) -> str:
        """The name of the person, who has to be an administrator.

        Raises:
            NotAllowed: they are none.
        """
        check_administrator(self)
        return await services().accounts.people.name_of(person_of(self).id)

    async def _change(self, change: Awaitable[Any]) -> AsyncIterator[Any]:
        try:
            await change
        except REFUSED as problem:
            yield warn(problem)
        await self._list()

    async def _show_link(self, making: Awaitable[str], user_id: str = "") -> AsyncIterator[Any]:
        try:
            token = await making
        except REFUSED as problem:
            yield warn(problem)
            return
        self.link = services().sharing.public_address(f"/invite/{token}", self.router.headers.origin)
        self.link_for = next((row.username for row in self.rows if row.id == user_id), "")
        await self._list()

    async def _list(self) -> None:
        person, accounts = person_of(self), services().accounts
        if not person.is_administrator or not accounts.has_accounts:
            update(self, loaded=True, allowed=False, rows=[], invitations=[], events=[], link="")
            return
        update(
            self,
            loaded=True,
            allowed=True,
            rows=[person_row(each, person.id, self.time_zone) for each in await accounts.people.all()],
            invitations=[
                InvitationRow(
                    each.id,
                    t(
                        "{role}, by {name} · {expiry}",
                        role=t(ROLES[each.role]),
                        name=each.made_by,
                        expiry=expiry_in_words(each.expires_at, self.time_zone),
                    ),
                )
                for each in await accounts.invitations.open_ones()
            ],
            events=[audit_row(event, self.time_zone) for event in await accounts.audit.page(EVENTS)],
            members_may_add=await accounts.provider_rights.members_may_add(),
        )
