"""Makes database rows of an imported conversation, with ids that are the same at every import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from webchat.services.transfer.parsers.tree import (
    ImportedAttempt,
    ImportedConversation,
    ImportedFile,
    ImportedGeneration,
    ImportedMessage,
    Source,
)
from webchat.storage.ids import derived_id
from webchat.storage.queries.exports import Row
from webchat.storage.queries.imports import NewRows

_UNKNOWN = datetime(1980, 1, 1, tzinfo=UTC)
"""The time of a conversation in whose file there is none."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The rows to add for a conversation."""

    conversation: Row
    new: NewRows
    ids: frozenset[str]
    """The ids of all its messages, also those that are already there."""
    files: dict[str, list[ImportedFile]]
    """The files of new messages, by message."""


def conversation_id(owner_id: str, conversation: ImportedConversation) -> str:
    """The id under which this owner's import of the conversation is saved."""
    return derived_id(_began(conversation), 0, owner_id, conversation.source, conversation.id)


def prepare(
    owner_id: str, conversation: ImportedConversation, id: str, depths: Mapping[str, int]
) -> Prepared:
    """The rows of a conversation that is saved as `id`.

    Args:
        owner_id: whose conversation it becomes.
        conversation: what is imported.
        id: the result of `conversation_id`, or the id of the same conversation in this database.
        depths: the depth of each message that is already there; no rows are made for those.
    """
    began = _began(conversation)
    new = NewRows([], [], [])
    files: dict[str, list[ImportedFile]] = {}
    places: dict[str, tuple[str, int, datetime]] = {}
    ties: Counter[tuple[str | None, int]] = Counter()
    for message in conversation.messages:
        parent_id, above, before = places[message.parent] if message.parent else (None, -1, began)
        moment = message.created_at or before
        tie = (parent_id, int(moment.timestamp() * 1000))
        key = (owner_id, conversation.source, conversation.id, message.id)
        its_own = conversation.source is Source.WEBCHAT and message.id in depths
        message_id = message.id if its_own else derived_id(moment, ties[tie], *key)
        ties[tie] += 1
        if message_id in depths:
            places[message.id] = (message_id, depths[message_id], moment)
            continue
        places[message.id] = (message_id, above + 1, moment)
        row = _message_row(message, message_id, parent_id, above + 1, moment) | {"conversation_id": id}
        new.messages.append(row)
        if message.files and message.deleted_at is None:
            files[message_id] = message.files
        if message.generation is not None:
            _add_generation(new, message.generation, row, key)
    current = places.get(conversation.current or "")
    leaf_id = current[0] if current else None
    ids = frozenset(place[0] for place in places.values())
    return Prepared(_conversation_row(conversation, id, began, leaf_id), new, ids, files)


def _began(conversation: ImportedConversation) -> datetime:
    if conversation.created_at is not None:
        return conversation.created_at
    return next((each.created_at for each in conversation.messages if each.created_at), _UNKNOWN)


def _conversation_row(
    conversation: ImportedConversation, id: str, began: datetime, leaf_id: str | None
) -> Row:
    return {
        "id": id,
        "title": conversation.title,
        "title_is_manual": conversation.title_is_manual,
        "model": conversation.model,
        "system_prompt": conversation.system_prompt,
        "temperature": conversation.temperature,
        "parameters": conversation.parameters or None,
        "current_leaf_id": leaf_id,
        "created_at": began,
        "updated_at": conversation.updated_at or began,
    }


def _message_row(
    message: ImportedMessage, id: str, parent_id: str | None, depth: int, moment: datetime
) -> Row:
    return {
        "id": id,
        "parent_id": parent_id,
        "depth": depth,
        "role": message.role,
        "content": message.text,
        "reasoning": message.reasoning,
        "model": message.model,
        "raw": message.raw or None,
        "status": message.status,
        "created_at": moment,
        "deleted_at": message.deleted_at,
        # The text of a deleted message is not in an export, so it cannot be restored.
        "erased_at": message.deleted_at,
    }


def _add_generation(new: NewRows, ran: ImportedGeneration, message: Row, key: tuple[str, ...]) -> None:
    id = derived_id(ran.started_at, 0, *key, "generation")
    values: dict[str, Any] = {name: getattr(ran, name) for name in ImportedGeneration.__slots__}
    del values["attempts"]
    ids = {"id": id, "message_id": message["id"], "conversation_id": message["conversation_id"]}
    new.generations.append(values | ids)
    for number, attempt in enumerate(ran.attempts, start=1):
        values = {name: getattr(attempt, name) for name in ImportedAttempt.__slots__}
        attempt_id = derived_id(attempt.started_at, number, *key, "attempt", str(number))
        new.attempts.append(values | {"id": attempt_id, "generation_id": id, "number": number})
