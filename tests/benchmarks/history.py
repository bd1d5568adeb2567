"""What a long history costs: `uv run python -m tests.benchmarks.history [messages] [--only SECTION …]`.

Fills a database in a temporary folder with 1,000,000 messages (or as many as asked for) in conversations of
ten, beside one of 1,000 messages, one that is 10,000 messages deep and one with 10,000 first messages, and
measures what a person waits for. Beside each section stands the load of the machine when it began.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from tests.benchmarks import history_browser, history_migration, history_queries, history_transfer
from tests.benchmarks.chromium import chromium
from tests.benchmarks.history_data import Filled, Size, fill
from tests.benchmarks.report import Timed, table_of_times
from tests.e2e.planting import plant
from tests.e2e.upstream import PROVIDER
from tests.running_app import RunningApp, build_once
from tests.upstreams.openai import openai_process
from webchat.storage.location import DATABASE_FILE

MESSAGES = 1_000_000
MOST = 3_000_000
"""What the disk of a small server bears: about 1 kB a message."""
QUERIES, BROWSER, EXPORT, IMPORT, MIGRATION = "queries", "browser", "export", "import", "migration"
SECTIONS = (QUERIES, BROWSER, EXPORT, IMPORT, MIGRATION)
SIZE_FOR_TEXT = 3.5
"""Bytes of the database for each byte of text, at most."""


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n\n")
    sys.stdout.flush()


def _show(section: str, rows: list[Timed]) -> bool:
    """Print the rows of a section; False if one is not reached."""
    _say(f"{section}:\n{table_of_times(rows)}")
    return all(row.reached for row in rows)


def _begin(section: str) -> None:
    _say(f"{section} (load {os.getloadavg()[0]:.1f})")


def _text_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        size = "SELECT sum(length(CAST(content AS BLOB))) FROM message"
        return int(connection.execute(size).fetchone()[0])


def _filled(path: Path, size: int) -> tuple[Filled, bool]:
    """A full database, and whether it is small enough."""
    started = time.perf_counter()
    filled = fill(path, Size(size // Size.turns))
    took = time.perf_counter() - started
    bytes_ = path.stat().st_size
    ratio = bytes_ / _text_of(path)
    mark = "" if ratio <= SIZE_FOR_TEXT else " ✗"
    _say(
        f"{size:,} messages, {bytes_ / 2**20:,.0f} MB, {ratio:.2f} bytes for each of text{mark}, "
        f"written in {took:.0f} s"
    )
    return filled, ratio <= SIZE_FOR_TEXT


def _queries(filled: Filled) -> bool:
    _begin(QUERIES)
    rows = asyncio.run(history_queries.measure(filled))
    _say(history_queries.table(rows))
    return all(row.reached for row in rows)


async def _app(app: RunningApp, filled: Filled, size: int, chosen: Collection[str], folder: Path) -> bool:
    """The sections that need a running webchat."""
    reached = True
    async with chromium() as browser:
        if BROWSER in chosen:
            _begin(BROWSER)
            reached &= _show(BROWSER, await history_browser.measure(app, browser, filled, size))
        if EXPORT in chosen:
            _begin(EXPORT)
            reached &= _show(EXPORT, await history_transfer.exported(app, size))
        if IMPORT in chosen:
            _begin(IMPORT)
            reached &= _show(IMPORT, await history_transfer.imported(app, browser, folder, PROVIDER))
    return reached


def run(folder: Path, size: int, chosen: Collection[str]) -> bool:
    """Measure the chosen sections; whether everything is within its limit."""
    reached = True
    if set(chosen) - {MIGRATION}:
        build_once()
        with openai_process() as upstream:
            data_dir = folder / "data"
            plant(data_dir, upstream, [])
            filled, reached = _filled(data_dir / DATABASE_FILE, size)
            if QUERIES in chosen:
                reached &= _queries(filled)
            if {BROWSER, EXPORT, IMPORT} & set(chosen):
                with RunningApp(data_dir) as app:
                    reached &= asyncio.run(_app(app, filled, size, chosen, folder))
        (data_dir / DATABASE_FILE).unlink()  # there may be no room for two
    if MIGRATION in chosen:
        _begin(MIGRATION)
        rows = history_migration.measure(folder / "old" / DATABASE_FILE, Size(size // Size.turns))
        reached &= _show(MIGRATION, rows)
    return reached


def main() -> int:
    """Print the tables; 1 if a figure is not within its limit."""
    parser = argparse.ArgumentParser(description="Measure a long history.")
    parser.add_argument("messages", nargs="?", type=int, default=MESSAGES)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return 0 if run(Path(folder), min(chosen.messages, MOST), chosen.only) else 1


if __name__ == "__main__":
    sys.exit(main())
