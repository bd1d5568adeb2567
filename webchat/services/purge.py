"""Permanently removes, in the background, what was deleted forever or more than thirty days ago."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from webchat.storage.engine import Database, Session
from webchat.storage.queries import purge, users
from webchat.storage.queries.conversations import RESTORABLE_FOR
from webchat.storage.types import utc_now

log = structlog.get_logger(__name__)

FIRST = 60.0
"""Seconds from startup to the first round, so that startup is not slowed down."""
INTERVAL = 3600.0
"""Seconds between rounds."""
PAUSE = 0.1
"""Seconds between transactions, so that other writers wait for at most one of them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of row: how to find rows deleted before a given time, and how to remove them."""

    what: str
    at_once: int
    """Maximum number of rows per transaction."""
    find: Callable[[Session, datetime, int], Awaitable[list[str]]]
    remove: Callable[[Session, Sequence[str], datetime], Awaitable[int]]


STEPS = (
    Step("conversations of deleted accounts", 50, users.find_left_over, users.give_up),
    Step("links", 10, purge.find_shares, purge.remove_shares),
    Step("links to assistants", 50, purge.find_assistant_links, purge.remove_assistant_links),
    Step("deleted assistants", 50, purge.find_assistants, purge.remove_assistants),
    Step("deleted messages", 50, purge.find_erasable, purge.erase),
    Step("messages of deleted conversations", 50, purge.find_messages, purge.remove_messages),
    Step("deleted conversations", 20, purge.find_conversations, purge.remove_conversations),
    Step("deleted accounts", 20, users.find_removable, users.remove),
)
"""Order matters: a conversation is removed after its links and messages, and an account after them."""


def steps_with(files: Step) -> tuple[Step, ...]:
    """All steps; files are removed after what has them, and before the accounts they belong to."""
    return (*STEPS[:-1], files, STEPS[-1])


class Purge:
    """Runs `steps` a minute after startup and then every hour, a few rows at a time.

    `before_each` is called before each round, and may delete something.
    """

    def __init__(
        self,
        database: Database,
        *,
        before_each: Callable[[], Awaitable[None]] | None = None,
        steps: Sequence[Step] = STEPS,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._before_each = before_each
        self._steps = steps
        self._soon = asyncio.Event()
        self._clock = clock
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start. Returns immediately."""
        self._task = asyncio.create_task(self._run(), name="purge")

    def soon(self) -> None:
        """Start a round as soon as the current one has ended. Returns immediately."""
        self._soon.set()

    async def close(self) -> None:
        """Stop. An open transaction is rolled back, unless it is already being committed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        await self._wait(FIRST)
        while True:
            if self._before_each is not None:
                try:
                    await self._before_each()
                except Exception:
                    log.exception("unused conversations could not be deleted; trying again later")
            await self.round()
            await self._wait(INTERVAL)

    async def _wait(self, seconds: float) -> None:
        """Wait, but only until `soon` is called."""
        waits = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._soon.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._soon.clear()

    async def round(self) -> None:
        """Run all steps. A step that fails is logged and retried in the next round."""
        before = self._clock() - RESTORABLE_FOR
        steps = list(self._steps)
        removed = 1
        while removed:
            removed = 0
            for step in tuple(steps):
                try:
                    removed += await self._some(step, before)
                except Exception:
                    log.exception("deleted rows could not be purged; trying again later", what=step.what)
                    steps.remove(step)

    async def _some(self, step: Step, before: datetime) -> int:
        async with self._database.read(gives_way=True) as session:
            ids = await step.find(session, before, step.at_once)
        if not ids:
            return 0
        async with self._database.write(gives_way=True) as session:
            count = await step.remove(session, ids, before)
        log.info("deleted rows were purged", what=step.what, rows=count)
        await self._sleep(PAUSE)
        return count
