"""Parses bytes as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from webchat.services.transfer.parsers.file_parser import Unread, parse_file
from webchat.services.transfer.parsers.files import OpenedFile
from webchat.services.transfer.parsers.tree import ImportedAssistant, ImportedConversation


def parsed(data: bytes) -> list[ImportedConversation | Unread]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        return [each for each in parse_file(OpenedFile(path)) if not isinstance(each, ImportedAssistant)]


def one(data: bytes) -> ImportedConversation:
    (found,) = parsed(data)
    assert isinstance(found, ImportedConversation), found.reason
    return found


def tree(conversation: ImportedConversation) -> list[tuple[str, str | None, str, str]]:
    """The id, parent, role and text of each message."""
    return [(each.id, each.parent, each.role.value, each.text) for each in conversation.messages]


def reasons(data: bytes) -> list[str]:
    return [each.reason if isinstance(each, Unread) else "" for each in parsed(data)]
