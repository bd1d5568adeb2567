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
from pathlib import Path

from tests.benchmarks.report import Worst, table_of_worst
from tests.integration.crash.lane import Findings, crash
from tests.running_app import build_once


def rows(found: Findings) -> list[Worst]:
    """The figures of a run, the worst of each."""
    return [
        Worst("`kill -9`, each followed by a restart", [found.kills]),
        Worst("messages accepted meanwhile", [found.accepted]),
        Worst(
            "lost, doubled, changed or never sent; failed `integrity_check`s", [len(found.problems)], "", 0
        ),
        Worst("answers cut off in the middle", [len(found.behind)]),
        Worst("of their text, on screen and then lost", found.lost_on_screen, "s", 1),
        Worst("of their text, written by the service and lost", found.behind, "s", 1),
        Worst("start of the process → marked interrupted and served", found.restarts, "s", 5),
        Worst("cut-off answers continued in place", [found.continued]),
    ]


def main() -> int:
    """Print the table; 1 if a figure is not reached."""
    parser = argparse.ArgumentParser(description="What kill -9 costs.")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    build_once()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(crash(Path(folder), options.kills, options.seed, forked=False))
    figures = rows(found)
    sys.stdout.write(table_of_worst(figures) + "\n")
    for problem in found.problems:
        sys.stderr.write(f"{problem[:1000]}\n")
    return 0 if all(row.reached for row in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
