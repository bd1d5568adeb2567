"""Settings → Account → Passkeys: with what somebody can sign in instead of a password."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import reflex as rx

from webchat.services.runtime import services
from webchat.state.account_rows import PasskeyRow, browser, passkey_row
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, identifier, update
from webchat.state.notice import tell, warn
from webchat.state.owner import address_of, person_of
from webchat.words.text import t


class PasskeysState(rx.State):
    """The passkeys of the person, the one being renamed, and the one to be confirmed for removal."""

    rows: list[PasskeyRow] = []
    new_name: str = ""
    """How a passkey is named that is added in this browser."""
    renaming: str = ""
    asking: str = ""
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    @rx.event
    async def load(self) -> None:
        """Load the list."""
        passkeys = await services().accounts.passkeys.of(person_of(self).id)
        host = urlsplit(f"//{self.router.headers.host}").hostname or ""
        update(
            self,
            rows=[passkey_row(each, host, self.time_zone) for each in passkeys],
            new_name=browser(self.router.headers.user_agent),
            renaming="",
            asking="",
        )

    @rx.event
    async def added(self, passkey_id: str) -> AsyncIterator[Any]:
        """Show a passkey that was added, and let its name be changed."""
        await self.load()
        self.renaming = identifier(passkey_id)
        yield tell(t("The passkey was added. You can sign in with it from now on."))

    @rx.event
    def refused(self, reason: str) -> Any:
        """Say why none was added."""
        return warn(reason) if isinstance(reason, str) else None

    @rx.event
    def start_renaming(self, passkey_id: str) -> None:
        """Show the field for a new name; the empty id cancels."""
        self.renaming, self.asking = identifier(passkey_id), ""

    @rx.event
    async def rename(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Give the passkey another name."""
        try:
            await services().accounts.passkeys.rename(person_of(self), self.renaming, entry(form, "name"))
        except REFUSED as problem:
            yield warn(problem)
        await self.load()

    @rx.event
    def ask(self, passkey_id: str) -> None:
        """Ask for confirmation before removing a passkey; the empty id cancels."""
        self.asking, self.renaming = identifier(passkey_id), ""

    @rx.event
    async def remove(self, passkey_id: str) -> AsyncIterator[Any]:
        """Remove a passkey."""
        try:
            await services().accounts.passkeys.remove(
                person_of(self), identifier(passkey_id), address_of(self)
            )
        except REFUSED as problem:
            yield warn(problem)
        await self.load()
