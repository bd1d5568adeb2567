"""What `webchat doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a check found; the value is what a person reads."""

    GOOD = "ok"
    NOTE = "note"
    FAULT = "FAULT"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    verdict: Verdict
    subject: str
    words: str

    @property
    def is_fault(self) -> bool:
        """Whether webchat cannot do its work because of it."""
        return self.verdict is Verdict.FAULT

    def line(self) -> str:
        """Return the line as it is printed: verdict, subject, words, in columns."""
        return f"{self.verdict.value:<6}{self.subject:<13}{' '.join(self.words.split())}"
