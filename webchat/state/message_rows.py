"""How a message of the database becomes a row on screen."""

from __future__ import annotations

from datetime import timedelta

from webchat.messages import FinishReason, Role
from webchat.state.rows import AttemptRow, MessageRow
from webchat.storage.queries.messages import BranchMessage
from webchat.storage.tables import Attempt, Generation
from webchat.storage.types import MessageStatus

_TITLES = {
    MessageStatus.ERROR: "This answer failed",
    MessageStatus.INTERRUPTED: "This answer was interrupted",
}
_INTERRUPTED = (
    "The server stopped while it was being written. What had come is kept; ask again for a whole one."
)


def message_row(shown: BranchMessage) -> MessageRow:
    """The row for one message, with what its answer took or why it failed."""
    message, generation = shown.message, shown.generation
    row = MessageRow(
        id=message.id,
        role=message.role.value,
        status=message.status.value,
        sent_as=message.client_id or "" if message.role is Role.USER else "",
        model=message.model or "",
    )
    if generation is not None:
        row.has_text = bool(message.content)
        row.version = f"{generation.finished_at:%M%S%f}" if generation.finished_at else ""
        if message.status is MessageStatus.INTERRUPTED:
            row.version = f"interrupted {row.version}"  # what message_store.js looks for
        if message.status is MessageStatus.STREAMING:
            row.began = generation.started_at.timestamp() * 1000
        row.can_continue = _cut_off(message.status, generation) and row.has_text
        row.note = _note(message.status, generation)
        row.error_title = _TITLES.get(message.status, "")
        if message.status is MessageStatus.ERROR:
            row.error_text = generation.error_message or ""
        elif message.status is MessageStatus.INTERRUPTED:
            row.error_text = _INTERRUPTED
    return row


def _cut_off(status: MessageStatus, generation: Generation) -> bool:
    """Whether an answer that did not fail lacks its end; `Sending.continue_answer` accepts it."""
    at_limit = generation.finish_reason is FinishReason.LENGTH
    return status is MessageStatus.STOPPED or (status is MessageStatus.COMPLETE and at_limit)


def _note(status: MessageStatus, generation: Generation) -> str:
    parts = ["Stopped"] if status is MessageStatus.STOPPED else []
    if generation.finished_at and status is not MessageStatus.INTERRUPTED:
        parts.append(_seconds(generation.finished_at - generation.started_at))
    if generation.left_out:
        parts.append(f"without the {generation.left_out} oldest messages, which do not fit into the model")
    if generation.output_tokens:
        parts.append(f"{generation.output_tokens} tokens")
    if generation.finish_reason is not None and generation.finish_reason.value == "length":
        parts.append("cut at the length limit")
    if generation.finish_reason is not None and generation.finish_reason.value == "content_filter":
        parts.append("ended by the provider's content filter")
    if generation.finish_reason is not None and generation.finish_reason.value == "tool_calls":
        parts.append("the model wanted to call a tool, which webchat does not offer")
    return " · ".join(parts)


def attempt_row(attempt: Attempt) -> AttemptRow:
    """The row for one try at one provider."""
    failed = attempt.error_code is not None
    times = []
    if attempt.first_text_at is not None:
        times.append(f"first text after {_short(attempt.first_text_at - attempt.started_at)}")
    if attempt.ended_at is not None:
        times.append(f"{_short(attempt.ended_at - attempt.started_at)} in all")
    outcome = "failed" if failed else "answered" if attempt.first_text_at is not None else "stopped"
    return AttemptRow(
        provider=attempt.provider,
        model=attempt.model,
        outcome=" · ".join([outcome, *times]),
        failed=failed,
        text=attempt.error_message or "",
    )


def _short(span: timedelta) -> str:
    seconds = span.total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.1f} s"
