"""Changes many conversations a few at a time, so that other writers can run in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from webchat.services.errors import CollectionInvalid
from webchat.storage.engine import Database, Session
from webchat.storage.errors import ConversationNotFound

MAX_AT_ONCE = 500
"""Conversations changed by one call."""
BATCH = 10
"""Conversations changed in one transaction. One with many tags takes some milliseconds."""

Find = Callable[[Session, Sequence[str]], Awaitable[list[str]]]
"""Which of these conversations there are to change."""
Change = Callable[[Session, Sequence[str]], Awaitable[None]]


async def change_in_batches(
    database: Database, conversation_ids: Sequence[str], find: Find, change: Change
) -> list[str]:
    """Change conversations and return their ids; what is deleted meanwhile is left as it is.

    Raises:
        CollectionInvalid, ConversationNotFound: nothing was changed.
    """
    ids = checked_ids(conversation_ids)
    async with database.read() as session:
        found = set(await find(session, ids))
    for id_ in ids:
        if id_ not in found:
            raise ConversationNotFound(id_)
    for start in range(0, len(ids), BATCH):
        async with database.write() as session:
            await change(session, await find(session, ids[start : start + BATCH]))
    return ids


def checked_ids(conversation_ids: Sequence[str]) -> list[str]:
    """The ids without repetitions.

    Raises:
        CollectionInvalid: there are none, or more than `MAX_AT_ONCE`.
    """
    ids = list(dict.fromkeys(conversation_ids))
    if not ids:
        raise CollectionInvalid("none_selected")
    if len(ids) > MAX_AT_ONCE:
        raise CollectionInvalid("too_many_at_once", limit=MAX_AT_ONCE)
    return ids
