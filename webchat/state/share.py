"""The Share dialog: what part of a conversation is published, on which terms, and the link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.accounts.audit import What
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.links import Link, Shareable, Terms
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, identifier, update
from webchat.state.link_rows import is_local, link_row, qr_code
from webchat.state.owner import address_of, owner_of, person_of, tab_of
from webchat.state.rows import LinkRow, SecretRow, ShareRow
from webchat.words.errors import shown
from webchat.words.text import t

_LONGEST = 300
"""Maximum characters kept of a typed title, more than a title may have."""


class ShareState(rx.State):
    """The dialog of one tab. Passphrases pass through and are never stored here."""

    opened: bool = False
    opened_at: str = ""
    """The address of the page that the dialog was opened on."""
    loading: bool = False
    conversation_id: str = ""
    title: str = ""
    messages: list[ShareRow] = []
    secrets: list[SecretRow] = []
    links: list[LinkRow] = []
    problem: str = ""

    up_to: str = ""
    """The last message to share; empty for the newest one listed."""
    left_out: list[str] = []
    redacted: list[str] = []
    hidden: list[str] = []
    """The keys of the redacted secrets."""
    may_continue: bool = False
    files: int = 0
    """The number of files of the messages."""
    include_files: bool = False
    """Whether they are in the copy."""

    made_address: str = ""
    made_qr: str = ""
    made_local: bool = False
    """Whether the link only works on this machine."""
    updated: bool = False
    """Whether an existing link was updated."""

    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    @rx.var
    def end_at(self) -> int:
        """The index of the last message to share."""
        ids = [row.id for row in self.messages]
        return ids.index(self.up_to) if self.up_to in ids else len(ids) - 1

    @rx.var
    def wordless(self) -> list[str]:
        """The messages whose text is not in the copy: left out, redacted, or after its end."""
        gone = {*self.left_out, *self.redacted}
        end_at = self.end_at
        return [row.id for at, row in enumerate(self.messages) if at > end_at or row.id in gone]

    @rx.var
    def found(self) -> int:
        """Number of possible secrets in the text to share."""
        wordless = set(self.wordless)
        return sum(row.message_id not in wordless for row in self.secrets)

    @rx.var
    def readable(self) -> int:
        """Number of them that would be published."""
        gone, hidden = set(self.wordless), set(self.hidden)
        return sum(row.message_id not in gone and row.key not in hidden for row in self.secrets)

    @rx.event
    async def open_dialog(self, conversation_id: str) -> AsyncIterator[Any]:
        """Open the dialog, leaving out again what the latest link left out."""
        self.conversation_id = identifier(conversation_id)
        self.opened = self.loading = True
        self.opened_at = self.router.url.path
        self.problem = self.made_address = self.made_qr = self.up_to = ""
        yield
        try:
            found = await services().sharing.shareable(owner_of(self), self.conversation_id)
        except REFUSED as problem:
            self.messages, self.secrets, self.links = [], [], []
            self.problem = shown(problem)
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
            files=found.files,
            include_files=choice.include_files,
        )

    @rx.event
    def close(self) -> None:
        """Close the dialog."""
        self.opened = False

    @rx.event
    def share_up_to(self, message_id: str) -> None:
        """End the copy with this message."""
        if self._has(message_id):
            self.up_to = message_id

    @rx.event
    def toggle_left_out(self, message_id: str) -> None:
        """Leave a message out, or include it again."""
        if self._has(message_id):
            self.left_out = _toggled(self.left_out, message_id)

    @rx.event
    def toggle_redacted(self, message_id: str) -> None:
        """Redact a message, or show its text again."""
        if self._has(message_id):
            self.redacted = _toggled(self.redacted, message_id)

    @rx.event
    def toggle_secret(self, key: str) -> None:
        """Redact a possible secret, or show it again."""
        if any(row.key == key for row in self.secrets):
            self.hidden = _toggled(self.hidden, key)

    @rx.event
    def choose_files(self, included: bool) -> None:
        """Share the files of the messages too, or not."""
        self.include_files = included

    @rx.event
    def hide_all_secrets(self) -> None:
        """Redact all possible secrets."""
        self.hidden = list(dict.fromkeys([*self.hidden, *(row.key for row in self.secrets)]))

    @rx.event
    def keep_title(self, text: str) -> None:
        """Keep the typed title for when a link is updated."""
        if isinstance(text, str):
            self.title = text[:_LONGEST]

    @rx.event
    async def publish(self, form: dict[str, Any]) -> None:
        """Create a link to the chosen part. The form has the title and the terms."""
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
            services().rate_limits.note(Action.SHARE, owner_of(self), address_of(self))
            link = await services().sharing.publish(
                owner_of(self), self.conversation_id, self._choice(), terms
            )
        except REFUSED as problem:
            self.problem = shown(problem)
        else:
            await self._show_made(link, updated=False)

    @rx.event
    async def update_link(self, link_id: str) -> None:
        """Update an existing link of this conversation to the chosen part."""
        if self.made_address:
            return
        if not any(row.id == link_id for row in self.links):
            self.problem = t("This link no longer exists. Reopen the dialog.")
            return
        try:
            services().rate_limits.note(Action.SHARE, owner_of(self), address_of(self))
            link = await services().sharing.update(owner_of(self), link_id, self._choice(), self.title)
        except REFUSED as problem:
            self.problem = shown(problem)
        else:
            await self._show_made(link, updated=True)

    async def _show_made(self, link: Link, *, updated: bool) -> None:
        address = self._address(link)
        self.problem = ""
        self.made_address, self.made_qr = address, qr_code(address)
        self.made_local, self.updated = is_local(address), updated
        services().changes.publish(owner_of(self), "", tab_of(self))
        await services().accounts.note(person_of(self), What.SHARED)  # without its title

    def _choice(self) -> Choice:
        # Messages that arrived after the dialog was opened have not been reviewed, so they are not in the
        # copy.
        newest = self.messages[-1].id if self.messages else ""
        return Choice(self.up_to or newest, self.left_out, self.redacted, self.hidden, self.include_files)

    def _has(self, message_id: object) -> bool:
        return any(row.id == message_id for row in self.messages)

    def _row(self, link: Link) -> LinkRow:
        return link_row(link, self._address(link), self.time_zone)

    def _address(self, link: Link) -> str:
        return services().sharing.address(link, self.router.headers.origin)


def _toggled(ids: list[str], one: str) -> list[str]:
    return [each for each in ids if each != one] if one in ids else [*ids, one]
