"""Open WebUI's export of chats: a list of chats, each with a tree of messages; old ones have only a list."""

from __future__ import annotations

import html
import re
from typing import Any

from webchat.messages import PictureDelta, Role
from webchat.providers.wire.data_urls import picture_of
from webchat.services.errors import ImportProblem
from webchat.services.transfer.parsers.fields import (
    assistant_name,
    identifier,
    listed,
    mapping,
    moment,
    raw,
    text,
)
from webchat.services.transfer.parsers.tree import (
    ImportedConversation,
    ImportedFile,
    ImportedMessage,
    Source,
    arrange,
)
from webchat.storage.statuses import MessageStatus

_DETAILS = re.compile(r'<details type="(reasoning|tool_calls)"[^>]{0,10000}>(.*?)</details>\n?', re.DOTALL)
_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
_QUOTED = re.compile(r"^> ?", re.MULTILINE)
_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}
_NAME = "Open WebUI"


def is_open_webui(value: dict[str, Any]) -> bool:
    """Whether it is a chat in this format, with or without the wrapper `chat`."""
    chat = value.get("chat", value)
    return isinstance(chat, dict) and (
        isinstance(mapping(chat.get("history")).get("messages"), dict)
        or ("chat" in value and isinstance(chat.get("messages"), list))
    )


def parse(value: dict[str, Any]) -> ImportedConversation:
    """The conversation.

    Raises:
        ImportProblem: it has no id.
    """
    chat = mapping(value.get("chat", value))
    id = identifier(value.get("id")) or identifier(chat.get("id"))
    if id is None:
        raise ImportProblem("no_id")
    title = text(value.get("title")) or text(chat.get("title"))
    result = ImportedConversation(Source.OPEN_WEBUI, id, title)
    result.created_at = moment(value.get("created_at")) or moment(chat.get("timestamp"))
    result.updated_at = moment(value.get("updated_at"))
    result.system_prompt = text(mapping(chat.get("params")).get("system"))
    result.assistant = _assistant(chat)
    history = mapping(chat.get("history"))
    found: list[ImportedMessage] = []
    if isinstance(history.get("messages"), dict):
        result.current = identifier(history.get("currentId"))
        for key, entry in history["messages"].items():
            if isinstance(entry, dict):
                found.append(_message(key, identifier(entry.get("parentId")), entry))
    else:
        for number, entry in enumerate(listed(chat.get("messages"))):
            if isinstance(entry, dict):
                before = found[-1].id if found else None
                found.append(_message(identifier(entry.get("id")) or f"message {number}", before, entry))
    result.notes["unshown"] += sum(len(message.raw) for message in found)
    parents = {message.id: message.parent for message in found}
    told = [message for message in found if message.role is not Role.SYSTEM]
    result.notes["hidden"] += len(found) - len(told)
    arrange(result, told, parents)
    return result


def _assistant(chat: dict[str, Any]) -> str:
    """The name that the answers give the only model of a chat; an assistant is a model there."""
    models = listed(chat.get("models"))
    if len(models) != 1:
        return ""
    messages = mapping(mapping(chat.get("history")).get("messages")).values() or listed(chat.get("messages"))
    names = [
        assistant_name(entry.get("modelName"))
        for entry in map(mapping, messages)
        if entry.get("model") == models[0]
    ]
    return next((name for name in reversed(names) if name), "")


def _message(id: str, parent: str | None, entry: dict[str, Any]) -> ImportedMessage:
    role = _ROLES.get(text(entry.get("role")), Role.SYSTEM)
    message = ImportedMessage(id, parent, role, created_at=moment(entry.get("timestamp")))
    model = text(entry.get("model"))
    if role is Role.ASSISTANT and model:
        message.model = f"{_NAME}:{model}"
    if output := listed(entry.get("output")):
        _read_output(message, output)
    if not message.text:
        _read_content(message, entry.get("content"), with_steps=not output)
    if role is Role.ASSISTANT and entry.get("error"):
        message.status = MessageStatus.ERROR
        message.raw.append(raw({"error": entry["error"]}))
    elif role is Role.ASSISTANT and entry.get("done") is False:
        message.status = MessageStatus.INTERRUPTED
    for file in listed(entry.get("files")):
        if found := _file(mapping(file)):
            message.files.append(found)
        else:
            message.raw.append(raw(file))
    return message


def _file(entry: dict[str, Any]) -> ImportedFile | None:
    """A picture that is in the export, or the text of a document, whose file is not."""
    inner = mapping(entry.get("file"))
    name = text(entry.get("name")) or text(inner.get("filename"))
    if picture := _picture(entry.get("url"), name or "picture", entry):
        return picture
    content = text(mapping(inner.get("data")).get("content"))
    if content:
        data = content.encode("utf-8", "replace")
        return ImportedFile(f"{name or 'document'}.txt", data=data, raw=raw(entry))
    return None


def _picture(address: object, name: str, entry: object) -> ImportedFile | None:
    """A picture that is in the export, as a `data:` URL."""
    url = text(address)
    found = picture_of(url) if url.startswith("data:") else None
    return ImportedFile(name, data=found.data, raw=raw(entry)) if isinstance(found, PictureDelta) else None


def _read_output(message: ImportedMessage, output: list[Any]) -> None:
    """Fill in an answer from the items of the Responses API."""
    words: list[str] = []
    thoughts: list[str] = []
    for item in map(mapping, output):
        parts = [text(mapping(part).get("text")) for part in listed(item.get("content"))]
        if item.get("type") == "message":
            words += parts
        elif item.get("type") == "reasoning":
            parts += [text(mapping(part).get("text")) for part in listed(item.get("summary"))]
            thoughts += parts
        elif item:
            message.raw.append(raw(item))
    message.text = "\n\n".join(part for part in words if part)
    message.reasoning = "\n\n".join(part for part in thoughts if part)


def _read_content(message: ImportedMessage, content: object, *, with_steps: bool) -> None:
    words: list[str] = []
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            words.append(part)
        elif mapping(part).get("type") == "text":
            words.append(text(mapping(part).get("text")))
        elif picture := _picture(mapping(mapping(part).get("image_url")).get("url"), "picture", part):
            message.files.append(picture)
        elif part is not None:
            message.raw.append(raw(part))
    whole = "\n\n".join(words)
    if message.role is not Role.ASSISTANT or "</details>" not in whole:
        message.text = whole
        return
    thoughts: list[str] = []
    for found in _DETAILS.finditer(whole):
        if found[1] == "reasoning":
            inner = _SUMMARY.sub("", found[2], count=1).strip()
            thoughts.append(html.unescape(_QUOTED.sub("", inner)))
        elif with_steps:
            message.raw.append(raw({"type": "tool_calls", "text": found[0]}))
    message.text = _DETAILS.sub("", whole).strip()
    message.reasoning = message.reasoning or "\n\n".join(thoughts)
