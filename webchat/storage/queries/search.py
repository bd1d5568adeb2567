"""Full-text search in an owner's messages and titles, newest first.

The index gives the numbers of matching rows in order; only as many rows are read as a page shows. Ranking a
common word among a million messages takes half a second, so nothing is ranked here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, column, exists, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from webchat.messages import Role
from webchat.storage.search_text import (
    model_token,
    month_token,
    owner_token,
    role_token,
    search_text,
    year_token,
)
from webchat.storage.tables import Conversation, ConversationTag, Table
from webchat.storage.types import utc_now

EXCERPT = 4_000
"""Characters of a message from which its excerpt is taken."""
BEFORE_MATCH = 300
"""Characters of those that come before the first match in a longer message."""
CHUNKS = (60, 440, 500)
"""Index entries read at a time for one page, few at first; further ones are left to the next page."""
MAX_TITLES = 500
"""Maximum matching titles of which the newest are shown."""
FIRST_YEAR = 1990
"""No message is older."""

_MESSAGE = Table.metadata.tables["message"]
_SEARCH = "SELECT rowid FROM {0} WHERE {0} MATCH :match AND rowid < :before ORDER BY rowid DESC LIMIT :limit"
_NEWEST = 2**62


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase; with `prefix`, the last word may go on."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """What to look for; an empty tuple or None does not restrict.

    Args:
        terms: all of these must occur.
        without: none of these may occur.
        models: `Provider:model`, any of these; only answers have one.
        folders: ids, any of these.
        tags: all of these.
        after: written on this day or later.
        before: written before this day.
    """

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    roles: tuple[Role, ...] = ()
    models: tuple[str, ...] | None = None
    folders: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None

    @property
    def filters_messages(self) -> bool:
        """Whether anything but words restricts the result, which titles do not have."""
        return bool(self.roles or self.models is not None or self.after or self.before)


@dataclass(frozen=True, slots=True)
class MessageHit:
    """A message that matches. `text` is the part of it around the first match."""

    message_id: str
    conversation_id: str
    title: str
    role: Role
    model: str | None
    created_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class TitleHit:
    """A conversation whose title matches."""

    conversation_id: str
    title: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class HitPage:
    """Matching messages, newest first; `next` is None at the end, else where the next page begins.

    A page may be short, or even empty, before the end, because only so many entries are looked at. `more` has
    the number of further matches that were passed over, by conversation.
    """

    hits: list[MessageHit]
    next: int | None
    more: dict[str, int] = field(default_factory=dict)


async def find_messages(
    session: AsyncSession,
    owner_id: str,
    query: MessageQuery,
    *,
    limit: int,
    before: int | None = None,
    of_each: int | None = None,
) -> HitPage:
    """One page of the owner's messages that match, at most `of_each` of one conversation."""
    if query.models == () or query.folders == ():
        return HitPage([], None)
    match, position = _match(owner_id, query), _NEWEST if before is None else before
    chosen: list[tuple[int, str]] = []
    seen: Counter[str] = Counter()
    for size in CHUNKS:
        found = await _entries(session, owner_id, query, match, position, size)
        for number, conversation_id, may_be_shown in found:
            if not may_be_shown:
                continue
            position = number
            seen[conversation_id] += 1
            if of_each is None or seen[conversation_id] <= of_each:
                chosen.append((number, conversation_id))
            if len(chosen) == limit:
                break
        else:
            position = found[-1][0] if len(found) == size else 0
        if len(chosen) == limit or not position:
            break
    hits = await _read(session, owner_id, query, [number for number, _ in chosen])
    more = seen - Counter(conversation_id for _, conversation_id in chosen)
    return HitPage(hits, position or None, dict(more))


async def find_titles(
    session: AsyncSession, owner_id: str, query: MessageQuery, *, limit: int
) -> list[TitleHit]:
    """The owner's conversations whose titles match, by last activity."""
    if not query.terms or query.filters_messages or query.folders == ():
        return []
    found = {"match": _match(owner_id, query), "before": _NEWEST, "limit": MAX_TITLES}
    numbers = list((await session.execute(text(_SEARCH.format("title_search")), found)).scalars())
    if not numbers:  # an empty list of numbers would make SQLite read every row
        return []
    wanted = select(col(Conversation.id), col(Conversation.title), col(Conversation.updated_at)).where(
        col(Conversation.number).in_(numbers),
        col(Conversation.owner_id) == owner_id,
        *_of_conversation(query),
    )
    # Not sorted by SQLite, which would read all of the owner's conversations in that order.
    hits = [TitleHit(*row) for row in await session.execute(wanted)]
    return sorted(hits, key=lambda hit: (hit.updated_at, hit.conversation_id), reverse=True)[:limit]


