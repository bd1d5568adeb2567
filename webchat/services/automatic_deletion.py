"""Moves conversations to the trash after they were unused for the number of days their owner chose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from webchat.services.change_feed import ChangeFeed
from webchat.services.preferences import DELETE_AFTER, read_days
from webchat.storage.engine import Database
from webchat.storage.queries import purge, trash
from webchat.storage.types import utc_now

log = structlog.get_logger(__name__)

AT_ONCE = 200
"""Conversations moved in one transaction."""


class AutomaticDeletion:
    """Off unless an owner chose a number of days. Pinned conversations are spared."""

    def __init__(
        self, database: Database, changes: ChangeFeed, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._changes = changes
        self._clock = clock

    async def round(self) -> None:
        """Move what is due, for all owners."""
        async with self._database.read(gives_way=True) as session:
            chosen = await purge.owners_with_setting(session, DELETE_AFTER)
        for owner_id, value in chosen.items():
            days = read_days(value)
            if days is not None:
                await self._move(owner_id, timedelta(days=days))

    async def _move(self, owner_id: str, age: timedelta) -> None:
        count, moved, now = 0, AT_ONCE, self._clock()
        while moved == AT_ONCE:
            async with self._database.write(gives_way=True) as session:
                moved = await trash.delete_unused(session, owner_id, now - age, now, AT_ONCE)
            count += moved
        if count:
            log.info("unused conversations were moved to the trash", conversations=count)
            self._changes.publish(owner_id)
