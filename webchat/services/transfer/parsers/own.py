"""webchat's own export; its schema is documented in docs/export-format.md."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, TypeVar

from webchat.messages import MOST_TOKENS, FinishReason, Role
from webchat.services.errors import AdvancedInvalid, ImportProblem
from webchat.services.parameters import FIELDS, read_parameters, shown_parameters, without_headers
from webchat.services.transfer.parsers.fields import identifier, listed, mapping, moment, number, raw, text
from webchat.services.transfer.parsers.tree import (
    ImportedAttempt,
    ImportedConversation,
    ImportedFile,
    ImportedGeneration,
    ImportedMessage,
    Source,
    arrange,
)
from webchat.storage.types import GenerationStatus, MessageStatus

MAX_TRIES = 10_000
"""Maximum number of attempts of one answer, and of messages left out for it."""
_Word = TypeVar("_Word", bound=StrEnum)


def is_own(value: dict[str, Any]) -> bool:
    """Whether it is a conversation in this format."""
    return isinstance(value.get("messages"), list) and "current_message_id" in value


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
    result.parameters = _parameters(value.get("parameters"))
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
    message.files = [_file(mapping(each)) for each in listed(entry.get("files"))]
    status = _word(MessageStatus, entry.get("status"), MessageStatus.COMPLETE)
    message.status = MessageStatus.INTERRUPTED if status is MessageStatus.STREAMING else status
    if role is Role.ASSISTANT and isinstance(entry.get("generation"), dict):
        message.generation = _generation(entry["generation"], message)
    return message


def _file(entry: dict[str, Any]) -> ImportedFile:
    member = text(entry.get("content")).rpartition("/")[2]
    kept = entry.get("kept_tokens")
    return ImportedFile(text(entry.get("name")), member, kept_tokens=kept, raw=raw(entry))


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


def _parameters(value: object) -> dict[str, Any]:
    """The advanced parameters, without those that could not be entered. Headers are never imported."""
    stored = without_headers(mapping(value))
    found: dict[str, Any] = {}
    for name in (each for each in FIELDS if each in stored):
        with suppress(AdvancedInvalid, AttributeError, TypeError, ValueError, RecursionError):
            found |= read_parameters({name: shown_parameters({name: stored[name]})[name]}, {}, str)
    return found


def _word(vocabulary: type[_Word], value: object, otherwise: Any) -> Any:
    return vocabulary(value) if isinstance(value, str) and value in list(vocabulary) else otherwise


def _optional(entry: Mapping[str, Any], name: str) -> str | None:
    return entry[name] if isinstance(entry.get(name), str) else None


def _arguments(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    found = entry.get("error_arguments")
    return mapping(raw(found)) if isinstance(found, dict) else None


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else None
