"""Tables of measured figures beside what is to be reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One row: what was measured (a value per round), what is to be reached, the best peer's figure."""

    what: str
    values: tuple[float, ...]
    unit: str
    limit: float
    peer: str

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self.values)

    @property
    def reached(self) -> bool:
        """Whether the median is within the limit."""
        return self.value <= self.limit


def table(figures: Iterable[Figure]) -> str:
    """A Markdown table of the figures."""
    lines = ["| | measured (median) | to reach | best peer measured |", "|---|---:|---:|---:|"]
    for figure in figures:
        mark = "" if figure.reached else " ✗"
        lines.append(
            f"| {figure.what} | {figure.value:.3g} {figure.unit}{mark} "
            f"| ≤ {figure.limit:g} {figure.unit} | {figure.peer} |"
        )
    return "\n".join(lines)
