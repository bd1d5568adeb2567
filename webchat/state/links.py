"""The person's share links on the settings page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.runtime import services
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, identifier, update
from webchat.state.link_rows import link_row
from webchat.state.notice import tell, warn
from webchat.state.owner import owner_of, tab_of
from webchat.state.rows import LinkRow


class LinksState(rx.State):
    """Every link, the one about to be taken back, and the one whose passphrase is being changed."""

    rows: list[LinkRow] = []
    loaded: bool = False
    asking: str = ""
    changing: str = ""
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    @rx.event
    async def load(self) -> AsyncIterator[Any]:
        """List the links, newest first."""
        sharing, origin = services().sharing, self.router.headers.origin
        try:
            links = await sharing.links(owner_of(self))
        except REFUSED as problem:
            yield warn(problem)
            return
        rows = [link_row(link, sharing.address(link, origin), self.time_zone) for link in links]
        update(self, rows=rows, loaded=True)

    @rx.event
    async def on_remote_change(self, _conversation_id: str) -> AsyncIterator[Any]:
        """A link was made, or a conversation deleted with its links or brought back, elsewhere."""
        yield LinksState.load

    @rx.event
    def ask(self, link_id: str) -> None:
        """Ask whether a link is to be taken back; the empty id asks no more."""
        self.asking = identifier(link_id)

    @rx.event
    async def revoke(self, link_id: str) -> AsyncIterator[Any]:
        """Take a link back: it is dead at once, and its copy deleted."""
        self.asking = ""
        try:
            await services().sharing.revoke(owner_of(self), identifier(link_id))
        except REFUSED as problem:
            yield warn(problem)
        else:
            self._tell_others()
            yield tell("The link was taken back, and its copy deleted.")
        yield LinksState.load

    @rx.event
    async def change_expiry(self, link_id: str, expiry: str) -> AsyncIterator[Any]:
        """Let a link live so long from now on."""
        try:
            await services().sharing.change_expiry(owner_of(self), identifier(link_id), expiry)
        except REFUSED as problem:
            yield warn(problem)
        else:
            self._tell_others()
        yield LinksState.load

    @rx.event
    def change(self, link_id: str) -> None:
        """Show the field for another passphrase; the empty id takes it away."""
        self.changing = identifier(link_id)

    @rx.event
    async def set_passphrase(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Ask readers of a link for another passphrase; an empty field asks them for none."""
        link_id, passphrase = identifier(entry(form, "link_id")), entry(form, "passphrase")
        try:
            link = await services().sharing.change_passphrase(owner_of(self), link_id, passphrase)
        except REFUSED as problem:
            yield warn(problem)
            return
        self.changing = ""
        self._tell_others()
        yield tell(
            "Readers are asked for the new passphrase from now on."
            if link.has_passphrase
            else "Whoever has the link can read it now, without a passphrase."
        )
        yield LinksState.load

    def _tell_others(self) -> None:
        services().changes.publish(owner_of(self), "", tab_of(self))
