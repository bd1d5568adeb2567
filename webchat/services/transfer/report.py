"""What became of each conversation in an imported file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_LISTED = 10_000
"""Maximum number of conversations that a report lists; the others are only counted."""


class Outcome(StrEnum):
    """What became of a conversation. Before the import, what would become of it."""

    IMPORTED = "imported"
    GROWN = "grown"
    """It was already there and got only its new messages."""
    PRESENT = "present"
    """It is already there with all its messages."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Entry:
    """One conversation. `messages` is the number of its new messages.

    `reason` and `details` are those of the `ImportProblem` it was skipped for. `notes` counts what is not as
    it was, by kind: `unshown` parts, parts `left_out`, `hidden` messages, `orphans` without a parent,
    `repeated` messages.
    """

    outcome: Outcome
    title: str
    messages: int = 0
    conversation_id: str = ""
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """The report of an import or of its preview."""

    counts: Counter[str] = field(default_factory=Counter)
    """The number of conversations for each `Outcome`."""
    messages: int = 0
    """Messages imported."""
    assistants: int = 0
    """Assistants imported."""
    notes: Counter[str] = field(default_factory=Counter)
    ignored_files: int = 0
    """Files of an archive that hold no conversations."""
    entries: list[Entry] = field(default_factory=list)
    problems: list[Entry] = field(default_factory=list)
    """Why the rest of the file was not read; not about one conversation."""

    @property
    def conversations(self) -> int:
        """How many there are in the file, as far as it could be read."""
        return sum(self.counts.values())

    def add(self, entry: Entry) -> None:
        """Note what became of a conversation."""
        self.counts[entry.outcome] += 1
        self.messages += entry.messages
        self.notes.update(entry.notes)
        if len(self.entries) < MAX_LISTED:
            self.entries.append(entry)
