"""Database rows as the pages show them: flat values that the browser may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from webchat.services.chat.summaries import Summary
from webchat.services.parameters import shown_parameters
from webchat.storage.types import MessageStatus as MessageStatus


def readable_model(model: str) -> str:
    """`Provider:model` as a person reads it: the model, then its provider."""
    provider, _, name = model.partition(":")
    if not name or name.casefold() == provider.casefold():
        return provider
    return f"{name} · {provider}"


@dataclass
class MessageRow:
    """One message of the current branch. Its text is sent separately (`webchat/http/answers.py`)."""

    id: str
    role: str
    status: str
    sent_as: str = ""
    """The browser's id of a message it sent, under which it already has the text."""
    model: str = ""
    model_name: str = ""
    """The name of the model without its provider."""
    thought: int = 0
    """Milliseconds of reasoning, if they are known."""
    version: str = ""
    """Changes whenever the answer ends again."""
    began: float = 0
    """When a running answer began, in milliseconds since 1970."""
    has_text: bool = False
    """Whether an ended answer has any text."""
    note: str = ""
    """The time and tokens of the answer as text."""
    place: int = 1
    places: int = 1
    """The position of this message among its versions."""
    previous: str = ""
    next: str = ""
    """The ids of the previous and next versions."""
    cut_off: str = ""
    """Why an answer without an error is incomplete, as text; it can be continued."""
    error_title: str = ""
    error_text: str = ""
    error_reference: str = ""
    """What to look for in the server's log."""
    needs_settings: bool = False
    """Whether the error mentions Settings."""


@dataclass
class FactRow:
    """One fact about an answer, such as its tokens, as text."""

    name: str
    value: str


@dataclass
class ComparedRow(MessageRow):
    """One of the answers that stand side by side."""

    provider: str = ""
    facts: list[FactRow] = field(default_factory=list)
    """Its time, speed, tokens and cost."""


@dataclass
class FileRow:
    """A file that a conversation was begun with."""

    id: str
    name: str


@dataclass
class ConversationRow:
    """One conversation in the sidebar or the history."""

    id: str
    title: str
    model: str = ""
    when: str = ""
    """Time of the last activity as text."""
    heading: str = ""
    """The day or period, on its first row; empty on the other rows."""
    pinned: bool = False
    archived: bool = False
    folder: str = ""
    """The name of its folder."""
    tags: list[str] = field(default_factory=list)
    assistant: str = ""
    """The id of the assistant it was begun with."""


def sidebar_rows(items: Sequence[Summary]) -> list[ConversationRow]:
    """Conversations as the sidebar shows them."""
    return [
        ConversationRow(item.id, item.title, pinned=item.pinned, assistant=item.assistant_id)
        for item in items
    ]


@dataclass
class ModelRow:
    """One choice of the model picker; `id` is `Provider:model`."""

    id: str
    name: str
    provider: str
    known: str = ""
    """What is known about it as text."""
    sees: bool = False
    """Whether it is known to see pictures."""


@dataclass
class PromptRow:
    """One saved prompt; `excerpt` is the beginning of its text."""

    id: str
    name: str
    excerpt: str


@dataclass
class ModelSettingRow:
    """One model of a provider in Settings; `known` is what is known about it as text."""

    name: str
    shown: bool
    added: bool
    known: str = ""
    for_members: bool = True


@dataclass
class ProviderRow:
    """One configured provider. Its key, cookies and proxy never leave the server."""

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
    """Number of models offered."""
    hidden_models: int = 0
    usual_url: str = ""
    """The default address of a built-in service."""
    connect: str = ""
    first_text: str = ""
    idle: str = ""
    total: str = ""
    context: str = ""
    parameters: dict[str, str] = field(default_factory=lambda: shown_parameters(None))
    """The advanced parameters as their fields show them."""
    condition: str = "unknown"
    standing: str = ""
    """The condition as text."""
    measured: str = ""
    """Success rate, time to the first text and last success as text."""
    last_error: str = ""
    test_state: str = ""
    """Empty, `running`, `passed` or `failed`."""
    test_result: str = ""


@dataclass
class SharedProviderRow:
    """A provider that administrators have set up, as members see it."""

    name: str
    models: str


@dataclass
class AttemptRow:
    """One attempt at one provider."""

    provider: str
    model: str
    outcome: str
    failed: bool
    text: str = ""
    """The error message."""


@dataclass
class ShareRow:
    """One message as the Share dialog lists it."""

    id: str
    role: str
    excerpt: str


@dataclass
class SecretRow:
    """A possible secret in a message; `excerpt` shows part of it."""

    key: str
    message_id: str
    kind: str
    excerpt: str


@dataclass
class LinkRow:
    """One share link as text; `address` is the full link, empty if it is no longer known."""

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
