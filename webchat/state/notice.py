"""The one line at the foot of every page that says what just happened."""

from __future__ import annotations

import reflex as rx
from reflex.event import Event

from webchat.state.events import event

MAX_NOTICE = 2_000
"""Characters of a notice."""


class NoticeState(rx.State):
    """A sentence, and whether it tells of a failure."""

    text: str = ""
    failed: bool = False

    @rx.event
    def tell(self, text: str) -> None:
        """Show what was done."""
        self.text = str(text)[:MAX_NOTICE]
        self.failed = False

    @rx.event
    def warn(self, text: str) -> None:
        """Show what could not be done."""
        self.text = str(text)[:MAX_NOTICE]
        self.failed = True

    @rx.event
    def dismiss(self) -> None:
        """Take the notice away."""
        self.text = ""


def tell(text: object) -> Event:
    """Show what was done: for handlers to yield."""
    return event(NoticeState.tell, text=str(text))


def warn(text: object) -> Event:
    """Show what could not be done: for handlers to yield."""
    return event(NoticeState.warn, text=str(text))
