"""Small exports in the shapes of other apps."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

NIL = "00000000-0000-0000-0000-000000000000"


def node(id: str, parent: str | None, role: str = "user", *parts: Any, **more: Any) -> dict[str, Any]:
    """A node of ChatGPT's mapping. `content` and `metadata` replace what is made from the rest."""
    content = more.pop("content", {"content_type": "text", "parts": list(parts)})
    metadata = more.pop("metadata", {"model_slug": "gpt-x"} if role == "assistant" else {})
    message = {
        "id": id,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": 1_700_000_000.25,
        "content": content,
        "status": "finished_successfully",
        "weight": 1.0,
        "metadata": metadata,
        "recipient": "all",
        "channel": None,
    }
    return {"id": id, "parent": parent, "children": [], "message": message | more}


def chatgpt(*nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    root: dict[str, Any] = {"id": "root", "parent": None, "children": [], "message": None}
    return {
        "id": "c1",
        "conversation_id": "c1",
        "title": "A talk",
        "create_time": 1_700_000_000.0,
        "update_time": 1_700_000_100.5,
        "current_node": nodes[-1]["id"] if nodes else "root",
        "default_model_slug": None,
        "mapping": {each["id"]: each for each in (root, *nodes)},
    } | more


def claude(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "uuid": "k1",
        "name": "A talk",
        "created_at": "2026-01-02T03:04:05.678901Z",
        "updated_at": "2026-01-02T04:04:05.678901Z",
        "chat_messages": list(messages),
    } | more


def claude_message(id: str, parent: str, sender: str, *content: Any, **more: Any) -> dict[str, Any]:
    return {
        "uuid": id,
        "parent_message_uuid": parent,
        "sender": sender,
        "text": "",
        "content": list(content),
        "created_at": "2026-01-02T03:04:05Z",
        "attachments": [],
        "files": [],
    } | more


def open_webui(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    history = {
        "currentId": messages[-1]["id"],
        "messages": {message["id"]: message for message in messages},
    }
    return {
        "id": "w1",
        "user_id": "u",
        "title": "A talk",
        "created_at": 1_700_000_000,
        "updated_at": 1_700_000_500,
        "chat": {"title": "A talk", "models": ["m"], "history": history},
    } | more


def webui_message(id: str, parent: str | None, role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "parentId": parent,
        "childrenIds": [],
        "role": role,
        "content": content,
        "timestamp": 1_700_000_001,
    } | more


def librechat(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "conversationId": "l1",
        "endpoint": "openAI",
        "title": "A talk",
        "exportAt": "14:00:00 GMT+0100",
        "branches": True,
        "recursive": False,
        "options": {"model": "gpt-o"},
        "messages": list(messages),
    } | more


def libre_message(id: str, parent: str, asked: bool, text: str = "", **more: Any) -> dict[str, Any]:
    return {
        "messageId": id,
        "parentMessageId": parent,
        "sender": "User" if asked else "GPT",
        "isCreatedByUser": asked,
        "text": text,
        "model": None if asked else "gpt-l",
        "error": False,
        "unfinished": False,
        "createdAt": f"2026-01-02T03:04:0{len(id)}.000Z",
    } | more


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def as_zip(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()
