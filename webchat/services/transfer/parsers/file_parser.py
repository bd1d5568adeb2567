"""Parses an export of any known app. What it is, is recognised by its content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from webchat.services.errors import ImportProblem
from webchat.services.transfer.parsers import chatgpt, claude, librechat, open_webui, own
from webchat.services.transfer.parsers.fields import LeftOut, text
from webchat.services.transfer.parsers.files import OpenedFile
from webchat.services.transfer.parsers.json_stream import elements
from webchat.services.transfer.parsers.tree import ImportedAssistant, ImportedConversation, Source

MAX_CONVERSATIONS = 200_000
"""Maximum number of conversations in a file."""
MAX_MESSAGES = 100_000
"""Maximum number of messages of a conversation."""
MAX_TEXT = 2_000_000
"""Maximum characters of a message."""
MAX_TITLE = 200
"""Characters kept of a title."""

FORMATS: tuple[tuple[Callable[[dict[str, Any]], bool], Callable[[dict[str, Any]], ImportedConversation]], ...]
FORMATS = (
    (chatgpt.is_chatgpt, chatgpt.parse),
    (claude.is_claude, claude.parse),
    (open_webui.is_open_webui, open_webui.parse),
    (librechat.is_librechat, librechat.parse),
    (own.is_own, own.parse),
)
"""For each format: whether a value is a conversation in it, and what makes a tree of one."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Something in the file that cannot be imported: a conversation, or all that follows.

    `reason` and `details` are those of the `ImportProblem`.
    """

    reason: str
    details: dict[str, Any]
    title: str = ""
    is_conversation: bool = True

    @classmethod
    def of(cls, problem: ImportProblem, title: str = "", *, is_conversation: bool = True) -> Self:
        """What the problem leaves unread."""
        return cls(problem.reason, problem.details, title[:MAX_TITLE], is_conversation)


Found = ImportedConversation | ImportedAssistant | Unread
"""What a file can have."""


def parse_file(file: OpenedFile) -> Iterator[Found]:
    """Everything in the file, and what cannot be read. Raises nothing, whatever is in the file."""
    number = 0
    try:
        for stream in file.streams():
            for element in elements(stream):
                number += 1
                if number > MAX_CONVERSATIONS:
                    raise ImportProblem("too_many", limit=MAX_CONVERSATIONS)
                is_assistant = isinstance(element, dict) and own.is_assistant(element)
                yield _assistant(element) if is_assistant else parse_conversation(element)
    except ImportProblem as problem:
        yield Unread.of(problem, is_conversation=False)
    except (MemoryError, RecursionError):
        yield Unread.of(ImportProblem("out_of_memory"), is_conversation=False)


def _assistant(value: dict[str, Any]) -> ImportedAssistant | Unread:
    try:
        return own.parse_assistant(value)
    except ImportProblem as problem:
        return Unread.of(problem, text(value.get("name")))


def parse_conversation(value: object) -> ImportedConversation | Unread:
    """The tree of one conversation, in whichever format it is."""
    if isinstance(value, ImportProblem):
        return Unread.of(value)
    found = value if isinstance(value, dict) else {}
    title = text(found.get("title")) or text(found.get("name"))
    try:
        conversation = _parse(found)
    except ImportProblem as problem:
        return Unread.of(problem, title)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return Unread.of(ImportProblem("broken"), title)
    conversation.title = _title(conversation)
    return conversation


def _parse(value: dict[str, Any]) -> ImportedConversation:
    for is_format, parse in FORMATS:
        if is_format(value):
            conversation = parse(value)
            if not conversation.messages and conversation.source is not Source.WEBCHAT:
                raise ImportProblem("empty")
            if len(conversation.messages) > MAX_MESSAGES:
                raise ImportProblem("too_long", limit=MAX_MESSAGES)
            if any(len(each.text) + len(each.reasoning) > MAX_TEXT for each in conversation.messages):
                raise ImportProblem("message_too_large", limit=MAX_TEXT)
            _note_left_out(conversation)
            return conversation
    raise ImportProblem("not_recognised")


def _note_left_out(conversation: ImportedConversation) -> None:
    """Parts that are not even kept do not count as kept but not shown."""
    parts = [part for message in conversation.messages for part in message.raw]
    number = sum(isinstance(part, LeftOut) for part in parts)
    if number:
        notes = conversation.notes
        notes["left_out"] = number
        notes["unshown"] = max(0, notes["unshown"] - number)


def _title(conversation: ImportedConversation) -> str:
    """The title on one line; the beginning of the first message if there is none."""
    title = " ".join(conversation.title[: 4 * MAX_TITLE].split())
    if not title and conversation.messages and conversation.source is not Source.WEBCHAT:
        title = " ".join(conversation.messages[0].text[: 4 * MAX_TITLE].split())[:60]
    return title[:MAX_TITLE]
