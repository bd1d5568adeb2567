"""The pure values of a conversation: messages and the events an answer arrives as.

No ids, no I/O: identity belongs to `webchat.storage`, transport to `webchat.providers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST_TOKENS = 1_000_000_000
"""Tokens one answer can have cost; more is a mistake of whoever counted."""


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
    TOOL_CALLS = "tool_calls"
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
    """Tokens an answer cost, as the service counted them; a later report replaces an earlier one.

    What is no whole number from 0 to `MOST_TOKENS` becomes None: services send anything here, and a database
    holds only so much.

    >>> Usage(12, 2**64 - 1)
    Usage(input_tokens=12, output_tokens=None)
    """

    input_tokens: int | None = None
    output_tokens: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "input_tokens", _count(self.input_tokens))
        object.__setattr__(self, "output_tokens", _count(self.output_tokens))


@dataclass(frozen=True, slots=True)
class Finish:
    """The answer is complete; at most one, and the last event but for `Usage`."""

    reason: FinishReason
    raw: str | None = None
    """The service's own word, kept as it came."""


def _count(value: object) -> int | None:
    """The value if it counts tokens; `True` does not."""
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None


Delta = TextDelta | ReasoningDelta
"""A piece of what the model writes."""

StreamEvent = TextDelta | ReasoningDelta | Usage | Finish
