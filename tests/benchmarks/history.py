"""What a long history costs: `uv run python -m tests.benchmarks.history [messages]`.

Fills a database in a temporary folder with 1,000,000 messages (or as many as asked for) in conversations of
ten, beside one that is 10,000 messages deep and one with 10,000 first messages, and measures what a person
waits for.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, count
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from webchat.services.search.search import Search
from webchat.storage.engine import Database
from webchat.storage.folding import FoldingConnection
from webchat.storage.ids import new_id
from webchat.storage.migrations import upgrade
from webchat.storage.queries import (
    branches,
    client_ids,
    conversations,
    generations,
    labels,
    listing,
    sending,
    trash,
)
from webchat.storage.queries.conversations import Cursor
from webchat.storage.queries.generations import Ending
from webchat.storage.queries.listing import Filters
from webchat.storage.queries.sending import Regenerate, Send
from webchat.storage.sqlite import sqlite_url
from webchat.storage.types import GenerationStatus, utc_now

MESSAGES = 1_000_000
MOST = 3_000_000
"""What the disk of a small server bears: about 1 kB a message."""
TURNS = 10
"""Messages in a conversation."""
LONG = 10_000
PAGE = 50
PAGES = 40
"""Pages turned, at most, for the slowest one."""
ROUNDS = 25
BUDGET = 10.0
"""Seconds after which a figure is not measured again."""
LIMIT = 20.0
"""Milliseconds, the median of all rounds."""
START = datetime(2024, 1, 1, tzinfo=UTC)
COMMON, RARE = "Server:common", "Server:rare"
COMMON_WORD, RARE_WORD = "the", "zyzzyva"
WORDS = ("recipe", "holiday", "python", "error", "letter", "budget", "garden", "idea", "plan", "review")

SEARCHES = (
    ("a rare word", f"{RARE_WORD} "),
    ("a common word", f"{COMMON_WORD} "),
    ("common and rare", f"{COMMON_WORD} {RARE_WORD} "),
    ("common in questions", f"role:user {COMMON_WORD} "),
    ("common, one model", f"model:rare {COMMON_WORD} "),
    ("common, long ago", f"before:2024-01-03 {COMMON_WORD} "),
    ("without a common one", f"{RARE_WORD} -{COMMON_WORD} "),
    ("a begun word", RARE_WORD[:3]),
    ("a begun common word", COMMON_WORD[:3]),
    ("a title", "needle "),
    ("nothing", "qqqqqq "),
)
"""What is typed; a space ends the last word."""
FOLDER, ARCHIVE = "folder", "archive"
"""The folders of every second and of every fourth conversation; the latter are archived."""
HOME, RARE_TAG = "home", "rare"
"""The tags of every third conversation, and of the three oldest."""
PINNED = 100

Work = Callable[[AsyncSession], Awaitable[Any]]
Turn = Callable[[AsyncSession, Cursor | None], Awaitable[Cursor | None]]
"""Reads a page after a cursor and returns that of the next one."""


@dataclass(frozen=True)
class Filled:
    """A database with its owner and the conversations that are measured."""

    database: Database
    owner: str
    usual: str
    deep: str
    wide: str
    wide_root: str
    """A first message of `wide`."""
    deep_root: str


@dataclass(frozen=True)
class Row:
    """One line of the table, in milliseconds."""

    what: str
    times: list[float]
    slowest_page: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the median is within the limit."""
        return median(self.times) <= LIMIT


