"""What reading and writing a long history costs on the server, query by query."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from tests.benchmarks.history_data import (
    ARCHIVE,
    COMMON,
    COMMON_WORD,
    FOLDER,
    HOME,
    RARE,
    RARE_TAG,
    RARE_WORD,
    Filled,
    Size,
)
from tests.benchmarks.report import p95
from webchat.services.search.search import Search
from webchat.storage.ids import new_id
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
from webchat.storage.types import GenerationStatus, utc_now

PAGE = 50
PAGES = 40
"""Pages turned, at most, for the slowest one."""
ROUNDS = 25
BUDGET = 10.0
"""Seconds after which a figure is not measured again."""
LIMIT = 20.0
"""Milliseconds, the median of all rounds."""

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

Work = Callable[[AsyncSession], Awaitable[Any]]
Turn = Callable[[AsyncSession, Cursor | None], Awaitable[Cursor | None]]
"""Reads a page after a cursor and returns that of the next one."""


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


async def measure(filled: Filled) -> list[Row]:
    """Every figure; what reads comes before what writes. Leaves no connection open."""
    try:
        return await _measure(filled)
    finally:
        await filled.database.close()


async def _measure(filled: Filled) -> list[Row]:
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
        session, filled.owner, row.id, row.current_leaf_id, first=Size.deep // 2, limit=PAGE
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
        middle, high, worst = median(row.times), p95(row.times), max(row.times)
        lines.append(f"| {row.what} | {middle:.1f}{mark} | {high:.1f} | {worst:.1f} | {later} |")
    return "\n".join(lines)
