"""Converts messages from the database to rows for the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from webchat.messages import FinishReason
from webchat.services.chat.versions import version_of
from webchat.services.usage import Price
from webchat.state.days import day_and_time
from webchat.state.rows import AttemptRow, ComparedRow, FactRow, MessageRow
from webchat.storage.queries.branches import BranchMessage
from webchat.storage.tables import Attempt, Generation
from webchat.storage.types import MessageStatus
from webchat.words.errors import message
from webchat.words.language import ENGLISH, speaking
from webchat.words.numbers import measured
from webchat.words.text import gettext_noop, localized, ngettext, t

_TITLES = {
    MessageStatus.ERROR: gettext_noop("This answer failed"),
    MessageStatus.INTERRUPTED: gettext_noop("This answer was interrupted"),
}
_COMPARED = ("Time", "Speed", "Tokens", "Cost")
"""The facts by which answers are compared."""
_INTERRUPTED = gettext_noop(
    "The server stopped while this answer was being written. What arrived is saved. Try again for a "
    "complete answer."
)


def message_row(shown: BranchMessage) -> MessageRow:
    """The row for one message, with the time and tokens its answer took, or why it failed."""
    message, generation = shown.message, shown.generation
    row = MessageRow(
        id=message.id,
        role=message.role.value,
        status=message.status.value,
        sent_as=" ".join(shown.client_ids),
        model=message.model or "",
        model_name=(message.model or "").partition(":")[2] or message.model or "",
        version=version_of(shown),
    )
    if generation is not None:
        row.has_text = bool(message.content)
        if message.status is MessageStatus.STREAMING:
            row.began = generation.started_at.timestamp() * 1000
        row.thought = generation.thought_ms or 0
        row.cut_off = _cut_off(message.status, generation) if row.has_text else ""
        row.note = _note(message.status, generation)
        row.error_title = t(_TITLES[message.status]) if message.status in _TITLES else ""
        if message.status is MessageStatus.ERROR:
            row.error_text = _error_text(generation)
            row.error_reference = generation.id
            with speaking(ENGLISH):
                row.needs_settings = "in Settings" in _error_text(generation)
        elif message.status is MessageStatus.INTERRUPTED:
            row.error_text = t(_INTERRUPTED)
    return row


def _cut_off(status: MessageStatus, generation: Generation) -> str:
    """Why an answer that did not fail is incomplete; `FurtherAnswers.continue_answer` accepts it then."""
    if status is MessageStatus.STOPPED:
        return t("Stopped")
    at_limit = generation.finish_reason is FinishReason.LENGTH
    return t("Reached the length limit") if status is MessageStatus.COMPLETE and at_limit else ""


def _note(status: MessageStatus, generation: Generation) -> str:
    parts = [t("Stopped")] if status is MessageStatus.STOPPED else []
    if generation.finished_at and status is not MessageStatus.INTERRUPTED:
        parts.append(_measured(generation.finished_at - generation.started_at))
    if generation.left_out:
        parts.append(
            ngettext(
                "{count} oldest message left out (context full)",
                "{count} oldest messages left out (context full)",
                generation.left_out,
            )
        )
    if generation.files_shortened:
        parts.append(
            ngettext(
                "{count} file shortened (context full)",
                "{count} files shortened (context full)",
                generation.files_shortened,
            )
        )
    if generation.output_tokens:
        parts.append(ngettext("{count} token", "{count} tokens", generation.output_tokens))
    if generation.finish_reason is not None and generation.finish_reason.value == "length":
        parts.append(t("cut off at the length limit"))
    if generation.finish_reason is not None and generation.finish_reason.value == "content_filter":
        parts.append(t("stopped by the provider's content filter"))
    if generation.finish_reason is not None and generation.finish_reason.value == "tool_calls":
        parts.append(t("the model wanted to call a tool, which webchat does not support"))
    return " · ".join(parts)


def fact_rows(shown: BranchMessage, prices: Mapping[str, Price], time_zone: str = "") -> list[FactRow]:
    """What is known about an answer: who wrote it, when in the reader's time zone, how fast, and what it
    cost; `prices` by `Provider:model`."""
    generation = shown.generation
    provider, _, model = (shown.message.model or "").partition(":")
    facts = {t("Provider"): provider, t("Model"): model}
    if generation is not None:
        facts = {t("Provider"): generation.provider, t("Model"): generation.model} | _times(
            generation, time_zone
        )
        known = {"in": generation.input_tokens, "out": generation.output_tokens}
        tokens = {way: number for way, number in known.items() if number is not None}
        ways = {"in": gettext_noop("{number:,} in"), "out": gettext_noop("{number:,} out")}
        facts[t("Tokens")] = " · ".join(t(ways[way], number=number) for way, number in tokens.items())
        price = prices.get(f"{generation.provider}:{generation.model}")
        if price is not None and tokens:
            cost = tokens.get("in", 0) * price.input + tokens.get("out", 0) * price.output
            facts[t("Cost")] = localized(f"{cost / 1_000_000:.4f}")
    return [FactRow(name, value) for name, value in facts.items() if value]


def compared_row(shown: BranchMessage, prices: Mapping[str, Price]) -> ComparedRow:
    """The row for one of the answers that stand side by side; `prices` as of `fact_rows`."""
    facts = {fact.name: fact for fact in fact_rows(shown, prices)}
    return ComparedRow(
        **vars(message_row(shown)),
        provider=(shown.message.model or "").partition(":")[0],
        facts=[facts[t(name)] for name in _COMPARED if t(name) in facts],
    )


def _times(generation: Generation, time_zone: str) -> dict[str, str]:
    facts = {t("Began"): day_and_time(generation.started_at, time_zone)}
    first, end = generation.first_text_at, generation.finished_at
    if end is not None:
        facts[t("Time")] = _measured(end - generation.started_at)
        if first is not None:
            facts[t("Time")] = t(
                "{time}, first text after {first}",
                time=_measured(end - generation.started_at),
                first=_measured(first - generation.started_at),
            )
            writing = (end - first).total_seconds()
            if generation.output_tokens and writing > 0:
                facts[t("Speed")] = t(
                    "{number:,.0f} tokens a second", number=generation.output_tokens / writing
                )
    return facts


_OUTCOMES = {
    "failed": gettext_noop("failed"),
    "answered": gettext_noop("answered"),
    "stopped": gettext_noop("stopped"),
}
_AFTER = {
    "failed": gettext_noop("failed after {time}"),
    "answered": gettext_noop("answered in {time}"),
    "stopped": gettext_noop("stopped after {time}"),
}


def attempt_row(attempt: Attempt) -> AttemptRow:
    """The row for one attempt."""
    failed = attempt.error_code is not None
    ended = "failed" if failed else "answered" if attempt.first_text_at is not None else "stopped"
    if attempt.ended_at is not None:
        outcome = t(_AFTER[ended], time=_measured(attempt.ended_at - attempt.started_at))
    else:
        outcome = t(_OUTCOMES[ended])
    if attempt.first_text_at is not None:
        first = _measured(attempt.first_text_at - attempt.started_at)
        outcome += " · " + t("first text after {time}", time=first)
    return AttemptRow(
        provider=attempt.provider,
        model=attempt.model,
        outcome=outcome,
        failed=failed,
        text=_error_text(attempt),
    )


def _measured(span: timedelta) -> str:
    return measured(span.total_seconds())


def _error_text(ended: Generation | Attempt) -> str:
    return message(ended.error_code, ended.error_arguments or {}) if ended.error_code else ""
