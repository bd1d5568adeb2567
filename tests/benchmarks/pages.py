"""How fast pages load and how still they stay: `uv run python -m tests.benchmarks.pages [--only SECTION …]`.

Starts webchat with a few long conversations and a loopback upstream, drives Chromium, and prints a table of
medians for each section: loading, opening, answers.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path

from tests.benchmarks import page_answers, page_loading, page_opening
from tests.benchmarks.chromium import chromium
from tests.benchmarks.page_texts import FIFTY, HEAVY, THOUSAND
from tests.benchmarks.report import Figure, table
from tests.e2e.planting import plant
from tests.e2e.upstream import Upstream
from tests.running_app import RunningApp, build_once
from tests.upstreams.openai import openai_process

LOADING, OPENING, ANSWERS = SECTIONS = ("loading", "opening", "answers")
"""In this order, because the last one adds messages to the conversations."""


async def measure(app: RunningApp, upstream: Upstream, chosen: Collection[str]) -> bool:
    """Print the chosen sections; whether everything is within its limit."""
    reached = True
    async with chromium() as browser:
        for name, section in ((LOADING, page_loading), (OPENING, page_opening), (ANSWERS, page_answers)):
            if name not in chosen:
                continue
            load = os.getloadavg()[0]
            figures: list[Figure] = await section.measure(app.url, browser, upstream)
            sys.stdout.write(f"{name} (load {load:.1f}):\n\n{table(figures)}\n\n")
            sys.stdout.flush()
            reached &= all(figure.reached for figure in figures)
    return reached


def main() -> int:
    """Print the tables; 1 if a figure is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", choices=SECTIONS, nargs="+", default=SECTIONS)
    chosen = parser.parse_args().only
    build_once()
    with tempfile.TemporaryDirectory() as folder, openai_process() as upstream:
        data_dir = Path(folder) / "data"
        plant(data_dir, upstream, [FIFTY, THOUSAND, *HEAVY.values()])
        with RunningApp(data_dir, forked=False) as app:
            return 0 if asyncio.run(measure(app, Upstream(upstream), chosen)) else 1


if __name__ == "__main__":
    sys.exit(main())
