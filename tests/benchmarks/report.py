"""Tables of measured figures beside what is to be reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return sorted(values)[int(0.95 * len(values))]


@dataclass(frozen=True)
class Timed:
    """One row whose 95th percentile counts: at most `limit`, unless that is None."""

    what: str
    values: Sequence[float]
    unit: str = "ms"
    limit: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the 95th percentile is within the limit."""
        return self.limit is None or p95(self.values) <= self.limit


def table_of_times(rows: Iterable[Timed]) -> str:
    """A Markdown table of the figures."""
    lines = ["| | median | p95 | to reach |", "|---|---:|---:|---:|"]
    for row in rows:
        mark = "" if row.reached else " ✗"
        limit = "" if row.limit is None else f"≤ {row.limit:,g} {row.unit}"
        middle, high = (f"{value:,.1f} {row.unit}" for value in (median(row.values), p95(row.values)))
        lines.append(f"| {row.what} | {middle} | {high}{mark} | {limit} |")
    return "\n".join(lines)


@dataclass(frozen=True)
class Worst:
    """One row whose worst value counts: at most `limit`, unless that is None. A count has no unit."""

    what: str
    values: Sequence[float]
    unit: str = ""
    limit: float | None = None

    @property
    def value(self) -> float:
        """The worst of all rounds, 0 if there were none."""
        return max(self.values, default=0)

    @property
    def reached(self) -> bool:
        """Whether the worst is within the limit."""
        return self.limit is None or self.value <= self.limit


def table_of_worst(figures: Iterable[Worst]) -> str:
    """A Markdown table of the figures."""
    lines = ["| | measured (worst) | to reach |", "|---|---:|---:|"]
    for figure in figures:
        mark = "" if figure.reached else " ✗"
        limit = "" if figure.limit is None else f"≤ {figure.limit:g} {figure.unit}".rstrip()
        value = f"{figure.value:,.2f} {figure.unit}" if figure.unit else f"{figure.value:,.0f}"
        lines.append(f"| {figure.what} | {value}{mark} | {limit} |")
    return "\n".join(lines)
