"""The details of an answer: what it took, and the attempts to get it."""

from __future__ import annotations

import reflex as rx

from webchat.services.runtime import services
from webchat.state.events import identifier
from webchat.state.message_rows import attempt_row, fact_rows
from webchat.state.owner import owner_of
from webchat.state.rows import AttemptRow, FactRow
from webchat.storage.errors import NotFound


class ChatDetails(rx.State, mixin=True):
    """The details of the one answer whose details are shown."""

    attempts_of: str = ""
    """The id of the answer; empty if none are shown."""
    attempts: list[AttemptRow] = []
    facts: list[FactRow] = []
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    @rx.event
    async def toggle_attempts(self, message_id: str) -> None:
        """Show or hide the details of an answer and its attempts."""
        if self.attempts_of == message_id:
            self.attempts_of = ""
            return
        self.attempts_of = identifier(message_id)
        await self._read_attempts()

    async def _refresh_details(self, message_id: str) -> None:
        """Read them again if they are shown."""
        if self.attempts_of == message_id:
            await self._read_attempts()

    async def _read_attempts(self) -> None:
        try:
            answer = await services().conversations.message(owner_of(self), self.attempts_of)
            if answer.generation is None:  # imported
                found = []
            else:
                found = await services().conversations.attempts(owner_of(self), self.attempts_of)
        except NotFound:
            self.attempts_of = ""
            return
        self.attempts = [attempt_row(attempt) for attempt in found]
        self.facts = fact_rows(answer, await services().usage.prices(owner_of(self)), self.time_zone)
