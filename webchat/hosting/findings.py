"""What `webchat doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The result of a check; the value is shown to the user."""

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
        """Whether it keeps webchat from working."""
        return self.verdict is Verdict.FAULT

    def line(self) -> str:
        """Return the line to print: verdict, subject and message in columns."""
        return f"{self.verdict.value:<6}{self.subject:<13}{' '.join(self.words.split())}"