async def _entries(
    session: AsyncSession, owner_id: str, query: MessageQuery, match: str, before: int, limit: int
) -> Sequence[Any]:
    """The next entries of the index: number of the message, its conversation, and whether it may be shown."""
    entry = text(_SEARCH.format("message_search")).columns(column("rowid", Integer))
    found = entry.bindparams(match=match, before=before, limit=limit).subquery("found")
    may_be_shown = [
        _MESSAGE.c.owner_id == owner_id,
        _MESSAGE.c.deleted_at.is_(None),
        *_of_conversation(query),
    ]
    if query.models is not None:
        may_be_shown.append(_MESSAGE.c.model.in_(query.models))
    if query.after is not None:
        may_be_shown.append(_MESSAGE.c.created_at >= _start_of(query.after))
    if query.before is not None:
        may_be_shown.append(_MESSAGE.c.created_at < _start_of(query.before))
    wanted = (
        select(found.c.rowid, _MESSAGE.c.conversation_id, and_(*may_be_shown))
        .select_from(found)
        .outerjoin(_MESSAGE, _MESSAGE.c.number == found.c.rowid)
        .outerjoin(Conversation, col(Conversation.id) == _MESSAGE.c.conversation_id)
        .order_by(found.c.rowid.desc())
    )
    return (await session.execute(wanted)).all()


def _of_conversation(query: MessageQuery) -> list[ColumnElement[bool]]:
    """What the query says of the conversation; deleted and temporary ones are not found."""
    wanted: list[ColumnElement[bool]] = [
        col(Conversation.deleted_at).is_(None),
        col(Conversation.temporary).is_(False),
    ]
    if query.folders is not None:
        wanted.append(col(Conversation.folder_id).in_(query.folders))
    for tag in query.tags:
        tagged = col(ConversationTag.conversation_id) == col(Conversation.id)
        wanted.append(exists().where(tagged, col(ConversationTag.tag) == tag))
    return wanted


async def _read(
    session: AsyncSession, owner_id: str, query: MessageQuery, numbers: Sequence[int]
) -> list[MessageHit]:
    """The messages with these numbers, newest first."""
    if not numbers:
        return []
    length = func.length(_MESSAGE.c.content)
    at: ColumnElement[int] = literal(1)
    if query.terms:
        first = query.terms[0].text.lower()
        place = func.instr(func.lower(_MESSAGE.c.content), first) - BEFORE_MATCH
        at = case((place > 1, place), else_=at)
    excerpt = case((length > EXCERPT, func.substr(_MESSAGE.c.content, at, EXCERPT)), else_=_MESSAGE.c.content)
    wanted = (
        select(
            _MESSAGE.c.id,
            _MESSAGE.c.conversation_id,
            col(Conversation.title),
            _MESSAGE.c.role,
            _MESSAGE.c.model,
            _MESSAGE.c.created_at,
            excerpt,
        )
        .join(Conversation, col(Conversation.id) == _MESSAGE.c.conversation_id)
        .where(_MESSAGE.c.number.in_(numbers), _MESSAGE.c.owner_id == owner_id)
        .order_by(_MESSAGE.c.number.desc())
    )
    return [MessageHit(*row) for row in await session.execute(wanted)]


def _match(owner_id: str, query: MessageQuery) -> str:
    """The query in the language of FTS5, in which every term is a quoted string."""
    needed = [f"facets : {_quoted(owner_token(owner_id))}"]
    needed += [_any_facet([role_token(role) for role in query.roles])] if query.roles else []
    needed += [_any_facet([model_token(model) for model in query.models])] if query.models else []
    if query.after or query.before:
        needed.append(_any_facet(_periods(query.after, query.before)))
    needed += [f"text : {_term(term)}" for term in query.terms]
    match = " AND ".join(needed)
    unwanted = " OR ".join(f"text : {_term(term)}" for term in query.without)
    return f"({match}) NOT ({unwanted})" if unwanted else match


def _any_facet(tokens: Sequence[str]) -> str:
    return "(" + " OR ".join(f"facets : {_quoted(token)}" for token in tokens) + ")"


def _periods(after: date | None, before: date | None) -> list[str]:
    """The years and months that cover a time."""
    first = after or date(FIRST_YEAR, 1, 1)
    last = before or date(utc_now().year + 1, 12, 31)
    tokens = []
    for year in range(max(first.year, FIRST_YEAR), min(last.year, utc_now().year + 1) + 1):
        start = first.month if year == first.year else 1
        end = last.month if year == last.year else 12
        whole = (start, end) == (1, 12)
        tokens += [year_token(year)] if whole else [month_token(year, m) for m in range(start, end + 1)]
    return tokens or [year_token(0)]


def _term(term: Term) -> str:
    return _quoted(search_text(term.text)) + (" *" if term.prefix else "")


def _quoted(words: str) -> str:
    return '"' + words.replace('"', '""') + '"'


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
