"""What `kill -9` costs: `uv run python -m tests.benchmarks.crash [--kills 500]`.

Starts webchat in front of a loopback upstream, two of each at a time, lets tabs send and read through the
real interface, kills it at random points while it takes messages, streams or saves, restarts it, and compares
the database with what the tabs know. Prints a table; the exit code is 1 if a figure is not reached.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.integration.crash.lane import Findings, crash
from tests.running_app import build_once


@dataclass(frozen=True)
class Row:
    """One figure beside what is to be reached: at most `limit`, unless that is None."""

    what: str
    value: float
    unit: str = ""
    limit: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the figure is within its limit."""
        return self.limit is None or self.value <= self.limit


def rows(found: Findings) -> list[Row]:
    """The figures of a run, the worst of each."""
    return [
        Row("`kill -9`, each followed by a restart", found.kills),
        Row("messages accepted meanwhile", found.accepted),
        Row("lost, doubled, changed or never sent; failed `integrity_check`s", len(found.problems), "", 0),
        Row("answers cut off in the middle", len(found.behind)),
        Row("of their text, on screen and then lost (worst)", max(found.lost_on_screen, default=0), "s", 1),
        Row("of their text, written by the service and lost (worst)", max(found.behind, default=0), "s", 1),
        Row("start of the process → marked interrupted and served (worst)", max(found.restarts), "s", 5),
        Row("cut-off answers continued in place", found.continued),
    ]


def table(figures: Sequence[Row]) -> str:
    """A Markdown table of the figures."""
    lines = ["| | measured | to reach |", "|---|---:|---:|"]
    for row in figures:
        mark = "" if row.reached else " ✗"
        limit = "" if row.limit is None else f"≤ {row.limit:g} {row.unit}".rstrip()
        value = f"{row.value:,.2f} {row.unit}" if row.unit else f"{row.value:,.0f}"
        lines.append(f"| {row.what} | {value}{mark} | {limit} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table; 1 if a figure is not reached."""
    parser = argparse.ArgumentParser(description="What kill -9 costs.")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    build_once()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(crash(Path(folder), options.kills, options.seed))
    figures = rows(found)
    sys.stdout.write(table(figures) + "\n")
    for problem in found.problems:
        sys.stderr.write(f"{problem[:1000]}\n")
    return 0 if all(row.reached for row in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
