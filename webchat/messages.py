"""The pure values of a conversation: messages and the events an answer arrives as.

No ids, no I/O: identity belongs to `webchat.storage`, transport to `webchat.providers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Who speaks, in the vocabulary every chat API shares."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class FinishReason(StrEnum):
    """Why an answer ended, normalised over all providers."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, as a provider is told about it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next piece of the model's reasoning, shown apart from the answer; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens an answer cost, as the service counted them; a later report replaces an earlier one."""

    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The answer is complete; at most one, and the last event but for `Usage`."""

    reason: FinishReason
    raw: str | None = None
    """The service's own word, kept as it came."""


StreamEvent = TextDelta | ReasoningDelta | Usage | Finish
