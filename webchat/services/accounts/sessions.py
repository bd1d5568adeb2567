"""Sessions: who has signed in, in which browser, and whether they still are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import structlog

from webchat.services.accounts.credentials import new_token, token_hash
from webchat.services.accounts.person import Person
from webchat.storage.engine import Database, Session
from webchat.storage.errors import StorageError
from webchat.storage.queries import sessions
from webchat.storage.queries.sessions import SignedIn
from webchat.storage.tables import UserSession
from webchat.storage.types import UserRole, utc_now

log = structlog.get_logger(__name__)

UNUSED_FOR = timedelta(days=30)
"""A session ends after this time without use."""
AT_MOST = timedelta(days=365)
"""A session ends this long after its sign-in, whatever happens."""
SEEN_EVERY = timedelta(minutes=5)
"""How exactly the last use is saved."""
CHECK_EVERY = 0.4
"""Seconds for which a session that was found is not looked up again. Changes by this process count at once;
those by `webchat user` within this time."""
MOST_KNOWN = 10_000
LONGEST_AGENT = 300


class Sessions:
    """Finds out who a token belongs to, and tells open connections when their session is over."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[float, Person]] = {}
        self._watched: dict[str, set[asyncio.Event]] = {}
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._watcher: asyncio.Task[None] | None = None

    async def find(self, token: str) -> Person | None:
        """The person with this token; None if the session is over or never was."""
        hashed = token_hash(token)
        checked_at, person = self._known.get(hashed, (0.0, None))
        if person is not None and time.monotonic() - checked_at < CHECK_EVERY:
            return person
        began = time.monotonic()
        async with self._database.read() as session:
            found = await sessions.find(session, hashed, self._clock())
        if found is None:
            self._known.pop(hashed, None)
            return None
        person = Person(found.user_id, found.role is UserRole.ADMINISTRATOR, found.session_id)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[hashed] = (began, person)
        if self._clock() - found.last_seen_at > SEEN_EVERY:
            task = asyncio.create_task(self._touch(found))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return person

    async def begin(self, session: Session, user_id: str, user_agent: str) -> str:
        """Start a session and return its token."""
        token, now = new_token(), self._clock()
        row = UserSession(
            user_id=user_id,
            token_hash=token_hash(token),
            created_at=now,
            last_seen_at=now,
            expires_at=now + UNUSED_FOR,
            user_agent=user_agent[:LONGEST_AGENT],
        )
        await sessions.add(session, row)
        return token

    async def of(self, user_id: str) -> list[UserSession]:
        """The sessions of a user, the one used last first."""
        async with self._database.read() as session:
            return await sessions.of_user(session, user_id, self._clock())

    def changed(self) -> None:
        """Look every session up again, because accounts or sessions have changed. Returns immediately."""
        self._known.clear()
        self._changed.set()

    @contextmanager
    def watch(self, token: str) -> Iterator[asyncio.Event]:
        """An event that is set once the session with this token is over, within `CHECK_EVERY`."""
        hashed, over = token_hash(token), asyncio.Event()
        self._watched.setdefault(hashed, set()).add(over)
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch(), name="sessions")
        try:
            yield over
        finally:
            self._watched[hashed].discard(over)
            if not self._watched[hashed]:
                del self._watched[hashed]

    async def close(self) -> None:
        """Stop watching."""
        tasks = {*self._tasks, *([self._watcher] if self._watcher else [])}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> None:
        """Look all watched sessions up, again and again while there are any."""
        while self._watched:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), CHECK_EVERY)
            self._changed.clear()
            watched = list(self._watched)
            try:
                async with self._database.read() as session:
                    valid = await sessions.still_valid(session, watched, self._clock())
            except StorageError as error:
                log.warning("sessions could not be checked; trying again", reason=str(error))
                continue
            for hashed in set(watched) - valid:
                self._known.pop(hashed, None)
                for over in self._watched.get(hashed, ()):
                    over.set()

    async def _touch(self, found: SignedIn) -> None:
        now = self._clock()
        expires_at = min(found.created_at + AT_MOST, now + UNUSED_FOR)
        try:
            async with self._database.write() as session:
                await sessions.touch(session, found, now, expires_at)
        except StorageError as error:
            log.warning("the last use of a session could not be saved", reason=str(error))
