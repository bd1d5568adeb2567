"""The neutral tree that every parser makes of a conversation, with the parts that cannot be shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from webchat.messages import FinishReason, Role
from webchat.storage.statuses import GenerationStatus, MessageStatus


class Source(StrEnum):
    """The app a conversation comes from; part of the ids of its messages, so never change a value."""

    CHATGPT = "chatgpt"
    CLAUDE = "claude"
    OPEN_WEBUI = "open_webui"
    LIBRECHAT = "librechat"
    WEBCHAT = "webchat"


@dataclass(frozen=True, slots=True)
class ImportedAssistant:
    """An assistant as `webchat.services.assistants.portable` reads it."""

    entry: dict[str, Any]
    size: int
    """Characters it is written in."""


@dataclass(slots=True)
class ImportedAttempt:
    """One attempt of a generation; see `webchat.storage.tables.Attempt`."""

    provider: str
    model: str
    started_at: datetime
    first_text_at: datetime | None = None
    ended_at: datetime | None = None
    error_code: str | None = None
    error_arguments: dict[str, Any] | None = None


@dataclass(slots=True)
class ImportedGeneration:
    """How an answer came about; see `webchat.storage.tables.Generation`."""

    provider: str
    model: str
    status: GenerationStatus
    system_prompt: str
    temperature: float | None
    started_at: datetime
    first_text_at: datetime | None
    finished_at: datetime | None
    finish_reason: FinishReason | None
    raw_finish_reason: str | None
    input_tokens: int | None
    output_tokens: int | None
    left_out: int
    files_shortened: int
    thought_ms: int | None
    error_code: str | None
    error_arguments: dict[str, Any] | None
    attempts: list[ImportedAttempt] = field(default_factory=list)


@dataclass(slots=True)
class ImportedFile:
    """A file of a message.

    Its content is `data`, or the file of the archive whose name begins with `member`. `raw` is what is kept
    with the message if there is no such file.
    """

    name: str
    member: str = ""
    data: bytes = b""
    kept_tokens: object = None
    raw: Any = None


@dataclass(slots=True)
class ImportedMessage:
    """A message. `id` and `parent` are those of its source; `raw` has the parts that cannot be shown."""

    id: str
    parent: str | None
    role: Role
    text: str = ""
    reasoning: str = ""
    model: str | None = None
    created_at: datetime | None = None
    raw: list[Any] = field(default_factory=list)
    status: MessageStatus = MessageStatus.COMPLETE
    deleted_at: datetime | None = None
    generation: ImportedGeneration | None = None
    files: list[ImportedFile] = field(default_factory=list)


@dataclass(slots=True)
class ImportedConversation:
    """A conversation. Its messages are in an order in which parents come first.

    `current` is the id of the last message that is shown, `assistant` the name of its assistant, `files` are
    those it was begun with. `notes` counts what is not shown as it was, by kind (`unshown`, `left_out`,
    `hidden`, `orphans`, `repeated`).
    """

    source: Source
    id: str
    title: str = ""
    title_is_manual: bool = False
    model: str | None = None
    system_prompt: str = ""
    temperature: float | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    assistant: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    current: str | None = None
    files: list[ImportedFile] = field(default_factory=list)
    messages: list[ImportedMessage] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def arrange(
    conversation: ImportedConversation, found: list[ImportedMessage], parents: Mapping[str, str | None]
) -> None:
    """Put the messages `found` into the conversation as a tree, parents first.

    A message whose parent is not among them goes below its nearest ancestor in `parents` that is; without
    one, or in a circle, it starts a branch of its own. Of several messages with one id the first is kept.
    """
    kept: dict[str, ImportedMessage] = {}
    for message in found:
        if message.id in kept:
            conversation.notes["repeated"] += 1
        else:
            kept[message.id] = message
    nearest = _Nearest(kept, parents)
    below: dict[str | None, list[ImportedMessage]] = {}
    for message in kept.values():
        wanted = message.parent
        message.parent = nearest.of(wanted)
        if wanted is not None and message.parent is None and wanted not in parents:
            conversation.notes["orphans"] += 1
        below.setdefault(message.parent, []).append(message)
    placed: set[str] = set()
    conversation.messages = _downward(below, None, placed)
    for message in kept.values():
        if message.id not in placed:  # in a circle, or below one
            below[message.parent] = [each for each in below[message.parent] if each is not message]
            message.parent = None
            conversation.notes["orphans"] += 1
            placed.add(message.id)
            conversation.messages += [message, *_downward(below, message.id, placed)]
    if conversation.current is not None:
        conversation.current = nearest.of(conversation.current)
    if conversation.current is None and conversation.messages:
        conversation.current = conversation.messages[-1].id


def _downward(
    below: Mapping[str | None, list[ImportedMessage]], start: str | None, placed: set[str]
) -> list[ImportedMessage]:
    """The messages below `start`, level by level."""
    level = list(below.get(start, ()))
    found: list[ImportedMessage] = []
    while level:
        level = [message for message in level if message.id not in placed]
        placed.update(message.id for message in level)
        found += level
        level = [child for message in level for child in below.get(message.id, ())]
    return found


class _Nearest:
    """Finds the nearest kept ancestor; each link is followed once."""

    def __init__(self, kept: Mapping[str, ImportedMessage], parents: Mapping[str, str | None]) -> None:
        self._kept, self._parents = kept, parents
        self._known: dict[str, str | None] = {}

    def of(self, id: str | None) -> str | None:
        """The id itself if it is kept, else that of its nearest kept ancestor."""
        passed: dict[str, None] = {}
        while id is not None and id not in self._kept and id not in self._known and id not in passed:
            passed[id] = None
            id = self._parents.get(id)
        found = id if id in self._kept else self._known.get(id) if id is not None else None
        self._known.update(dict.fromkeys(passed, found))
        return found