def fill(path: Path, size: int) -> Filled:
    """Write `size` messages, and the two long conversations."""
    upgrade(sqlite_url(path))
    chance = random.Random(1)
    owner, now = new_id(), _moment(START)
    with closing(sqlite3.connect(path, factory=FoldingConnection)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("INSERT INTO user VALUES (?, 'Ann', ?)", [owner, now])
        usual = ""
        for number in range(size // TURNS):
            model = _model(number, size // TURNS)
            moment = START + timedelta(minutes=number)
            ids = [new_id() for _ in range(TURNS)]
            usual = _conversation(connection, chance, owner, model, moment, ids[-1])
            parents = [None, *ids[:-1]]
            depths = range(TURNS)
            _messages(connection, owner, usual, model, moment, zip(ids, parents, depths, strict=True))
        chain = [new_id() for _ in range(LONG)]
        deep = _conversation(connection, chance, owner, COMMON, START, chain[-1])
        _messages(
            connection, owner, deep, COMMON, START, zip(chain, [None, *chain[:-1]], range(LONG), strict=True)
        )
        roots = [new_id() for _ in range(LONG)]
        wide = _conversation(connection, chance, owner, COMMON, START, roots[-1])
        _messages(connection, owner, wide, COMMON, START, ((root, None, 0) for root in roots))
        _organise(connection, owner)
        connection.commit()
    return Filled(Database(sqlite_url(path)), owner, usual, deep, wide, roots[0], chain[0])


def _organise(connection: sqlite3.Connection, owner: str) -> None:
    """Folders, tags, an archive, pins and a trash, spread evenly over all conversations."""
    for name in (FOLDER, ARCHIVE):
        connection.execute(
            "INSERT INTO folder VALUES (?, ?, ?, ?, 0, ?)", [name, owner, name, name, _moment(START)]
        )
    ids = [id_ for (id_,) in connection.execute("SELECT id FROM conversation ORDER BY updated_at, id")]
    now = _moment(utc_now())
    connection.executemany(
        "UPDATE conversation SET folder_id = ?, archived_at = ? WHERE id = ?",
        ((FOLDER if at % 4 else ARCHIVE, None if at % 4 else now, ids[at]) for at in range(0, len(ids), 2)),
    )
    tags = [(id_, HOME, owner) for id_ in ids[::3]] + [(id_, RARE_TAG, owner) for id_ in ids[1:7:2]]
    connection.executemany("INSERT INTO conversation_tag VALUES (?, ?, ?)", tags)
    connection.executemany(
        "UPDATE conversation SET pinned_at = ? WHERE id = ?", ((now, id_) for id_ in ids[1 : 2 * PINNED : 2])
    )
    connection.executemany(
        "UPDATE conversation SET deleted_at = ? WHERE id = ?", ((now, id_) for id_ in ids[-11::-50])
    )


def _model(number: int, conversations_in_all: int) -> str:
    """Nearly all conversations use one model, some one of twenty others, the three oldest a rare one."""
    if number < 3:
        return RARE
    return f"Server:other-{number % 20}" if number % 5 == 0 else COMMON


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _conversation(
    connection: sqlite3.Connection,
    chance: random.Random,
    owner: str,
    model: str,
    moment: datetime,
    leaf: str,
) -> str:
    id_, at = new_id(), _moment(moment)
    title = f"{' '.join(chance.sample(WORDS, 4))} {chance.randrange(10**6)}"
    title = f"needle {title}" if model == RARE else title
    connection.execute(
        "INSERT INTO conversation (id, owner_id, title, title_is_manual, model, system_prompt,"
        " current_leaf_id, created_at, updated_at) VALUES (?, ?, ?, 0, ?, '', ?, ?, ?)",
        [id_, owner, title, model, leaf, at, at],
    )
    return id_


def _messages(
    connection: sqlite3.Connection,
    owner: str,
    conversation: str,
    model: str,
    moment: datetime,
    nodes: Iterator[tuple[str, str | None, int]],
) -> None:
    """Questions and answers in turn by their depth; answers have a generation."""
    at, written = _moment(moment), list(nodes)
    connection.executemany(
        "INSERT INTO message (id, conversation_id, owner_id, parent_id, depth, role, content, reasoning,"
        " model, status, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, 'complete', ?)",
        (
            (
                *(id_, conversation, owner, parent, depth),
                *(("assistant", next(_TEXTS), model) if depth % 2 else ("user", next(_TEXTS), None)),
                at,
            )
            for id_, parent, depth in written
        ),
    )
    provider, _, name = model.partition(":")
    connection.executemany(
        "INSERT INTO generation (id, message_id, conversation_id, owner_id, status, provider, model,"
        " system_prompt, started_at, left_out) VALUES (?, ?, ?, ?, 'complete', ?, ?, '', ?, 0)",
        ((new_id(), id_, conversation, owner, provider, name, at) for id_, _, depth in written if depth % 2),
    )


def _texts() -> Iterator[str]:
    """Texts of 60 words, as frequent as words of a language; one in some thousands has the rare one."""
    chance = random.Random(2)
    letters = [first + second for first in "bcdfghklmnprstvz" for second in "aeiou"]
    words = ["".join(chance.choices(letters, k=chance.randint(1, 4))) for _ in range(20_000)]
    words[0] = COMMON_WORD
    weights = list(accumulate(1 / place for place in range(1, len(words) + 1)))
    pool = [" ".join(chance.choices(words, cum_weights=weights, k=60)) for _ in range(5_000)]
    for number in count():
        text = pool[chance.randrange(len(pool))]
        yield f"{text} {RARE_WORD}" if number % 4_000 == 0 else text


_TEXTS = _texts()


async def measure(filled: Filled) -> list[Row]:
    """Every figure; what reads comes before what writes."""
    owner = filled.owner
    rows = [await listed(filled, "list", Filters())]
    for what, model in (("common", COMMON), ("rare", RARE), ("unknown", "Server:none")):
        rows.append(await listed(filled, f"model filter, {what}", Filters(model=model)))
    rows += [
        *[await listed(filled, what, filters) for what, filters in FILTERS.items()],
        await turning(filled, "trash", lambda s, before: _trash(s, owner, before)),
        await reading(filled, "tags with counts", lambda s: labels.count_tags(s, owner)),
        await reading(filled, "list of models", lambda s: conversations.models_used(s, owner)),
        await reading(filled, "open a conversation", lambda s: opened(s, filled, filled.usual)),
        await reading(filled, "open one 10,000 deep", lambda s: opened(s, filled, filled.deep)),
        await reading(filled, "open one with 10,000 versions", lambda s: opened(s, filled, filled.wide)),
        await reading(
            filled, "turn to the top of 10,000", lambda s: branches.newest_leaf(s, owner, filled.deep_root)
        ),
        await reading(
            filled, "turn to one of 10,000", lambda s: branches.newest_leaf(s, owner, filled.wide_root)
        ),
        await reading(
            filled,
            "an unknown send, 10,000 deep",
            lambda s: client_ids.find_message(s, owner, [new_id()]),
        ),
        *[await searching(filled, what, text) for what, text in SEARCHES],
        await reading(filled, "jump into one 10,000 deep", lambda s: jumped(s, filled)),
        await writing(filled, "send and finish", filled.usual),
        await writing(filled, "send and finish, 10,000 deep", filled.deep),
        await regenerating(filled),
    ]
    return rows


FILTERS = {
    "list without pinned ones": Filters(pinned=False),
    "pinned ones": Filters(pinned=True),
    "pinned ones, common tag and model": Filters(pinned=True, tag=HOME, model=COMMON),
    "archive": Filters(archived=True),
    "folder": Filters(FOLDER),
    "common tag": Filters(tag=HOME),
    "rare tag": Filters(tag=RARE_TAG),
    "folder, common tag and model": Filters(FOLDER, HOME, COMMON),
    "folder and a tag that never meet": Filters(FOLDER, RARE_TAG),
    "folder, tag and model that never meet": Filters(FOLDER, HOME, "Server:other-15"),
    "archived folder, common tag and model": Filters(ARCHIVE, HOME, COMMON, archived=True),
}


async def listed(filled: Filled, what: str, filters: Filters) -> Row:
    """A list under some filters."""

    async def turn(session: AsyncSession, before: Cursor | None) -> Cursor | None:
        page = await listing.list_page(session, filled.owner, filters, limit=PAGE, before=before)
        return page.next

    return await turning(filled, what, turn)


async def _trash(session: AsyncSession, owner: str, before: Cursor | None) -> Cursor | None:
    return (await trash.list_trash(session, owner, utc_now(), limit=PAGE, before=before)).next


async def turning(filled: Filled, what: str, turn: Turn) -> Row:
    """The first page, and the slowest of those that follow."""
    first = [await _page(filled, None, turn)]
    while len(first) < ROUNDS and sum(taken for taken, _ in first) < BUDGET * 1000:
        first.append(await _page(filled, None, turn))
    slowest, cursor = 0.0, first[0][1]
    ends = time.perf_counter() + BUDGET
    for _ in range(PAGES):
        if cursor is None or time.perf_counter() > ends:
            break
        pages = [await _page(filled, cursor, turn) for _ in range(3)]
        slowest, cursor = max(slowest, median(taken for taken, _ in pages)), pages[0][1]
    return Row(what, [taken for taken, _ in first], slowest or None)


async def _page(filled: Filled, before: Cursor | None, turn: Turn) -> tuple[float, Cursor | None]:
    started = time.perf_counter()
    async with filled.database.read() as session:
        following = await turn(session, before)
    return (time.perf_counter() - started) * 1000, following


async def reading(filled: Filled, what: str, work: Work) -> Row:
    """Some work in a session of its own each time."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        async with filled.database.read() as session:
            await work(session)
        times.append((time.perf_counter() - started) * 1000)
    return Row(what, times)


async def searching(filled: Filled, what: str, text: str) -> Row:
    """A search from what was typed to the marked excerpts."""
    service, times = Search(filled.database), []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await service.find(filled.owner, text)
        times.append((time.perf_counter() - started) * 1000)
    return Row(f"search: {what}", times)


async def jumped(session: AsyncSession, filled: Filled) -> None:
    """Read the surroundings of a message in the middle of a long conversation."""
    row = await conversations.require(session, filled.owner, filled.deep)
    await branches.branch_section(
        session, filled.owner, row.id, row.current_leaf_id, first=LONG // 2, limit=PAGE
    )


async def opened(session: AsyncSession, filled: Filled, conversation_id: str) -> None:
    """Read what the page of a conversation shows first."""
    row = await conversations.require(session, filled.owner, conversation_id)
    window = await branches.branch_window(session, filled.owner, row.id, row.current_leaf_id, limit=PAGE)
    await branches.sibling_ids(session, filled.owner, row.id, [shown.message.id for shown in window.rows])


async def writing(filled: Filled, what: str, conversation_id: str) -> Row:
    """A question and its answer, in the two transactions they take."""
    times = []
    for _ in range(ROUNDS):
        send = Send((new_id(),), "A question.", "Server", "common", conversation_id)
        started = time.perf_counter()
        async with filled.database.write() as session:
            record = await sending.record_send(session, filled.owner, send)
        await _finish(filled, record.generation.id)
        times.append((time.perf_counter() - started) * 1000)
    return Row(what, times)


async def regenerating(filled: Filled) -> Row:
    """Another answer to one question, again and again."""
    times = []
    for _ in range(ROUNDS):
        wish = Regenerate(new_id(), filled.deep, filled.deep_root, "Server", "rare")
        started = time.perf_counter()
        async with filled.database.write() as session:
            record = await sending.record_regeneration(session, filled.owner, wish)
        await _finish(filled, record.generation.id)
        times.append((time.perf_counter() - started) * 1000)
    return Row("another answer, finished", times)


async def _finish(filled: Filled, generation_id: str) -> None:
    async with filled.database.write() as session:
        await generations.finish(
            session, filled.owner, generation_id, Ending(GenerationStatus.COMPLETE, "An answer.")
        )


def table(rows: list[Row]) -> str:
    """A Markdown table, in milliseconds."""
    lines = ["| ms | median | p95 | worst | slowest later page |", "|---|---:|---:|---:|---:|"]
    for row in rows:
        later = "" if row.slowest_page is None else f"{row.slowest_page:.1f}"
        mark = "" if row.reached else " ✗"
        p95 = sorted(row.times)[int(0.95 * len(row.times))]
        worst = max(row.times)
        lines.append(f"| {row.what} | {median(row.times):.1f}{mark} | {p95:.1f} | {worst:.1f} | {later} |")
    return "\n".join(lines)


async def run(filled: Filled) -> list[Row]:
    """Measure, and leave no connection open."""
    try:
        return await measure(filled)
    finally:
        await filled.database.close()


def _text_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        size = "SELECT sum(length(CAST(content AS BLOB))) FROM message"
        return int(connection.execute(size).fetchone()[0])


def main() -> int:
    """Print the table; 1 if a median exceeds the limit."""
    size = min(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES, MOST)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "webchat.db"
        started = time.perf_counter()
        filled = fill(path, size)
        took = time.perf_counter() - started
        rows = asyncio.run(run(filled))
        bytes_, text = path.stat().st_size, _text_of(path)
    sys.stdout.write(
        f"{size:,} messages, {bytes_ / 2**20:,.0f} MB, {bytes_ / text:.2f} bytes for each of text, "
        f"written in {took:.0f} s\n\n{table(rows)}\n"
    )
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
