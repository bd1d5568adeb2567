"""The value types of a conversation: messages and the events of an answer.

No ids, no I/O: identity belongs to `webchat.storage`, transport to `webchat.providers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MOST_TOKENS = 1_000_000_000
"""Maximum plausible number of tokens of one answer; higher counts are ignored."""


class Role(StrEnum):
    """The author of a message, with the values that all chat APIs use."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class FinishReason(StrEnum):
    """Why an answer ended, normalised across providers."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    TOOL_CALLS = "tool_calls"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text of a message."""

    text: str


@dataclass(frozen=True, slots=True)
class PicturePart:
    """A picture, which is read from its file when the message is sent."""

    name: str
    path: Path
    media_type: str
    tokens: int
    """What it costs in a model's context: an estimate."""

    @property
    def in_words(self) -> str:
        """What stands in its place where it is not sent."""
        return f"[Picture: {self.name}]\n"


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A document whose text takes its place before the message is sent; no provider gets one."""

    name: str
    path: Path
    """The file with its text."""
    tokens: int
    """What its text costs in a model's context: an estimate."""
    room: int
    """The tokens that it may take."""


Part = TextPart | PicturePart | DocumentPart
"""What a message can hold."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, as sent to a provider. A single part of text is the same as its string.

    >>> Message(Role.USER, (TextPart("Hello "), TextPart("there."))).text
    'Hello there.'
    """

    role: Role
    content: str | tuple[Part, ...]
    stays: bool = False
    """Whether it stands before the conversation and is never left out, as the system prompt is."""

    def __post_init__(self) -> None:
        if len(self.parts) == 1 and isinstance(self.parts[0], TextPart):
            object.__setattr__(self, "content", self.text)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the message holds, in order."""
        return (TextPart(self.content),) if isinstance(self.content, str) else self.content

    @property
    def text(self) -> str:
        """The text of all parts."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))


def joined(messages: Sequence[Message]) -> list[Message]:
    """The messages, one that `stays` as the beginning of the next if that has the same role: some models
    refuse two messages of a person in a row.

    >>> file = Message(Role.USER, "File. ", stays=True)
    >>> [each.content for each in joined([file, Message(Role.USER, (TextPart("What?"),))])]
    [(TextPart(text='File. '), TextPart(text='What?'))]
    """
    made: list[Message] = []
    for message in messages:
        if made and made[-1].stays and made[-1].role is message.role:
            message = Message(message.role, (*made.pop().parts, *message.parts))
        made.append(message)
    return made


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next piece of the model's reasoning, shown separately from the answer; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class PictureDelta:
    """A picture that the model made; what kind it is, its bytes say."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of an answer as counted by the service. A later report replaces an earlier one.

    Anything but an integer from 0 to `MOST_TOKENS` becomes None, because services send arbitrary values and
    the database limits integers.

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
    """The answer is complete. Sent at most once; only `Usage` may follow."""

    reason: FinishReason
    raw: str | None = None
    """The service's own value, unchanged."""


def _count(value: object) -> int | None:
    """The value if it is a valid token count; `True` is not."""
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None


Delta = TextDelta | ReasoningDelta
"""A piece of the text of the model's output."""

Output = TextDelta | ReasoningDelta | PictureDelta
"""Anything of the model's output."""

StreamEvent = TextDelta | ReasoningDelta | PictureDelta | Usage | Finish
