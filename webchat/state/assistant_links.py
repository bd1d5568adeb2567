"""The dialog in which an assistant is shared by a link."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from webchat.services.accounts.audit import What
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, identifier
from webchat.state.link_rows import expiry_in_words, is_local
from webchat.state.notice import tell, warn
from webchat.state.owner import address_of, owner_of, person_of
from webchat.words.errors import shown
from webchat.words.text import ngettext, t

_FILE = "file:"


@dataclass
class AssistantLinkRow:
    """A link as text; `address` is empty if it is no longer known."""

    id: str
    address: str
    about: str


@dataclass
class ChoosableFile:
    """A file that a link can have; `field` is that of its box in the form."""

    field: str
    name: str


class AssistantLinksState(rx.State):
    """The assistant to share, and its links."""

    assistant_id: str = ""
    """Empty while the dialog is closed."""
    name: str = ""
    files: list[ChoosableFile] = []
    """Its files, which a link can have too."""
    links: list[AssistantLinkRow] = []
    made_id: str = ""
    """The link that was just created."""
    local: bool = False
    """Whether its address only works on this machine."""
    problem: str = ""
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    @rx.event
    async def open_dialog(self, assistant_id: str) -> AsyncIterator[Any]:
        """Open the dialog for an assistant."""
        wanted = identifier(assistant_id)
        try:
            self.name = (await services().assistants.listed(owner_of(self), wanted)).name
            files = await services().assistants.files(owner_of(self), wanted)
        except REFUSED as problem:
            yield warn(problem)
            return
        self.files = [ChoosableFile(f"{_FILE}{each.id}", each.name) for each in files]
        self.assistant_id, self.problem, self.made_id = wanted, "", ""
        await self._load()

    @rx.event
    def close(self) -> None:
        """Close the dialog."""
        self.assistant_id = ""

    @rx.event
    async def create(self, form: dict[str, Any]) -> None:
        """Create a link on the terms of the form."""
        try:
            services().rate_limits.note(Action.SHARE, owner_of(self), address_of(self))
            link = await services().assistant_links.create(
                owner_of(self),
                self.assistant_id,
                entry(form, "expiry"),
                with_prompt=entry(form, "with_prompt") == "on",
                with_files=_chosen_files(form),
            )
        except REFUSED as problem:
            self.problem = shown(problem)
            return
        self.problem, self.made_id = "", link.id
        await services().accounts.note(person_of(self), What.SHARED)  # without its name
        await self._load()

    @rx.event
    async def revoke(self, link_id: str) -> AsyncIterator[Any]:
        """Delete a link and its copy. It stops working at once."""
        try:
            await services().assistant_links.revoke(owner_of(self), identifier(link_id))
        except REFUSED as problem:
            yield warn(problem)
        else:
            yield tell(t("The link and its copy were deleted."))
        await self._load()

    async def _load(self) -> None:
        origin = self.router.headers.origin
        rows = []
        for link in await services().assistant_links.all(owner_of(self), self.assistant_id):
            address = services().sharing.public_address(link.path, origin) if link.path else ""
            about = [
                t("expired") if link.expired else expiry_in_words(link.expires_at, self.time_zone),
                t("with the system prompt") if link.with_prompt else t("without the system prompt"),
            ]
            if link.files:
                about.append(ngettext("with {count} file", "with {count} files", link.files))
            rows.append(AssistantLinkRow(link.id, address, " · ".join(about)))
        self.links = rows
        self.local = any(row.id == self.made_id and is_local(row.address) for row in rows)


def _chosen_files(form: object) -> set[str]:
    """The ids of the files whose boxes are checked."""
    names = form if isinstance(form, Mapping) else {}
    return {
        identifier(name.removeprefix(_FILE))
        for name in names
        if name.startswith(_FILE) and entry(form, name) == "on"
    }
