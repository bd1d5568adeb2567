"""The one line at the foot of every page that says what just happened."""

from __future__ import annotations

import reflex as rx


class NoticeState(rx.State):
    """A sentence, and whether it tells of a failure."""

    text: str = ""
    failed: bool = False

    @rx.event
    def tell(self, text: str) -> None:
        """Show what was done."""
        self.text = str(text)
        self.failed = False

    @rx.event
    def warn(self, text: str) -> None:
        """Show what could not be done."""
        self.text = str(text)
        self.failed = True

    @rx.event
    def dismiss(self) -> None:
        """Take the notice away."""
        self.text = ""
