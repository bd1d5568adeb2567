"""Search in a person's messages and titles, grouped by conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from webchat.messages import Role
from webchat.services.errors import ParameterInvalid
from webchat.services.search.excerpts import Segment, excerpt, matches_in_order
from webchat.services.search.syntax import Query, parse
from webchat.storage.engine import Database, Session
from webchat.storage.queries import conversations, folders
from webchat.storage.queries import search as queries
from webchat.storage.queries.search import HitPage, MessageHit, MessageQuery, TitleHit
from webchat.storage.types import fold

PAGE = 30
"""Messages on one page of results."""
OF_EACH = 4
"""Maximum messages of one conversation on a page; the others are counted."""
TITLES = 10
"""Maximum conversations that are found by their title."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found. `best` if it has all words in the order in which they were typed."""

    message_id: str
    role: Role
    created_at: datetime
    excerpt: tuple[Segment, ...]
    best: bool


@dataclass(frozen=True, slots=True)
class FoundConversation:
    """A conversation with its messages that were found, newest first; none if only its title matches."""

    id: str
    title: tuple[Segment, ...]
    updated_at: datetime | None
    hits: tuple[Hit, ...]
    more: int = 0
    """The number of further messages that match."""


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what was found; `cursor` points to the next page and is empty at the end."""

    conversations: tuple[FoundConversation, ...]
    cursor: str


class Search:
    """Finds what an owner wrote or was answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, owner_id: str, text: object, cursor: str = "") -> Results:
        """One page of results for what was typed; nothing for an empty text.

        Conversations found by their title come first, on the first page. Then come messages, newest first;
        those of one conversation that follow one another are together.

        Raises:
            SearchInvalid: the text cannot be searched for; the message says why.
        """
        if not isinstance(text, str):
            raise ParameterInvalid("not_text")
        query = parse(text)
        if query == Query():
            return Results((), "")
        before = _read_cursor(cursor)
        async with self._database.read() as session:
            wanted = MessageQuery(
                query.terms,
                query.without,
                query.roles,
                await _models(session, owner_id, query.models) if query.models else None,
                await _folders(session, owner_id, query.folders) if query.folders else None,
                tuple(fold(" ".join(tag.split())) for tag in query.tags),
                query.after,
                query.before,
            )
            page = await _messages(session, owner_id, wanted, before, whole_first="*" not in text)
            titles = (
                await queries.find_titles(session, owner_id, wanted, limit=TITLES) if before is None else []
            )
        # Marking takes milliseconds for long texts in some scripts.
        found = await asyncio.to_thread(_arranged, titles, page, query)
        return Results(found, "" if page.next is None else str(page.next))


async def _messages(
    session: Session, owner_id: str, query: MessageQuery, before: int | None, *, whole_first: bool
) -> HitPage:
    """One page of messages.

    With `whole_first`, the last word may only go on where the words as they are fill no page: a common
    beginning is in most messages, and finding those takes long.
    """
    if whole_first:
        whole = replace(query, terms=tuple(replace(term, prefix=False) for term in query.terms))
        found = await queries.find_messages(
            session, owner_id, whole, limit=PAGE, before=before, of_each=OF_EACH
        )
        if found.next is not None or whole == query:
            return found
    return await queries.find_messages(session, owner_id, query, limit=PAGE, before=before, of_each=OF_EACH)


def _read_cursor(cursor: str) -> int | None:
    number = cursor.removeprefix("-") if isinstance(cursor, str) else ""
    return int(cursor) if number.isascii() and number.isdigit() and len(number) < 19 else None


async def _models(session: Session, owner_id: str, parts: Sequence[str]) -> tuple[str, ...]:
    """The models whose names contain one of these parts."""
    folded = [part.casefold() for part in parts]
    used = await conversations.models_used(session, owner_id)
    return tuple(model for model in used if any(part in model.casefold() for part in folded))


async def _folders(session: Session, owner_id: str, parts: Sequence[str]) -> tuple[str, ...]:
    """The folders whose names contain one of these parts."""
    folded = [fold(part) for part in parts]
    rows = await folders.list_folders(session, owner_id)
    return tuple(row.id for row in rows if any(part in row.name_folded for part in folded))


def _arranged(titles: Sequence[TitleHit], page: HitPage, query: Query) -> tuple[FoundConversation, ...]:
    """The conversations found by their title, then the messages grouped by conversation."""
    found = [
        FoundConversation(hit.conversation_id, excerpt(hit.title, query.terms), hit.updated_at, ())
        for hit in titles
    ]
    groups: dict[str, list[MessageHit]] = {}
    for hit in page.hits:
        groups.setdefault(hit.conversation_id, []).append(hit)
    for conversation_id, group in groups.items():
        shown = tuple(
            Hit(
                hit.message_id,
                hit.role,
                hit.created_at,
                excerpt(hit.text, query.terms),
                matches_in_order(hit.text, query.terms),
            )
            for hit in group
        )
        title, more = excerpt(group[0].title, query.terms), page.more.get(conversation_id, 0)
        found.append(FoundConversation(conversation_id, title, None, shown, more))
    return tuple(found)
