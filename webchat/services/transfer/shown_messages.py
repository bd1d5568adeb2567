"""Messages of an export in the form in which share pages and Markdown files show them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from webchat.messages import Role
from webchat.snapshot import SharedMessage
from webchat.storage.queries.exports import WholeMessage

UNTITLED = "Untitled conversation"
_NOT_SHOWN = "This part cannot be shown here:"


def shown_messages(messages: Sequence[WholeMessage]) -> tuple[SharedMessage, ...]:
    """The questions and answers among the messages; instructions for the model are left out."""
    rows = [each.message for each in messages if each.message["role"] is not Role.SYSTEM]
    return tuple(
        SharedMessage(
            row["role"],
            row["content"] + _fenced(row["raw"]),
            "" if row["role"] is Role.USER else (row["model"] or "").rpartition(":")[2],
        )
        for row in rows
    )


def _fenced(raw: list[object] | None) -> str:
    if not raw:
        return ""
    text = json.dumps(raw, ensure_ascii=False, indent=2)
    fence = "```"
    while fence in text:
        fence += "`"
    return f"\n\n{_NOT_SHOWN}\n\n{fence}json\n{text}\n{fence}"
