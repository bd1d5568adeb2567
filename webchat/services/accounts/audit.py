"""The audit log: what changed who can do what. It never has a word of a conversation."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from enum import StrEnum

from webchat.storage.engine import Database, Session
from webchat.storage.queries import audit
from webchat.storage.tables import AuditEvent

KEPT = 10_000
"""Events that are kept; the oldest are dropped."""
FAILED_KEPT = 1_000
"""Failed sign-ins that are kept, so that a flood of them does not push out the rest."""
PAGE = 500
LONGEST_NAME = 200


class What(StrEnum):
    """The kinds of events."""

    SET_UP = "set_up"
    SIGNED_IN = "signed_in"
    SIGNED_IN_BY_PASSKEY = "signed_in_by_passkey"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    PASSWORD_CHANGED = "password_changed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    INVITED = "invited"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    JOINED = "joined"
    RESET_LINK_MADE = "reset_link_made"
    ROLE_CHANGED = "role_changed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    DELETED = "deleted"
    PREFERENCE_CHANGED = "preference_changed"
    PROVIDER_CHANGED = "provider_changed"
    LIMITS_CHANGED = "limits_changed"
    SHARED = "shared"


_address_of_event: Callable[[], str] = str
"""The network address of the browser whose event is being handled; empty outside of events."""


def read_addresses_from(address_of_event: Callable[[], str]) -> None:
    """Ask `address_of_event` for the network address of an audit event that says none."""
    global _address_of_event
    _address_of_event = address_of_event


class Audit:
    """Writes and reads the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(
        self,
        what: What,
        *,
        actor: str = "",
        subject: str = "",
        address: str = "",
        session: Session | None = None,
    ) -> None:
        """Add an event, in the transaction of `session` if given.

        Args:
            actor: the name of who did it; empty if nobody was signed in.
            subject: the name of whom or what it is about.
            address: the network address it came from; if empty, that of the page's event being handled.
        """
        address = address or _address_of_event()
        row = AuditEvent(
            what=what, actor=actor[:LONGEST_NAME], subject=subject[:LONGEST_NAME], address=address[:64]
        )
        if session is not None:
            await audit.add(session, row, KEPT, {What.SIGN_IN_FAILED: FAILED_KEPT})
            return
        async with self._database.write() as own:
            await audit.add(own, row, KEPT, {What.SIGN_IN_FAILED: FAILED_KEPT})

    async def page(self, limit: int = PAGE, before: int | None = None) -> list[AuditEvent]:
        """The latest events, newest first; `before` is the number of the last one of the previous page."""
        async with self._database.read() as session:
            return await audit.page(session, min(limit, PAGE), before)

    async def as_csv(self) -> AsyncIterator[str]:
        """The whole log as CSV, newest first, in pieces."""
        yield _line(("when", "who", "what", "about", "address"))
        before: int | None = None
        while events := await self.page(PAGE, before):
            yield "".join(
                _line((_moment(each.at), each.actor, each.what, each.subject, each.address))
                for each in events
            )
            before = events[-1].number


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _line(values: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_harmless(value) for value in values])
    return text.getvalue()


def _harmless(value: str) -> str:
    """A value that no spreadsheet runs as a formula."""
    return f"'{value}" if value[:1] in set("=+-@\t\r") else value
