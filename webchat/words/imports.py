"""The words for what became of an imported file."""

from __future__ import annotations

from collections.abc import Mapping

from webchat.words.text import gettext_noop, localized, ngettext, t

OUTCOMES = {
    "imported": gettext_noop("imported"),
    "grown": gettext_noop("with new messages"),
    "present": gettext_noop("already there"),
    "skipped": gettext_noop("skipped"),
}
"""What became of a conversation, after the number of conversations or its title."""


def counted(counts: Mapping[str, int]) -> str:
    """The number of conversations for each outcome.

    >>> counted({"imported": 2, "skipped": 1})
    '2 imported, 1 skipped'
    """
    parts = [
        f"{localized(f'{counts[outcome]:,}')} {t(words)}"
        for outcome, words in OUTCOMES.items()
        if counts.get(outcome)
    ]
    return ", ".join(parts) or t("no conversations")


def noted(notes: Mapping[str, int]) -> str:
    """What is not shown as it was; empty if there is nothing to say.

    >>> noted({"unshown": 2, "hidden": 1})
    '2 parts cannot be shown and are kept as they are, 1 message was hidden in the app and left out'
    """
    parts = [says(notes[kind]) for kind, says in _NOTES.items() if notes.get(kind)]
    return ", ".join(parts)


def _unshown(number: int) -> str:
    return ngettext(
        "{count} part cannot be shown and is kept as it is",
        "{count} parts cannot be shown and are kept as they are",
        number,
    )


def _left_out(number: int) -> str:
    return ngettext(
        "{count} part was too large or too deeply nested to keep",
        "{count} parts were too large or too deeply nested to keep",
        number,
    )


def _hidden(number: int) -> str:
    return ngettext(
        "{count} message was hidden in the app and left out",
        "{count} messages were hidden in the app and left out",
        number,
    )


def _orphans(number: int) -> str:
    return ngettext(
        "{count} message without a parent starts a branch of its own",
        "{count} messages without a parent start branches of their own",
        number,
    )


def _repeated(number: int) -> str:
    return ngettext(
        "{count} repeated message was left out", "{count} repeated messages were left out", number
    )


_NOTES = {
    "unshown": _unshown,
    "left_out": _left_out,
    "hidden": _hidden,
    "orphans": _orphans,
    "repeated": _repeated,
}
