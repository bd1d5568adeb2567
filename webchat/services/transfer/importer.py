"""Imports a file for an owner: finds out what is new in it, and has that written (`writing.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webchat.services.assistants.adding import add_with_files, new_of
from webchat.services.assistants.carried import save_of_conversations
from webchat.services.assistants.portable import read
from webchat.services.errors import AssistantInvalid
from webchat.services.files.files import Files
from webchat.services.transfer.assistant_ties import AssistantTies
from webchat.services.transfer.attachments import Attachments
from webchat.services.transfer.parser_process import parse
from webchat.services.transfer.parsers.file_parser import Found, Unread
from webchat.services.transfer.parsers.tree import ImportedAssistant, ImportedConversation, Source
from webchat.services.transfer.report import Entry, Outcome, Report
from webchat.services.transfer.rows import conversation_id, prepare
from webchat.services.transfer.writing import MESSAGES_AT_ONCE, Plan, Writing
from webchat.storage.engine import Database
from webchat.storage.queries import imports
from webchat.storage.queries.imports import Present
from webchat.words.errors import shown


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
        self._writing = Writing(database, owner_id, report, attachments)
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
                await self._writing.flush()
                await self._look_up([each])
            begun.add(id)
            # Our own export may be of a conversation that was never gone from this database.
            there = self._present.get(each.id) if each.source is Source.WEBCHAT else None
            await self._one(each, there or self._present.get(id), id)
        await self._writing.flush()
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
        await self._writing.add(Plan(entry, prepared, present, size))
