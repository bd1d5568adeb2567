"""Writes imported conversations in small transactions.

A conversation is written in one transaction, or hidden until it is complete if it is long. So an error or a
crash leaves no part of a conversation in view, and importing the file again completes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from webchat.services.transfer.attachments import Arrived, Attachments
from webchat.services.transfer.report import Entry, Outcome, Report
from webchat.services.transfer.rows import Prepared
from webchat.storage.engine import Database, Session
from webchat.storage.errors import StorageError
from webchat.storage.queries import imports
from webchat.storage.queries.imports import NewRows, Present
from webchat.storage.types import utc_now

MESSAGES_AT_ONCE = 100
"""Messages in one transaction; writing them takes some ten milliseconds."""
CHARACTERS_AT_ONCE = 500_000
"""Maximum characters in one transaction, except for a single message."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """A conversation to be written.

    Args:
        entry: what the report says once that is done.
        present: what there is of it already; None if nothing.
        size: the characters of its new messages.
    """

    entry: Entry
    prepared: Prepared
    present: Present | None
    size: int


class Writing:
    """Writes the conversations of one batch, and notes in `report` what became of them."""

    def __init__(self, database: Database, owner_id: str, report: Report, attachments: Attachments) -> None:
        self._database, self._owner_id = database, owner_id
        self._report, self._attachments = report, attachments
        self._waiting: list[Plan] = []

    async def add(self, plan: Plan) -> None:
        """Write a conversation, a short one together with others: at the latest when `flush` is called.

        Raises:
            StorageError: the database cannot be written.
        """
        if plan.entry.messages > MESSAGES_AT_ONCE or plan.size > CHARACTERS_AT_ONCE:
            await self.flush()
            await self._write_long(plan)
            return
        waiting = [*self._waiting, plan]
        if (
            sum(each.entry.messages for each in waiting) > MESSAGES_AT_ONCE
            or sum(each.size for each in waiting) > CHARACTERS_AT_ONCE
            or len(waiting) > MESSAGES_AT_ONCE
        ):
            await self.flush()
        self._waiting.append(plan)

    async def flush(self) -> None:
        """Write what is waiting in one transaction; if that fails, each on its own.

        Raises:
            StorageError: the database cannot be written.
        """
        plans, self._waiting = self._waiting, []
        if not plans:
            return
        try:
            await self._write_short(plans)
        except StorageError:
            raise
        except Exception as error:
            if len(plans) == 1:
                self._not_written(plans[0], error)
                return
            for plan in plans:
                self._waiting = [plan]
                await self.flush()
            return
        for plan in plans:
            self._report.add(plan.entry)

    async def _write_short(self, plans: Sequence[Plan]) -> None:
        rows = NewRows([], [], [])
        for plan in plans:
            for all_rows, its_rows in (
                (rows.messages, plan.prepared.new.messages),
                (rows.generations, plan.prepared.new.generations),
                (rows.attempts, plan.prepared.new.attempts),
            ):
                all_rows += its_rows
        new = [plan.prepared.conversation for plan in plans if plan.present is None]
        arrived = [each for plan in plans for each in await self._arrive(plan, plan.prepared.new)]
        try:
            async with self._database.write(gives_way=True) as session:
                if new:
                    await imports.begin(session, self._owner_id, new)
                await imports.add(session, self._owner_id, rows)
                await self._attachments.save(session, arrived)
                for plan in plans:
                    if plan.present is not None:
                        await self._show(session, plan, plan.present)
        finally:
            await self._attachments.settle(arrived)

    async def _arrive(self, plan: Plan, rows: NewRows) -> list[Arrived]:
        """Fetch the files of the messages among these rows."""
        if not plan.prepared.files:
            return []
        arrived, lost = await self._attachments.arrive(rows, plan.prepared.files)
        if lost:
            plan.entry.notes["unshown"] = plan.entry.notes.get("unshown", 0) + lost
        return arrived

    async def _write_long(self, plan: Plan) -> None:
        """Write a conversation in several transactions; a new one is hidden until the last."""
        try:
            for number, rows in enumerate(_parts(plan.prepared.new)):
                arrived = await self._arrive(plan, rows)
                try:
                    async with self._database.write(gives_way=True) as session:
                        if number == 0 and plan.present is None:
                            # With its first messages, which tell it from a deleted conversation without any.
                            row = plan.prepared.conversation
                            await imports.begin(session, self._owner_id, [row], hidden_since=utc_now())
                        await imports.add(session, self._owner_id, rows)
                        await self._attachments.save(session, arrived)
                finally:
                    await self._attachments.settle(arrived)
            async with self._database.write(gives_way=True) as session:
                await self._show(session, plan, plan.present)
        except StorageError:
            raise
        except Exception as error:
            self._not_written(plan, error)
            return
        self._report.add(plan.entry)

    async def _show(self, session: Session, plan: Plan, present: Present | None) -> None:
        """Show the branch that the file shows, unless its owner has gone on from another one."""
        row = plan.prepared.conversation
        id, leaf_id = row["id"], row["current_leaf_id"]
        if present is None or present.is_unfinished:
            await imports.show(session, self._owner_id, id, leaf_id)
        elif present.leaf_id in plan.prepared.ids:
            await imports.go_on(session, self._owner_id, id, leaf_id, row["updated_at"])

    def _not_written(self, plan: Plan, error: Exception) -> None:
        log.error("a conversation could not be imported", error=type(error).__name__)
        self._report.add(Entry(Outcome.SKIPPED, plan.entry.title, reason="not_written"))


def _parts(rows: NewRows) -> list[NewRows]:
    """The rows in parts for one transaction each, every message with its generation."""
    generations = {row["message_id"]: row for row in rows.generations}
    attempts: dict[str, list[dict[str, object]]] = {}
    for row in rows.attempts:
        attempts.setdefault(row["generation_id"], []).append(row)
    parts = [NewRows([], [], [])]
    size = 0
    for message in rows.messages:
        length = len(message["content"]) + len(message["reasoning"])
        if parts[-1].messages and (
            len(parts[-1].messages) == MESSAGES_AT_ONCE or size + length > CHARACTERS_AT_ONCE
        ):
            parts.append(NewRows([], [], []))
            size = 0
        parts[-1].messages.append(message)
        size += length
        if generation := generations.get(message["id"]):
            parts[-1].generations.append(generation)
            parts[-1].attempts.extend(attempts.get(generation["id"], []))
    return parts
