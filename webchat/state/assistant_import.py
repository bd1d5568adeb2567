"""The preview of a file of assistants, and its import."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import reflex as rx

from webchat.services.assistants.transfer import Entry
from webchat.services.runtime import services
from webchat.state.assistants import assistants_changed
from webchat.state.chat_control import REFUSED
from webchat.state.notice import tell, warn
from webchat.state.owner import owner_of
from webchat.state.rows import readable_model
from webchat.words.assistants import told
from webchat.words.errors import shown
from webchat.words.text import ngettext, t


@dataclass
class EntryRow:
    """One assistant in the file; `words` say what becomes of it."""

    name: str
    words: str
    is_new: bool


class AssistantImportState(rx.State):
    """What the file has."""

    rows: list[EntryRow] = []
    """Empty while there is no preview."""
    new: int = 0
    """Number of assistants that will be added."""

    @rx.event
    def received(self, _found: str) -> None:
        """Show what the file has that was just sent."""
        entries = services().assistant_transfer.preview(owner_of(self))
        self.rows = [_row(entry) for entry in entries]
        self.new = sum(entry.is_new for entry in entries)

    @rx.event
    def refused(self, reason: str) -> Any:
        """Say why a file was not accepted."""
        return warn(reason) if isinstance(reason, str) else None

    @rx.event
    async def begin(self) -> AsyncIterator[Any]:
        """Add the new assistants of the preview."""
        self.rows = []
        try:
            added = await services().assistant_transfer.import_preview(owner_of(self))
        except REFUSED as problem:
            yield warn(problem)
            return
        yield tell(ngettext("{count} assistant imported.", "{count} assistants imported.", added))
        yield assistants_changed(self)

    @rx.event
    def cancel(self) -> None:
        """Forget the file."""
        self.rows = []
        services().assistant_transfer.forget(owner_of(self))


def _row(entry: Entry) -> EntryRow:
    if entry.values is None:
        why = shown(entry.problem) if entry.problem else ""
        return EntryRow(entry.name or t("Without a name"), f"{t('Cannot be imported.')} {why}", is_new=False)
    used = readable_model(entry.values.model) if entry.values.model else ""
    words = told(
        present=entry.present,
        model=entry.model,
        used=used,
        left_out=entry.left_out,
        files=len(entry.files),
    )
    return EntryRow(entry.values.name, words, is_new=entry.is_new)
