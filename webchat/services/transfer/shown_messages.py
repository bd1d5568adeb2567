"""Messages of an export in the form in which share pages and Markdown files show them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from webchat.messages import Role
from webchat.services.diagrams import shown_diagrams
from webchat.services.files.kinds import PICTURE
from webchat.snapshot import SharedFile, SharedMessage
from webchat.storage.queries.exports import WholeMessage
from webchat.storage.queries.files import OwnedFile
from webchat.words.text import t


def untitled() -> str:
    """The title of a conversation that has none."""
    return t("Untitled conversation")


NameOf = Callable[[OwnedFile], str]
"""Gives the name of a file."""


def shown_messages(messages: Sequence[WholeMessage], name_of: NameOf) -> tuple[SharedMessage, ...]:
    """The questions and answers among the messages; instructions for the model are left out."""
    told = [each for each in messages if each.message["role"] is not Role.SYSTEM]
    return tuple(
        SharedMessage(
            row["role"],
            row["content"] + _fenced(row["raw"]),
            "" if row["role"] is Role.USER else (row["model"] or "").rpartition(":")[2],
            files=tuple(
                SharedFile(each.file.id, name_of(each), each.stored.kind == PICTURE, each.stored.size)
                for each in whole.files
            ),
            diagrams=shown_diagrams(row["content"], whole.diagrams),
        )
        for whole, row in ((each, each.message) for each in told)
    )


def _fenced(raw: list[object] | None) -> str:
    if not raw:
        return ""
    text = json.dumps(raw, ensure_ascii=False, indent=2)
    fence = "```"
    while fence in text:
        fence += "`"
    return f"\n\n{t('This part cannot be shown here:')}\n\n{fence}json\n{text}\n{fence}"
