"""The saved prompts in Settings, and the dialog that edits one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.runtime import services
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, identifier
from webchat.state.notice import tell, warn
from webchat.state.owner import owner_of
from webchat.state.rows import PromptRow
from webchat.words.errors import shown
from webchat.words.text import ngettext, t

EXCERPT = 120
"""Characters of a prompt that the list shows."""


class PromptsState(rx.State):
    """The list, the prompt in the dialog, and the one to be confirmed for deletion."""

    rows: list[PromptRow] = []
    loaded: bool = False
    form_open: bool = False
    form_id: str = ""
    """Empty for a new prompt."""
    form_name: str = ""
    form_text: str = ""
    form_problem: str = ""
    asking: str = ""

    @rx.event
    async def load(self) -> None:
        """Load the list."""
        prompts = await services().saved_prompts.all(owner_of(self))
        self.rows = [PromptRow(each.id, each.name, " ".join(each.text[:EXCERPT].split())) for each in prompts]
        self.loaded, self.asking = True, ""

    @rx.event
    async def open_form(self, prompt_id: str) -> AsyncIterator[Any]:
        """Open the dialog for a prompt; the empty id is for a new one."""
        self.form_id, self.form_name, self.form_text, self.form_problem = identifier(prompt_id), "", "", ""
        if self.form_id:
            try:
                prompt = await services().saved_prompts.get(owner_of(self), self.form_id)
            except REFUSED as problem:
                yield warn(problem)
                return
            self.form_name, self.form_text = prompt.name, prompt.text
        self.form_open = True

    @rx.event
    def close_form(self) -> None:
        """Close the dialog without saving."""
        self.form_open = False

    @rx.event
    async def save(self, form: dict[str, Any]) -> None:
        """Save what was entered."""
        try:
            await services().saved_prompts.save(
                owner_of(self), self.form_id, entry(form, "name"), entry(form, "text")
            )
        except REFUSED as problem:
            self.form_problem = shown(problem)
            return
        self.form_open = False
        await self.load()

    @rx.event
    def ask(self, prompt_id: str) -> None:
        """Ask for confirmation before deleting a prompt; the empty id cancels."""
        self.asking = identifier(prompt_id)

    @rx.event
    async def delete(self, prompt_id: str) -> AsyncIterator[Any]:
        """Delete a prompt."""
        try:
            await services().saved_prompts.delete(owner_of(self), identifier(prompt_id))
        except REFUSED as problem:
            yield warn(problem)
        await self.load()

    @rx.event
    async def on_imported(self, added: str) -> AsyncIterator[Any]:
        """Show the prompts that were imported from a file."""
        await self.load()
        told = isinstance(added, str) and added.isdecimal() and len(added) < 9
        number = int(added) if told else 0
        yield tell(
            ngettext("{count} prompt imported.", "{count} prompts imported.", number)
            if number
            else t("All of these prompts are there.")
        )

    @rx.event
    def on_refused(self, reason: str) -> Any:
        """Say why a file was not imported."""
        return warn(reason) if isinstance(reason, str) else None
