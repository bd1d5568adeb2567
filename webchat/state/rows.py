"""What the pages show of the rows of the database: flat values the browser may see."""

from __future__ import annotations

from dataclasses import dataclass

from webchat.services.shown import MessageStatus as MessageStatus


@dataclass
class MessageRow:
    """One message of the branch on screen; its words travel apart (`webchat/http/answers.py`)."""

    id: str
    role: str
    status: str
    sent_as: str = ""
    """The id the browser gave its own message, under which it knows the words already."""
    model: str = ""
    note: str = ""
    """What the answer took: time and tokens, in words."""
    error_title: str = ""
    error_text: str = ""


@dataclass
class ConversationRow:
    """One conversation in the sidebar or the history."""

    id: str
    title: str
    model: str = ""
    when: str = ""
    """Time of the last activity, in words."""
    heading: str = ""
    """The day, on the first row of each day; empty on the others."""


@dataclass
class ModelRow:
    """One choice of the model picker; `id` is `Provider:model`."""

    id: str
    name: str
    provider: str


@dataclass
class ProviderRow:
    """One configured provider; its key never leaves the server."""

    id: str
    name: str
    base_url: str
    has_key: bool
    enabled: bool
    built_in: bool
    origin: str
    models: int
    test_state: str = ""
    """Empty, `running`, `passed` or `failed`."""
    test_result: str = ""
