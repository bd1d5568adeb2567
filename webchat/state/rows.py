"""What the pages show of the rows of the database: flat values the browser may see."""

from __future__ import annotations

from dataclasses import dataclass

from webchat.storage.types import MessageStatus as MessageStatus


@dataclass
class MessageRow:
    """One message of the branch on screen; its words travel apart (`webchat/http/answers.py`)."""

    id: str
    role: str
    status: str
    sent_as: str = ""
    """The id the browser gave its own message, under which it knows the words already."""
    model: str = ""
    version: str = ""
    """Changes whenever an answer has ended anew."""
    began: float = 0
    """When a running answer began, in milliseconds since 1970."""
    has_text: bool = False
    """Whether anything of an answer that has ended is there."""
    note: str = ""
    """What the answer took: time and tokens, in words."""
    place: int = 1
    places: int = 1
    """The number of this one among the messages that could stand in its place."""
    previous: str = ""
    next: str = ""
    """The ids of its neighbours among them."""
    can_continue: bool = False
    """Whether an answer without an error was cut off: stopped, or at the length limit."""
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
class ModelSettingRow:
    """One model of a provider, as Settings lists it; `known` is what is known of it, in words."""

    name: str
    shown: bool
    added: bool
    known: str = ""


@dataclass
class ProviderRow:
    """One configured provider; its key, cookies and proxy never leave the server."""

    id: str
    name: str
    kind: str
    base_url: str
    has_secret: bool
    has_proxy: bool
    enabled: bool
    built_in: bool
    origin: str
    models: int
    """How many are offered."""
    hidden_models: int = 0
    usual_url: str = ""
    """Where a built-in service is asked that has no address of the person's."""
    connect: str = ""
    first_text: str = ""
    idle: str = ""
    total: str = ""
    context: str = ""
    condition: str = "unknown"
    standing: str = ""
    """The condition in words."""
    measured: str = ""
    """Success share, time to the first text and last success, in words."""
    last_error: str = ""
    test_state: str = ""
    """Empty, `running`, `passed` or `failed`."""
    test_result: str = ""


@dataclass
class AttemptRow:
    """One try at one provider for an answer."""

    provider: str
    model: str
    outcome: str
    failed: bool
    text: str = ""
    """What went wrong, in words."""


@dataclass
class ShareRow:
    """One message as the Share dialog lists it."""

    id: str
    role: str
    excerpt: str


@dataclass
class SecretRow:
    """Something in a message that looks secret; `excerpt` shows part of it."""

    key: str
    message_id: str
    kind: str
    excerpt: str


@dataclass
class LinkRow:
    """One share link, in words; `address` is all that a reader needs, empty if it is not known any more."""

    id: str
    conversation_id: str
    title: str
    address: str
    made: str
    expiry: str
    expired: bool
    messages: str
    views: str
    has_passphrase: bool
    may_continue: bool
