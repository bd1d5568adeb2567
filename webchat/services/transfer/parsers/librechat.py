"""LibreChat's export of a conversation as JSON: a list of messages, or a tree of nested ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from webchat.messages import Role
from webchat.services.errors import ImportProblem
from webchat.services.transfer.parsers.fields import identifier, listed, mapping, moment, raw, text
from webchat.services.transfer.parsers.tree import ImportedConversation, ImportedMessage, Source, arrange
from webchat.storage.statuses import MessageStatus

_ROOT = "00000000-0000-0000-0000-000000000000"
"""The parent of a first message."""
_NAME = "LibreChat"


def is_librechat(value: dict[str, Any]) -> bool:
    """Whether it is a conversation in this format."""
    has_messages = isinstance(value.get("messages"), list) or isinstance(value.get("messagesTree"), list)
    return "conversationId" in value and has_messages


def parse(value: dict[str, Any]) -> ImportedConversation:
    """The conversation.

    Raises:
        ImportProblem: it has no id.
    """
    id = identifier(value.get("conversationId"))
    if id is None:
        raise ImportProblem("no_id")
    result = ImportedConversation(Source.LIBRECHAT, id, text(value.get("title")))
    options = mapping(value.get("options"))
    result.system_prompt = text(options.get("promptPrefix"))
    found: list[ImportedMessage] = []
    for number, (entry, above) in enumerate(_entries(value)):
        parent = identifier(entry.get("parentMessageId")) or above
        if parent is None and value.get("recursive") is not True and "parentMessageId" not in entry and found:
            parent = found[-1].id  # an export without branches
        found.append(_message(entry, number, None if parent == _ROOT else parent, options))
    times = [message.created_at for message in found if message.created_at]
    result.created_at, result.updated_at = min(times, default=None), max(times, default=None)
    result.notes["unshown"] += sum(len(message.raw) for message in found)
    # The file does not say what is shown: the newest message.
    newest = max(found, key=lambda each: each.created_at.timestamp() if each.created_at else 0, default=None)
    result.current = newest.id if newest and newest.created_at else found[-1].id if found else None
    arrange(result, found, {message.id: message.parent for message in found})
    return result


def _entries(value: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Each message with the id of the one it is nested in, parents first."""
    first = listed(value.get("messages")) or listed(value.get("messagesTree"))
    waiting: list[tuple[Any, str | None]] = [(entry, None) for entry in reversed(first)]
    while waiting:
        entry, above = waiting.pop()
        if isinstance(entry, dict):
            yield entry, above
            id = identifier(entry.get("messageId"))
            waiting += [(child, id) for child in reversed(listed(entry.get("children")))]


def _message(
    entry: dict[str, Any], number: int, parent: str | None, options: dict[str, Any]
) -> ImportedMessage:
    asked = entry.get("isCreatedByUser") is True
    message = ImportedMessage(
        identifier(entry.get("messageId")) or f"message {number}",
        parent,
        Role.USER if asked else Role.ASSISTANT,
        created_at=moment(entry.get("createdAt")),
    )
    model = text(entry.get("model")) or text(options.get("model"))
    if not asked and model:
        message.model = f"{_NAME}:{model}"
    words: list[str] = []
    thoughts: list[str] = []
    for part in listed(entry.get("content")):
        block = mapping(part)
        if block.get("type") == "text":
            inner = block.get("text")
            words.append(text(inner) or text(mapping(inner).get("value")))
        elif block.get("type") == "think":
            inner = block.get("think")
            thoughts.append(text(inner) or text(mapping(inner).get("value")))
        elif part is not None:
            message.raw.append(raw(part))
    message.text = "\n\n".join(part for part in words if part) or text(entry.get("text"))
    message.reasoning = "\n\n".join(part for part in thoughts if part)
    message.raw += [raw(file) for name in ("files", "attachments") for file in listed(entry.get(name))]
    if not asked and entry.get("error") is True:
        message.status = MessageStatus.ERROR
    elif not asked and entry.get("unfinished") is True:
        message.status = MessageStatus.INTERRUPTED
    return message
