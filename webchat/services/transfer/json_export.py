"""The JSON export: lossless, with all branches. Its schema is documented in docs/export-format.md."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from webchat.services.parameters import without_headers
from webchat.services.transfer.file_entries import written_file
from webchat.services.transfer.reading import Piece
from webchat.storage.queries.exports import Row, WholeMessage
from webchat.storage.queries.files import OwnedFile
from webchat.storage.types import GenerationStatus, MessageStatus, utc_now

FORMAT = "webchat-export"
VERSION = 1
TEXT_AT_ONCE = 64 * 1024
"""Characters of a text that are written at once, so that a long one does not hold the event loop."""

_CONVERSATION = (
    "id",
    "title",
    "title_is_manual",
    "model",
    "system_prompt",
    "temperature",
    "created_at",
    "updated_at",
)
_MESSAGE = ("id", "parent_id", "role", "model", "created_at", "deleted_at", "raw")
_GENERATION = (
    "provider",
    "model",
    "system_prompt",
    "temperature",
    "started_at",
    "first_text_at",
    "finished_at",
    "finish_reason",
    "raw_finish_reason",
    "input_tokens",
    "output_tokens",
    "left_out",
    "files_shortened",
    "thought_ms",
    "error_code",
    "error_arguments",
)
_ATTEMPT = (
    "number",
    "provider",
    "model",
    "started_at",
    "first_text_at",
    "ended_at",
    "error_code",
    "error_arguments",
)


async def json_pieces(
    pieces: AsyncIterator[Piece],
    assistants: Sequence[dict[str, Any]] = (),
    assistant_names: Mapping[str, str] = MappingProxyType({}),
    name_of: Callable[[OwnedFile], str] = lambda file: "",
) -> AsyncIterator[str]:
    """The file, from what `reading.read` finds with `whole_trees`, and assistants as JSON.

    `assistant_names` are those of the conversations, by id; `name_of` gives the names of files.
    """
    head = {"format": FORMAT, "version": VERSION, "exported_at": utc_now()}
    text = _dumps(head)[:-1] + ',"conversations":['
    between = "\n"
    async for piece in pieces:
        if piece.is_first:
            text += between + _dumps(_conversation(piece, assistant_names, name_of))[:-1] + ',"messages":['
            between = ",\n"
        for number, message in enumerate(piece.messages):
            text += "\n" if piece.is_first and number == 0 else ",\n"
            for part in _message_text(message, name_of):
                text += part
                if len(text) >= TEXT_AT_ONCE:
                    yield text
                    text = ""
        if piece.is_last:
            text += "]}"
    text += "\n]"
    if assistants:
        text += ',"assistants":[\n' + ",\n".join(map(_dumps, assistants)) + "\n]"
    yield text + "}\n"


def _conversation(
    piece: Piece, assistant_names: Mapping[str, str], name_of: Callable[[OwnedFile], str]
) -> dict[str, Any]:
    row = piece.conversation
    known = _known(row, _CONVERSATION) | {"current_message_id": row["current_leaf_id"]}
    parameters = without_headers(row["parameters"])
    more = {
        "parameters": parameters,
        "assistant": assistant_names.get(row["assistant_id"] or ""),
        "files": [written_file(each, name_of(each)) for each in piece.files],
    }
    return known | {name: value for name, value in more.items() if value}


def _message_text(whole: WholeMessage, name_of: Callable[[OwnedFile], str]) -> Iterator[str]:
    """A message as JSON. The text of a deleted one is left out; the row is needed for what is below it."""
    row = whole.message
    known = _known(row, _MESSAGE)
    streaming = row["status"] is MessageStatus.STREAMING
    known["status"] = MessageStatus.INTERRUPTED if streaming else row["status"]
    deleted = row["deleted_at"] is not None
    if deleted:
        known.pop("raw", None)
    elif whole.files:
        known["files"] = [written_file(each, name_of(each)) for each in whole.files]
    if whole.generation is not None and not deleted:
        known["generation"] = _generation(whole.generation, whole.attempts)
    yield _dumps(known)[:-1]
    for name in ("content", "reasoning"):
        yield f',"{name}":"'
        text = "" if deleted else row[name]
        for at in range(0, len(text), TEXT_AT_ONCE):
            yield json.dumps(text[at : at + TEXT_AT_ONCE], ensure_ascii=False)[1:-1]
        yield '"'
    yield "}"


def _generation(row: Row, attempts: list[Row]) -> dict[str, Any]:
    running = row["status"] is GenerationStatus.RUNNING
    status = GenerationStatus.INTERRUPTED if running else row["status"]
    tried = [_known(attempt, _ATTEMPT) for attempt in attempts]
    return _known(row, _GENERATION) | {"status": status, "attempts": tried}


def _known(row: Row, names: tuple[str, ...]) -> dict[str, Any]:
    """The named values of a row, without those that are NULL."""
    return {name: row[name] for name in names if row[name] is not None}


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_moment)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
