"""Tells whether a page has the current text of a message."""

from __future__ import annotations

from webchat.storage.queries.branches import BranchMessage
from webchat.storage.types import MessageStatus


def version_of(shown: BranchMessage) -> str:
    """A text that is different once an answer has been continued; empty for a message without one."""
    if shown.generation is None:
        return ""
    ended = shown.generation.finished_at
    version = f"{ended:%M%S%f}" if ended else ""
    if shown.message.status is MessageStatus.INTERRUPTED:
        return f"interrupted {version}"  # message_store.js checks for this
    return version
