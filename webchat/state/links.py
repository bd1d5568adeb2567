"""The user's share links on the settings page."""

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
from webchat.words.text import t


class LinksState(rx.State):
    """All links, the one to confirm deleting, and the one whose passphrase is being changed."""

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
        """Reload the links after a link or a conversation has changed elsewhere."""
        yield LinksState.load

    @rx.event
    def ask(self, link_id: str) -> None:
        """Ask for confirmation before deleting a link; the empty id cancels."""
        self.asking = identifier(link_id)

    @rx.event
    async def revoke(self, link_id: str) -> AsyncIterator[Any]:
        """Delete a link and its copy. It stops working at once."""
        self.asking = ""
        try:
            await services().sharing.revoke(owner_of(self), identifier(link_id))
        except REFUSED as problem:
            yield warn(problem)
        else:
            self._tell_others()
            yield tell(t("The link and its copy were deleted."))
        yield LinksState.load

    @rx.event
    async def change_expiry(self, link_id: str, expiry: str) -> AsyncIterator[Any]:
        """Set a new lifetime for a link, counted from now."""
        try:
            await services().sharing.change_expiry(owner_of(self), identifier(link_id), expiry)
        except REFUSED as problem:
            yield warn(problem)
        else:
            self._tell_others()
        yield LinksState.load

    @rx.event
    def change(self, link_id: str) -> None:
        """Show the field for a new passphrase; the empty id hides it."""
        self.changing = identifier(link_id)

    @rx.event
    async def set_passphrase(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Set a new passphrase for a link; an empty field removes it."""
        link_id, passphrase = identifier(entry(form, "link_id")), entry(form, "passphrase")
        try:
            link = await services().sharing.change_passphrase(owner_of(self), link_id, passphrase)
        except REFUSED as problem:
            yield warn(problem)
            return
        self.changing = ""
        self._tell_others()
        yield tell(
            t("Readers now need the new passphrase.")
            if link.has_passphrase
            else t("Anyone with the link can now read it without a passphrase.")
        )
        yield LinksState.load

    def _tell_others(self) -> None:
        services().changes.publish(owner_of(self), "", tab_of(self))
