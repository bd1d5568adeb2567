"""Reads many conversations for an export, a few at a time, each time in a short read session of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from webchat.storage.engine import Database, Session
from webchat.storage.queries import exports, file_lists
from webchat.storage.queries.exports import Place, Row, WholeMessage
from webchat.storage.queries.files import OwnedFile

CONVERSATIONS_AT_ONCE = 25
"""Conversations read in one session, if they are short."""
MESSAGES_AT_ONCE = 400
CHARACTERS_AT_ONCE = 1_000_000
"""Maximum characters of the messages in memory, except for a single message."""

Outline = Callable[[Session, str, Sequence[Row]], Awaitable[list[Place]]]
"""Which messages of some conversations to read, grouped by conversation."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some messages of one conversation, in order; a conversation has at least one piece.

    `total` is the number of messages in all its pieces, and `files` are those it was begun with.
    """

    conversation: Row
    messages: list[WholeMessage]
    total: int
    is_first: bool
    is_last: bool
    files: Sequence[OwnedFile] = ()


async def whole_trees(session: Session, owner_id: str, conversations: Sequence[Row]) -> list[Place]:
    """Every message with all branches, parents first."""
    return await exports.trees(session, owner_id, [row["id"] for row in conversations])


async def current_branches(session: Session, owner_id: str, conversations: Sequence[Row]) -> list[Place]:
    """The messages that are shown, oldest first."""
    return await exports.current_branches(session, owner_id, [row["id"] for row in conversations])


async def read(
    database: Database, owner_id: str, conversation_ids: Sequence[str], outline: Outline
) -> AsyncGenerator[Piece]:
    """The owner's conversations with these ids in order; those deleted in the meantime are left out."""
    ids = iter(conversation_ids)
    while group := list(islice(ids, CONVERSATIONS_AT_ONCE)):
        known: dict[str, WholeMessage] = {}
        places: dict[str, list[Place]] = {id: [] for id in group}
        async with database.read() as session:
            rows = await exports.get_conversations(session, owner_id, group)
            begun_with = await file_lists.of_conversations(session, owner_id, group)
            for place in await outline(session, owner_id, rows):
                places[place.conversation_id].append(place)
            first = [place for each in places.values() for place in each]
            if len(list(_parts(first))) == 1:
                known = {each.message["id"]: each for each in await _get(session, owner_id, first)}
        for row in rows:
            parts = list(_parts(places[row["id"]])) or [[]]
            for number, part in enumerate(parts, start=1):
                if known or not part:
                    found = [known[place.id] for place in part if place.id in known]
                else:
                    async with database.read() as session:
                        found = await _get(session, owner_id, part)
                total = len(places[row["id"]])
                is_first, is_last = number == 1, number == len(parts)
                files = begun_with.get(row["id"], ())
                yield Piece(row, found, total, is_first, is_last, files)


def _parts(places: Sequence[Place]) -> Iterator[list[Place]]:
    """The messages in parts within the limits above."""
    part: list[Place] = []
    size = 0
    for place in places:
        if part and (len(part) == MESSAGES_AT_ONCE or size + place.size > CHARACTERS_AT_ONCE):
            yield part
            part, size = [], 0
        part.append(place)
        size += place.size
    if part:
        yield part


async def _get(session: Session, owner_id: str, places: Sequence[Place]) -> list[WholeMessage]:
    return await exports.get_messages(session, owner_id, [place.id for place in places])
