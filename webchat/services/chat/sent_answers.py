"""Finds the answer to a message by the id that the browser sent the message with, even before it is saved.

A browser can thus open the answer's stream together with the send instead of a round trip later.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection

from webchat.storage.engine import Database
from webchat.storage.queries.sending import sent_answer
from webchat.storage.types import MessageStatus

LONGEST_WAIT = 5.0
"""Seconds to wait for a message that was not sent yet."""
MOST_WAITING = 20
"""Maximum waits of one owner at the same time."""
MOST_BEGUN = 1_000
"""Answers that are known to have begun, of all owners."""


class SentAnswers:
    """The answers to the messages that browsers send. It belongs to one event loop.

    Args:
        seconds: how long to wait for a message that was not sent yet.
    """

    def __init__(self, database: Database, seconds: float = LONGEST_WAIT) -> None:
        self._database = database
        self._seconds = seconds
        self._waiting: dict[str, set[tuple[str, asyncio.Future[str]]]] = {}
        self._begun: deque[str] = deque(maxlen=MOST_BEGUN)

    async def find(self, owner_id: str, client_id: str) -> str | None:
        """The id of the first answer to the owner's message with this client id, once it runs or has ended.

        None if that takes too long, or if the owner waits for too many.
        """
        waiting = self._waiting.setdefault(owner_id, set())
        if len(waiting) >= MOST_WAITING:
            return None
        begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        waiting.add(entry := (client_id, begun))
        try:
            # After the future is in its place, so that an answer which begins meanwhile is not missed.
            async with self._database.read() as session:
                found = await sent_answer(session, owner_id, client_id)
            if found is not None and found.status is not MessageStatus.STREAMING:
                return found.id
            if found is not None and found.id in self._begun:
                return found.id
            async with asyncio.timeout(self._seconds):
                return await begun
        except TimeoutError:
            return None
        finally:
            waiting.discard(entry)
            if not waiting:
                self._waiting.pop(owner_id, None)

    def begun(self, owner_id: str, client_ids: Collection[str], answer_id: str) -> None:
        """Tell those who wait for a message with one of these client ids that its answer is running."""
        self._begun.append(answer_id)
        for client_id, future in self._waiting.get(owner_id, ()):
            if client_id in client_ids and not future.done():
                future.set_result(answer_id)
