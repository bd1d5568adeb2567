"""The contents of a file in frames of limited size, in which they go from one process to another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from webchat.services.transfer.parsers.file_parser import Found, parse_file
from webchat.services.transfer.parsers.files import OpenedFile
from webchat.services.transfer.parsers.tree import ImportedAssistant, ImportedConversation, ImportedMessage

MESSAGES_AT_ONCE = 500
"""Maximum messages in a frame, so that reading one does not hold the server."""
CHARACTERS_AT_ONCE = 1_000_000
"""Characters after which a frame ends."""


@dataclass(frozen=True, slots=True)
class Frame:
    """`position` of `size` bytes were read. `more` continues the last conversation of the frame before."""

    position: int
    size: int
    more: list[ImportedMessage]
    found: list[Found]
    ignored: int = 0
    """Files of an archive that hold no conversations."""
    is_last: bool = False


def frames(file: OpenedFile) -> Iterator[Frame]:
    """The contents of a file."""
    found: list[Found] = []
    messages = size = 0
    for each in parse_file(file):
        rest: list[list[ImportedMessage]] = []
        if isinstance(each, ImportedConversation):
            first, *rest = list(_parts(each.messages)) or [[]]
            each = replace(each, messages=first)
            messages += len(first)
            size += _size(first)
        elif isinstance(each, ImportedAssistant):
            size += each.size
        found.append(each)
        if (
            rest
            or messages >= MESSAGES_AT_ONCE
            or size >= CHARACTERS_AT_ONCE
            or len(found) >= MESSAGES_AT_ONCE
        ):
            yield Frame(file.position, file.size, [], found)
            found, messages, size = [], 0, 0
        for part in rest:
            yield Frame(file.position, file.size, part, [])
    yield Frame(file.size, file.size, [], found, file.ignored, is_last=True)


def _parts(messages: list[ImportedMessage]) -> Iterator[list[ImportedMessage]]:
    part: list[ImportedMessage] = []
    size = 0
    for message in messages:
        part.append(message)
        size += _size([message])
        if len(part) == MESSAGES_AT_ONCE or size >= CHARACTERS_AT_ONCE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _size(messages: list[ImportedMessage]) -> int:
    return sum(
        len(message.text) + len(message.reasoning) + sum(len(file.data) for file in message.files)
        for message in messages
    )
