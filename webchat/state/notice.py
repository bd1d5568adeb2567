"""The notice at the bottom of every page that says what just happened."""

from __future__ import annotations

import reflex as rx
from reflex.event import Event

from webchat.errors import WebchatError
from webchat.state.events import event
from webchat.words.errors import shown

MAX_NOTICE = 2_000
"""Maximum characters of a notice."""


class NoticeState(rx.State):
    """A sentence, and whether it reports a failure."""

    text: str = ""
    failed: bool = False

    @rx.event
    def tell(self, text: str) -> None:
        """Report a success."""
        self.text = str(text)[:MAX_NOTICE]
        self.failed = False

    @rx.event
    def warn(self, text: str) -> None:
        """Report a failure."""
        self.text = str(text)[:MAX_NOTICE]
        self.failed = True

    @rx.event
    def dismiss(self) -> None:
        """Dismiss the notice."""
        self.text = ""


def tell(text: object) -> Event:
    """An event that reports a success, for handlers to yield."""
    return event(NoticeState.tell, text=str(text))


def warn(problem: WebchatError | str) -> Event:
    """An event that reports a failure, for handlers to yield."""
    return event(NoticeState.warn, text=problem if isinstance(problem, str) else shown(problem))
