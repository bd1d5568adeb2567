"""webchat's own export; its schema is documented in docs/export-format.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from webchat.messages import MOST_TOKENS, FinishReason, Role
from webchat.services.assistants.portable import ASSISTANT
from webchat.services.assistants.values import MAX_FILES
from webchat.services.errors import ImportProblem
from webchat.services.parameters import imported_parameters
from webchat.services.transfer.parsers.fields import (
    assistant_name,
    identifier,
    listed,
    mapping,
    moment,
    number,
    raw,
    text,
)
from webchat.services.transfer.parsers.file_entries import read_file
from webchat.services.transfer.parsers.tree import (
    ImportedAssistant,
    ImportedAttempt,
    ImportedConversation,
    ImportedGeneration,
    ImportedMessage,
    Source,
    arrange,
)
from webchat.storage.statuses import GenerationStatus, MessageStatus

MAX_TRIES = 10_000
"""Maximum number of attempts of one answer, and of messages left out for it."""
MAX_ASSISTANT = 1024 * 1024
"""Characters of an assistant with its picture."""
_Word = TypeVar("_Word", bound=StrEnum)


def is_own(value: dict[str, Any]) -> bool:
    """Whether it is a conversation in this format."""
    return isinstance(value.get("messages"), list) and "current_message_id" in value


def is_assistant(value: dict[str, Any]) -> bool:
    """Whether it is an assistant."""
    return value.get("type") == ASSISTANT


def parse_assistant(value: dict[str, Any]) -> ImportedAssistant:
    """The assistant.

    Raises:
        ImportProblem: it is larger than `MAX_ASSISTANT`.
    """
    written = json.dumps(value, default=float)  # numbers are read as decimals
    if len(written) > MAX_ASSISTANT:
        raise ImportProblem("too_large", limit=MAX_ASSISTANT)
    return ImportedAssistant(json.loads(written), len(written))


def parse(value: dict[str, Any]) -> ImportedConversation:
    """The conversation.

    Raises:
        ImportProblem: it has no id.
    """
    id = identifier(value.get("id"))
    if id is None:
        raise ImportProblem("no_id")
    result = ImportedConversation(Source.WEBCHAT, id, text(value.get("title")))
    result.title_is_manual = value.get("title_is_manual") is True
    result.model = text(value.get("model")) or None
    result.system_prompt = text(value.get("system_prompt"))
    result.temperature = number(value.get("temperature"))
    result.parameters = imported_parameters(value.get("parameters"))
    result.assistant = assistant_name(value.get("assistant"))
    result.files = [read_file(mapping(each)) for each in listed(value.get("files"))[:MAX_FILES]]
    result.created_at = moment(value.get("created_at"))
    result.updated_at = moment(value.get("updated_at"))
    result.current = identifier(value.get("current_message_id"))
    found = []
    for position, entry in enumerate(value["messages"]):
        if isinstance(entry, dict):
            found.append(_message(entry, position))
    arrange(result, found, {message.id: message.parent for message in found})
    return result


def _message(entry: dict[str, Any], position: int) -> ImportedMessage:
    role = _word(Role, entry.get("role"), Role.ASSISTANT)
    message = ImportedMessage(
        identifier(entry.get("id")) or f"message {position}", identifier(entry.get("parent_id")), role
    )
    message.text, message.reasoning = text(entry.get("content")), text(entry.get("reasoning"))
    message.model = text(entry.get("model")) or None
    message.created_at = moment(entry.get("created_at"))
    message.deleted_at = moment(entry.get("deleted_at"))
    message.raw = [raw(part) for part in listed(entry.get("raw"))]
    message.files = [read_file(mapping(each)) for each in listed(entry.get("files"))]
    status = _word(MessageStatus, entry.get("status"), MessageStatus.COMPLETE)
    message.status = MessageStatus.INTERRUPTED if status is MessageStatus.STREAMING else status
    if role is Role.ASSISTANT and isinstance(entry.get("generation"), dict):
        message.generation = _generation(entry["generation"], message)
    return message


def _generation(entry: dict[str, Any], message: ImportedMessage) -> ImportedGeneration | None:
    started_at = moment(entry.get("started_at")) or message.created_at
    if started_at is None:
        return None
    status = _word(GenerationStatus, entry.get("status"), GenerationStatus.COMPLETE)
    tried = [mapping(each) for each in listed(entry.get("attempts"))[:MAX_TRIES]]
    return ImportedGeneration(
        provider=text(entry.get("provider")),
        model=text(entry.get("model")),
        status=GenerationStatus.INTERRUPTED if status is GenerationStatus.RUNNING else status,
        system_prompt=text(entry.get("system_prompt")),
        temperature=number(entry.get("temperature")),
        started_at=started_at,
        first_text_at=moment(entry.get("first_text_at")),
        finished_at=moment(entry.get("finished_at")),
        finish_reason=_word(FinishReason, entry.get("finish_reason"), None),
        raw_finish_reason=_optional(entry, "raw_finish_reason"),
        input_tokens=_count(entry.get("input_tokens")),
        output_tokens=_count(entry.get("output_tokens")),
        left_out=_count(entry.get("left_out")) or 0,
        files_shortened=_count(entry.get("files_shortened")) or 0,
        thought_ms=_count(entry.get("thought_ms")),
        error_code=_optional(entry, "error_code"),
        error_arguments=_arguments(entry),
        attempts=[
            ImportedAttempt(
                provider=text(each.get("provider")),
                model=text(each.get("model")),
                started_at=moment(each.get("started_at")) or started_at,
                first_text_at=moment(each.get("first_text_at")),
                ended_at=moment(each.get("ended_at")),
                error_code=_optional(each, "error_code"),
                error_arguments=_arguments(each),
            )
            for each in tried
        ],
    )


def _word(vocabulary: type[_Word], value: object, otherwise: Any) -> Any:
    return vocabulary(value) if isinstance(value, str) and value in list(vocabulary) else otherwise


def _optional(entry: Mapping[str, Any], name: str) -> str | None:
    return entry[name] if isinstance(entry.get(name), str) else None


def _arguments(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    found = entry.get("error_arguments")
    return mapping(raw(found)) if isinstance(found, dict) else None


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None
