"""Imports a file for an owner: finds out what is new in it, and writes that in small transactions.

A conversation is written in one transaction, or hidden until it is complete if it is long. So an error or a
crash leaves no part of a conversation in view, and importing the file again completes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from webchat.services.assistants.adding import add_with_files, new_of
from webchat.services.assistants.carried import save_of_conversations
from webchat.services.assistants.portable import read
from webchat.services.errors import AssistantInvalid
from webchat.services.files.files import Files
from webchat.services.transfer.assistant_ties import AssistantTies
from webchat.services.transfer.attachments import Arrived, Attachments
from webchat.services.transfer.parser_process import parse
from webchat.services.transfer.parsers.file_parser import Found, Unread
from webchat.services.transfer.parsers.tree import ImportedAssistant, ImportedConversation, Source
from webchat.services.transfer.report import Entry, Outcome, Report
from webchat.services.transfer.rows import Prepared, conversation_id, prepare
from webchat.storage.engine import Database, Session
from webchat.storage.errors import StorageError
from webchat.storage.queries import imports
from webchat.storage.queries.imports import NewRows, Present
from webchat.storage.types import utc_now
from webchat.words.errors import shown

MESSAGES_AT_ONCE = 100
"""Messages in one transaction; writing them takes some ten milliseconds."""
CHARACTERS_AT_ONCE = 500_000
"""Maximum characters in one transaction, except for a single message."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Progress:
    """How far an import is; updated while it runs."""

    position: int = 0
    size: int = 1
    report: Report = field(default_factory=Report)

    @property
    def percent(self) -> int:
        """How much of the file was read."""
        return min(100, 100 * self.position // max(1, self.size))


@dataclass(frozen=True, slots=True)
class _Plan:
    entry: Entry
    prepared: Prepared
    present: Present | None
    size: int


async def run(
    database: Database, owner_id: str, path: Path, progress: Progress, attached: Files, *, write: bool
) -> None:
    """Import the file, or without `write` only find out what would become of each conversation.

    Raises:
        StorageError: the database cannot be read or written; what was imported stays.
    """
    attachments, ties = Attachments(attached, owner_id, path), AssistantTies()
    ignored = 0
    try:
        async with aclosing(parse(path)) as batches:
            async for batch in batches:
                importer = _Importer(database, owner_id, progress.report, write, attachments, ties)
                await importer.take(batch.found)
                progress.position, progress.size = batch.position, batch.size
                ignored = batch.ignored
                progress.report.ignored_files = max(0, ignored - len(attachments.taken))
        if write:
            await ties.save(database, owner_id)
            await save_of_conversations(database, owner_id, attachments, ties.files)
            progress.report.ignored_files = max(0, ignored - len(attachments.taken))
    finally:
        attachments.close()


class _Importer:
    """Imports one batch of conversations."""

    def __init__(
        self,
        database: Database,
        owner_id: str,
        report: Report,
        write: bool,
        attachments: Attachments,
        ties: AssistantTies,
    ) -> None:
        self._attachments, self._ties = attachments, ties
        self._database, self._owner_id = database, owner_id
        self._report, self._write = report, write
        self._waiting: list[_Plan] = []
        self._present: dict[str, Present] = {}
        self._depths: dict[str, dict[str, int]] = {}

    async def take(self, found: Sequence[Found]) -> None:
        """Import these and note what became of them."""
        await self._look_up([each for each in found if isinstance(each, ImportedConversation)])
        begun: set[str] = set()
        for each in found:
            if isinstance(each, Unread):
                entry = Entry(Outcome.SKIPPED, each.title, reason=each.reason, details=each.details)
                if each.is_conversation:
                    self._report.add(entry)
                else:
                    self._report.problems.append(entry)
                continue
            if isinstance(each, ImportedAssistant):
                continue
            id = conversation_id(self._owner_id, each)
            if id in begun:  # a second time in the same file
                await self._flush()
                await self._look_up([each])
            begun.add(id)
            # Our own export may be of a conversation that was never gone from this database.
            there = self._present.get(each.id) if each.source is Source.WEBCHAT else None
            await self._one(each, there or self._present.get(id), id)
        await self._flush()
        await self._assistants([each.entry for each in found if isinstance(each, ImportedAssistant)])

    async def _assistants(self, entries: Sequence[dict[str, Any]]) -> None:
        """Add the assistants that are not there yet."""
        if not entries:
            return
        try:
            found = [await asyncio.to_thread(read, entry) for entry in entries]
            if self._write:
                added = await add_with_files(
                    self._database,
                    self._owner_id,
                    [(each.values, each.files) for each in found],
                    self._attachments,
                    gives_way=True,
                )
                self._ties.imported.update((values.name, id) for values, id in added)
                self._report.assistants += len(added)
            else:
                async with self._database.read(gives_way=True) as session:
                    self._report.assistants += len(
                        await new_of(session, self._owner_id, [each.values for each in found])
                    )
        except AssistantInvalid as problem:
            entry = Entry(Outcome.SKIPPED, "", reason="assistants", details={"why": shown(problem)})
            self._report.problems.append(entry)

    async def _look_up(self, conversations: Sequence[ImportedConversation]) -> None:
        """Find out which of these are there, with which messages."""
        ids = [conversation_id(self._owner_id, each) for each in conversations]
        ids += [each.id for each in conversations if each.source is Source.WEBCHAT]
        async with self._database.read(gives_way=True) as session:
            self._present = await imports.present(session, self._owner_id, ids)
            self._depths = await imports.depths(session, self._owner_id, list(self._present))

    async def _one(self, conversation: ImportedConversation, present: Present | None, id: str) -> None:
        id = present.id if present else id
        if present and present.is_deleted and not present.is_unfinished:
            entry = Entry(Outcome.SKIPPED, conversation.title, reason="in_trash", conversation_id=id)
            self._report.add(entry)
            return
        if conversation.assistant:
            self._ties.wanted[id] = conversation.assistant
        depths = self._depths.get(id, {})
        if len(conversation.messages) > MESSAGES_AT_ONCE:
            prepared = await asyncio.to_thread(prepare, self._owner_id, conversation, id, depths)
        else:
            prepared = prepare(self._owner_id, conversation, id, depths)
            await asyncio.sleep(0)
        number = len(prepared.new.messages)
        outcome = Outcome.IMPORTED
        if present and not present.is_unfinished:
            outcome = Outcome.GROWN if number else Outcome.PRESENT
        notes = {} if outcome is Outcome.PRESENT else +conversation.notes
        entry = Entry(outcome, conversation.title, number, id, notes=notes)
        if outcome is Outcome.PRESENT or not self._write:
            self._report.add(entry)
            return
        if conversation.files and outcome is Outcome.IMPORTED:
            self._ties.files[id] = conversation.files
        size = sum(len(row["content"]) + len(row["reasoning"]) for row in prepared.new.messages)
        plan = _Plan(entry, prepared, present, size)
        if number > MESSAGES_AT_ONCE or size > CHARACTERS_AT_ONCE:
            await self._flush()
            await self._write_long(plan)
            return
        waiting = [*self._waiting, plan]
        if (
            sum(each.entry.messages for each in waiting) > MESSAGES_AT_ONCE
            or sum(each.size for each in waiting) > CHARACTERS_AT_ONCE
            or len(waiting) > MESSAGES_AT_ONCE
        ):
            await self._flush()
        self._waiting.append(plan)

    async def _flush(self) -> None:
        """Write what is waiting in one transaction; if that fails, each on its own."""
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
                await self._flush()
            return
        for plan in plans:
            self._report.add(plan.entry)

    async def _write_short(self, plans: Sequence[_Plan]) -> None:
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

    async def _arrive(self, plan: _Plan, rows: NewRows) -> list[Arrived]:
        """Fetch the files of the messages among these rows."""
        if not plan.prepared.files:
            return []
        arrived, lost = await self._attachments.arrive(rows, plan.prepared.files)
        if lost:
            plan.entry.notes["unshown"] = plan.entry.notes.get("unshown", 0) + lost
        return arrived

    async def _write_long(self, plan: _Plan) -> None:
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

    async def _show(self, session: Session, plan: _Plan, present: Present | None) -> None:
        """Show the branch that the file shows, unless its owner has gone on from another one."""
        row = plan.prepared.conversation
        id, leaf_id = row["id"], row["current_leaf_id"]
        if present is None or present.is_unfinished:
            await imports.show(session, self._owner_id, id, leaf_id)
        elif present.leaf_id in plan.prepared.ids:
            await imports.go_on(session, self._owner_id, id, leaf_id, row["updated_at"])

    def _not_written(self, plan: _Plan, error: Exception) -> None:
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
