"""Continues a shared conversation as a copy in the reader's own history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from limits import RateLimitItemPerHour

from webchat.messages import Role
from webchat.services.errors import TooManyCopies
from webchat.services.rate_limits import Counters
from webchat.snapshot import Snapshot
from webchat.storage.engine import Database
from webchat.storage.ids import new_id
from webchat.storage.queries import copies, files
from webchat.storage.queries.files import OwnedFile
from webchat.storage.types import MessageStatus, utc_now

BY_ADDRESS, BY_LINK = 10, 60
"""Maximum copies of one link per hour, for one address and for all addresses."""
BATCH = 200
"""Messages per batch; writing one takes a few milliseconds."""
NO_FILES: Mapping[str, OwnedFile] = MappingProxyType({})
_REDACTED = "*Redacted*"


class ContinueLimits:
    """Limits how often links are copied."""

    def __init__(self) -> None:
        self._by_address, self._by_link = RateLimitItemPerHour(BY_ADDRESS), RateLimitItemPerHour(BY_LINK)
        self._made = Counters()

    def note(self, link_id: str, address: str) -> None:
        """Count a copy.

        Raises:
            TooManyCopies: there were too many; the copy must not be made.
        """
        if wait := self._made.wait((self._by_address, (link_id, address)), (self._by_link, (link_id,))):
            raise TooManyCopies(wait)


async def write_copy(
    database: Database,
    reader_id: str,
    snapshot: Snapshot,
    model: str | None,
    attached: Mapping[str, OwnedFile] = NO_FILES,
) -> str:
    """Save a shared conversation as the reader's own, with its files by id, and return its id.

    Other writers can run between batches. Until the last batch is written the conversation is marked as
    deleted, so that a crash leaves nothing half-finished in view.
    """
    now = utc_now()
    async with database.write() as session:
        conversation_id = await copies.begin(session, reader_id, snapshot.title, model, now)
    leaf_id = None
    for first in range(0, len(snapshot.messages), BATCH):
        rows = _rows(snapshot, first, leaf_id, now)
        leaf_id = rows[-1]["id"]
        async with database.write() as session:
            await copies.add_messages(session, reader_id, conversation_id, rows)
            for row, message in zip(rows, snapshot.messages[first : first + BATCH], strict=True):
                their = [attached[file.id].file for file in message.files if file.id in attached]
                own = [
                    await files.add(session, reader_id, hash=each.hash, sealed_name=each.sealed_name)
                    for each in their
                ]
                await files.attach(session, reader_id, row["id"], [each.id for each in own])
    async with database.write() as session:
        await copies.show(session, reader_id, conversation_id, leaf_id)
    return conversation_id


def _rows(
    snapshot: Snapshot,
    first: int,
    parent_id: str | None,
    now: datetime,
) -> list[dict[str, Any]]:
    """Write one batch, each message below the previous one."""
    rows: list[dict[str, Any]] = []
    for depth, message in enumerate(snapshot.messages[first : first + BATCH], first):
        rows.append(
            {
                "id": new_id(),
                "parent_id": parent_id,
                "depth": depth,
                "role": message.role,
                "content": _REDACTED if message.redacted else message.text,
                "reasoning": "",
                "model": None if message.role is Role.USER else message.model or None,
                "status": MessageStatus.COMPLETE,
                "created_at": now,
                "deleted_at": None,
            }
        )
        parent_id = rows[-1]["id"]
    return rows
