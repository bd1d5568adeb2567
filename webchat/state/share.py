"""The Share dialog of the chat: what of a conversation is published, on which terms, and the link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.runtime import services
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.links import Link, Shareable, Terms
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, identifier, update
from webchat.state.link_rows import is_local, link_row, qr_code
from webchat.state.owner import owner_of, tab_of
from webchat.state.rows import LinkRow, SecretRow, ShareRow

_LONGEST = 300
"""Characters that are kept of what is typed as a title, more than a title may have."""


class ShareState(rx.State):
    """The dialog of one tab. Passphrases pass through and are never kept here."""

    opened: bool = False
    loading: bool = False
    conversation_id: str = ""
    title: str = ""
    messages: list[ShareRow] = []
    secrets: list[SecretRow] = []
    links: list[LinkRow] = []
    problem: str = ""

    up_to: str = ""
    """The last message to share, empty for the newest listed."""
    left_out: list[str] = []
    redacted: list[str] = []
    hidden: list[str] = []
    """The keys of the secrets that are taken out."""
    may_continue: bool = False

    made_address: str = ""
    made_qr: str = ""
    made_local: bool = False
    """Whether the link works on this machine only."""
    updated: bool = False
    """Whether that link was there before."""

    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    @rx.var
    def end_at(self) -> int:
        """The place of the last message to share."""
        ids = [row.id for row in self.messages]
        return ids.index(self.up_to) if self.up_to in ids else len(ids) - 1

    @rx.var
    def wordless(self) -> list[str]:
        """The messages whose words are not in the copy: left out, redacted, or after its end."""
        gone = {*self.left_out, *self.redacted}
        end_at = self.end_at
        return [row.id for at, row in enumerate(self.messages) if at > end_at or row.id in gone]

    @rx.var
    def found(self) -> int:
        """How many things that look secret are in the words to share."""
        wordless = set(self.wordless)
        return sum(row.message_id not in wordless for row in self.secrets)

    @rx.var
    def readable(self) -> int:
        """How many of them would be published."""
        gone, hidden = set(self.wordless), set(self.hidden)
        return sum(row.message_id not in gone and row.key not in hidden for row in self.secrets)

    @rx.event
    async def open_dialog(self, conversation_id: str) -> AsyncIterator[Any]:
        """Show what there is to share; what an earlier link left out is left out again."""
        self.conversation_id = identifier(conversation_id)
        self.opened = self.loading = True
        self.problem = self.made_address = self.made_qr = self.up_to = ""
        yield
        try:
            found = await services().sharing.shareable(owner_of(self), self.conversation_id)
        except REFUSED as problem:
            self.messages, self.secrets, self.links = [], [], []
            self.problem = str(problem)
        else:
            self._show(found)
        self.loading = False

    def _show(self, found: Shareable) -> None:
        before = found.links[0] if found.links else None
        choice = before.choice if before else Choice()
        update(
            self,
            title=found.title,
            messages=[ShareRow(each.id, each.role.value, each.excerpt) for each in found.messages],
            secrets=[
                SecretRow(secret.key, message.id, secret.kind, secret.excerpt)
                for message in found.messages
                for secret in message.secrets
            ],
            links=[self._row(link) for link in found.links],
            left_out=list(choice.left_out),
            redacted=list(choice.redacted),
            hidden=list(choice.hidden),
            may_continue=before.may_continue if before else False,
        )

    @rx.event
    def close(self) -> None:
        """Leave the dialog."""
        self.opened = False

    @rx.event
    def share_up_to(self, message_id: str) -> None:
        """Let the copy end with this message."""
        if self._has(message_id):
            self.up_to = message_id

    @rx.event
    def toggle_left_out(self, message_id: str) -> None:
        """Leave a message out, or take it in again."""
        if self._has(message_id):
            self.left_out = _toggled(self.left_out, message_id)

    @rx.event
    def toggle_redacted(self, message_id: str) -> None:
        """Show that there is a message without its words, or with them again."""
        if self._has(message_id):
            self.redacted = _toggled(self.redacted, message_id)

    @rx.event
    def toggle_secret(self, key: str) -> None:
        """Take something that looks secret out, or leave it in."""
        if any(row.key == key for row in self.secrets):
            self.hidden = _toggled(self.hidden, key)

    @rx.event
    def hide_all_secrets(self) -> None:
        """Take everything out that looks secret."""
        self.hidden = list(dict.fromkeys([*self.hidden, *(row.key for row in self.secrets)]))

    @rx.event
    def keep_title(self, text: str) -> None:
        """Note the title that was typed, for a link that is brought up to date."""
        if isinstance(text, str):
            self.title = text[:_LONGEST]

    @rx.event
    async def publish(self, form: dict[str, Any]) -> None:
        """Make a link to the chosen part; the form has the title and the terms."""
        if self.made_address:  # the form was sent twice
            return
        passphrase = entry(form, "passphrase")
        terms = Terms(
            title=entry(form, "title"),
            expiry=entry(form, "expiry"),
            passphrase="" if passphrase is None else passphrase,
            may_continue=entry(form, "may_continue") == "on",
        )
        try:
            link = await services().sharing.publish(
                owner_of(self), self.conversation_id, self._choice(), terms
            )
        except REFUSED as problem:
            self.problem = str(problem)
        else:
            self._show_made(link, updated=False)

    @rx.event
    async def update_link(self, link_id: str) -> None:
        """Put the chosen part behind a link of this conversation that is there already."""
        if self.made_address:
            return
        if not any(row.id == link_id for row in self.links):
            self.problem = "This link is not here any more. Open the dialog again."
            return
        try:
            link = await services().sharing.update(owner_of(self), link_id, self._choice(), self.title)
        except REFUSED as problem:
            self.problem = str(problem)
        else:
            self._show_made(link, updated=True)

    def _show_made(self, link: Link, *, updated: bool) -> None:
        address = self._address(link)
        self.problem = ""
        self.made_address, self.made_qr = address, qr_code(address)
        self.made_local, self.updated = is_local(address), updated
        services().changes.publish(owner_of(self), "", tab_of(self))

    def _choice(self) -> Choice:
        # What came after the dialog was opened has not been looked at, so it is not in the copy.
        newest = self.messages[-1].id if self.messages else ""
        return Choice(self.up_to or newest, self.left_out, self.redacted, self.hidden)

    def _has(self, message_id: object) -> bool:
        return any(row.id == message_id for row in self.messages)

    def _row(self, link: Link) -> LinkRow:
        return link_row(link, self._address(link), self.time_zone)

    def _address(self, link: Link) -> str:
        return services().sharing.address(link, self.router.headers.origin)


def _toggled(ids: list[str], one: str) -> list[str]:
    return [each for each in ids if each != one] if one in ids else [*ids, one]
