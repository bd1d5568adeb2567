"""The words for what became of an imported file."""

from __future__ import annotations

from collections.abc import Mapping

OUTCOMES = {
    "imported": "imported",
    "grown": "with new messages",
    "present": "already there",
    "skipped": "skipped",
}
"""What became of a conversation, after the number of conversations or its title."""


def counted(counts: Mapping[str, int]) -> str:
    """The number of conversations for each outcome.

    >>> counted({"imported": 2, "skipped": 1})
    '2 imported, 1 skipped'
    """
    parts = [f"{counts[outcome]:,} {words}" for outcome, words in OUTCOMES.items() if counts.get(outcome)]
    return ", ".join(parts) or "no conversations"


def noted(notes: Mapping[str, int]) -> str:
    """What is not shown as it was; empty if there is nothing to say.

    >>> noted({"unshown": 2, "hidden": 1})
    '2 parts cannot be shown and are kept as they are, 1 message was hidden in the app and left out'
    """
    parts = [
        (one if notes[kind] == 1 else many).format(notes[kind])
        for kind, (one, many) in _NOTES.items()
        if notes.get(kind)
    ]
    return ", ".join(parts)


_NOTES = {
    "unshown": (
        "{:,} part cannot be shown and is kept as it is",
        "{:,} parts cannot be shown and are kept as they are",
    ),
    "left_out": (
        "{:,} part was too large or too deeply nested to keep",
        "{:,} parts were too large or too deeply nested to keep",
    ),
    "hidden": (
        "{:,} message was hidden in the app and left out",
        "{:,} messages were hidden in the app and left out",
    ),
    "orphans": (
        "{:,} message without a parent starts a branch of its own",
        "{:,} messages without a parent start branches of their own",
    ),
    "repeated": ("{:,} repeated message was left out", "{:,} repeated messages were left out"),
}
"""For each kind of note: the words for one, and for several."""
