"""ChatGPT's data export: `conversations.json`, or `conversations-000.json` and so on.

A conversation is a mapping of nodes with their parents. An answer may be several nodes: thoughts, code, the
output of tools, and the text. Such steps are shown with the text that follows them.
"""

from __future__ import annotations

import re
from typing import Any

from webchat.messages import Role
from webchat.services.errors import ImportProblem
from webchat.services.transfer.parsers.fields import (
    fenced,
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

MAX_STEPS = 200
"""Maximum number of steps shown with one text."""
_MARKS = re.compile("\ue200[^\ue200\ue201]*\ue201")
"""References to search results, which only ChatGPT's own pages can show."""
_NAME = "ChatGPT"


def is_chatgpt(value: dict[str, Any]) -> bool:
    """Whether it is a conversation in this format."""
    return isinstance(value.get("mapping"), dict)


def parse(value: dict[str, Any]) -> ImportedConversation:
    """The conversation.

    Raises:
        ImportProblem: it has no id.
    """
    id = identifier(value.get("conversation_id")) or identifier(value.get("id"))
    if id is None:
        raise ImportProblem("no_id")
    result = ImportedConversation(Source.CHATGPT, id, text(value.get("title")))
    result.created_at = moment(value.get("create_time"))
    result.updated_at = moment(value.get("update_time"))
    result.current = identifier(value.get("current_node"))
    nodes = {id: mapping(node) for id, node in value["mapping"].items()}
    parents = _parents(nodes)
    contents = {id: _Content(node, value.get("default_model_slug")) for id, node in nodes.items()}
    result.notes["hidden"] += sum(content.is_hidden for content in contents.values())
    continued = {parents[id] for id, content in contents.items() if content.is_answer}
    found = []
    for id, content in contents.items():
        is_last_step = content.is_step and id not in continued
        if content.is_shown or is_last_step:
            message = ImportedMessage(id, parents[id], content.role, created_at=content.created_at)
            if content.role is Role.ASSISTANT:
                message.model = content.model
            steps = _steps(parents[id], parents, contents) if content.is_answer else []
            _fill(message, [*steps, content])
            if message.raw:
                result.notes["unshown"] += len(message.raw)
            found.append(message)
    arrange(result, found, parents)
    return result


def _parents(nodes: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    """The parent of each node, where it is missing from the lists of children."""
    listing = {
        child: id
        for id, node in nodes.items()
        for child in listed(node.get("children"))
        if isinstance(child, str)
    }
    return {
        id: identifier(node.get("parent")) if "parent" in node else listing.get(id)
        for id, node in nodes.items()
    }


class _Content:
    """What one node says, and whether it is a message, a step towards one, or hidden."""

    def __init__(self, node: dict[str, Any], default_model: object) -> None:
        message = mapping(node.get("message"))
        metadata = mapping(message.get("metadata"))
        author = text(mapping(message.get("author")).get("role"))
        content = mapping(message.get("content"))
        kind = text(content.get("content_type"))
        self.role = Role.USER if author == "user" else Role.ASSISTANT
        self.created_at = moment(message.get("create_time"))
        model = text(metadata.get("model_slug")) or text(default_model)
        self.model = f"{_NAME}:{model}" if model else None
        self.words: list[str] = []
        self.thoughts: list[str] = []
        self.raw: list[Any] = []
        self.files: list[ImportedFile] = []
        self._attachments = {
            text(each.get("id")): each for each in map(mapping, listed(metadata.get("attachments")))
        }
        if author in ("user", "assistant", "tool"):
            self._read(content, kind, author)
            for id, each in self._attachments.items():
                if id and id not in {file.member for file in self.files}:
                    self.files.append(ImportedFile(text(each.get("name")), id, raw=raw(each)))
        there = bool(self.words or self.thoughts or self.raw or self.files)
        marked = metadata.get("is_visually_hidden_from_conversation") is True
        hidden = marked or _is_zero(message.get("weight")) or kind == "user_editable_context"
        self.is_hidden = there and hidden
        visible = there and not self.is_hidden
        to_a_tool = text(message.get("recipient")) not in ("", "all")
        only_thoughts = bool(self.thoughts) and not self.words and not self.raw and not self.files
        self.is_answer = visible and self.role is Role.ASSISTANT
        self.is_step = self.is_answer and (author == "tool" or to_a_tool or only_thoughts)
        self.is_shown = visible and not self.is_step

    def _read(self, content: dict[str, Any], kind: str, author: str) -> None:
        if kind in ("text", "multimodal_text", ""):
            for part in listed(content.get("parts")):
                self._add_part(part, author)
        elif kind == "code":
            code, language = text(content.get("text")), text(content.get("language"))
            if code:
                known = language if re.fullmatch(r"[\w+#-]{1,30}", language) and language != "unknown" else ""
                self.words.append(fenced(code, known))
        elif kind == "execution_output":
            if output := text(content.get("text")):
                self.words.append(fenced(output))
        elif kind == "thoughts":
            for thought in map(mapping, listed(content.get("thoughts"))):
                parts = [text(thought.get("summary")), text(thought.get("content"))]
                if any(parts):
                    self.thoughts.append("\n".join(part for part in parts if part))
        elif kind == "reasoning_recap":
            if recap := text(content.get("content")):
                self.thoughts.append(recap)
        elif kind == "tether_quote":
            quote = [text(content.get(name)) for name in ("title", "url", "text")]
            lines = "\n".join(part for part in quote if part).splitlines()
            if lines:
                self.words.append("\n".join(f"> {line}" for line in lines))
        elif content:
            self.raw.append(raw(content))

    def _add_part(self, part: object, author: str) -> None:
        found = mapping(part)
        if isinstance(part, str):
            words = _MARKS.sub("", part)
            if words.strip():
                self.words.append(fenced(words) if author == "tool" else words)
        elif found.get("content_type") == "audio_transcription" and text(found.get("text")):
            self.words.append(text(found.get("text")))
        elif id := text(found.get("asset_pointer")).rpartition("/")[2]:
            name = text(mapping(self._attachments.get(id)).get("name"))
            self.files.append(ImportedFile(name or "picture", id, raw=raw(part)))
        elif part is not None:
            self.raw.append(raw(part))


def _steps(id: str | None, parents: dict[str, str | None], contents: dict[str, _Content]) -> list[_Content]:
    """The steps above a node, up to the message before, oldest first."""
    found: list[_Content] = []
    seen: set[str] = set()
    while id is not None and id in contents and id not in seen and len(seen) < MAX_STEPS:
        content = contents[id]
        if content.is_shown:
            break
        if content.is_step:
            found.append(content)
        seen.add(id)
        id = parents[id]
    return found[::-1]


def _fill(message: ImportedMessage, contents: list[_Content]) -> None:
    message.text = "\n\n".join(words for content in contents for words in content.words)
    message.reasoning = "\n\n".join(words for content in contents for words in content.thoughts)
    message.raw = [part for content in contents for part in content.raw]
    message.files = [file for content in contents for file in content.files]


def _is_zero(weight: object) -> bool:
    return weight is not None and not isinstance(weight, bool) and weight == 0
