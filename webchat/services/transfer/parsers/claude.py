"""Claude's data export: `conversations.json`. It has parents, but no names of models."""

from __future__ import annotations

from typing import Any

from webchat.messages import Role
from webchat.services.errors import ImportProblem
from webchat.services.transfer.parsers.fields import fenced, identifier, listed, mapping, moment, raw, text
from webchat.services.transfer.parsers.tree import ImportedConversation, ImportedMessage, Source, arrange

_ROOT = "00000000-0000-4000-8000-000000000000"
"""The parent of a first message."""


def is_claude(value: dict[str, Any]) -> bool:
    """Whether it is a conversation in this format."""
    return isinstance(value.get("chat_messages"), list)


def parse(value: dict[str, Any]) -> ImportedConversation:
    """The conversation.

    Raises:
        ImportProblem: it has no id.
    """
    id = identifier(value.get("uuid"))
    if id is None:
        raise ImportProblem("no_id")
    result = ImportedConversation(Source.CLAUDE, id, text(value.get("name")))
    result.created_at = moment(value.get("created_at"))
    result.updated_at = moment(value.get("updated_at"))
    found: list[ImportedMessage] = []
    entries = [entry for entry in value["chat_messages"] if isinstance(entry, dict)]
    has_parents = any("parent_message_uuid" in entry for entry in entries)
    for number, entry in enumerate(entries):
        message_id = identifier(entry.get("uuid")) or f"message {number}"
        before = found[-1].id if found else None
        parent = identifier(entry.get("parent_message_uuid")) if has_parents else before
        message = ImportedMessage(
            message_id,
            None if parent == _ROOT else parent,
            Role.USER if entry.get("sender") == "human" else Role.ASSISTANT,
            created_at=moment(entry.get("created_at")),
        )
        _fill(message, entry)
        result.notes["unshown"] += len(message.raw)
        found.append(message)
    result.current = identifier(value.get("current_leaf_message_uuid")) or (found[-1].id if found else None)
    arrange(result, found, {message.id: message.parent for message in found})
    return result


def _fill(message: ImportedMessage, entry: dict[str, Any]) -> None:
    words: list[str] = []
    thoughts: list[str] = []
    for part in listed(entry.get("content")):
        block = mapping(part)
        kind = block.get("type")
        if kind == "text":
            words.append(text(block.get("text")))
        elif kind == "thinking":
            thoughts.append(text(block.get("thinking")))
        elif kind not in ("token_budget",):
            message.raw.append(raw(part))
    if not any(words):
        words = [text(entry.get("text"))]
    for attachment in map(mapping, listed(entry.get("attachments"))):
        if content := text(attachment.get("extracted_content")):
            words.append(f"{text(attachment.get('file_name')) or 'Attachment'}:\n\n{fenced(content)}")
        elif attachment:
            message.raw.append(raw(attachment))
    message.raw += [raw(file) for file in listed(entry.get("files")) if file]
    message.text = "\n\n".join(part for part in words if part)
    message.reasoning = "\n\n".join(part for part in thoughts if part)
