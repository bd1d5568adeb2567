"""The import section of the history page: what is in a file, how far its import is, and the report."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import reflex as rx

from webchat.services.errors import ImportProblem, ImportRefused
from webchat.services.runtime import services
from webchat.services.transfer.imports import Import, Phase
from webchat.services.transfer.report import Entry, Outcome, Report
from webchat.state.events import identifier, update
from webchat.state.notice import warn
from webchat.state.owner import owner_of
from webchat.words.errors import shown
from webchat.words.imports import OUTCOMES, counted, noted
from webchat.words.text import ngettext, t

MOST_ROWS = 200
"""Maximum number of conversations listed; `webchat import` lists all."""
SECONDS = 0.3
"""Time between two looks at the progress."""


@dataclass
class ImportRow:
    """One line of the report."""

    title: str
    outcome: str
    detail: str = ""


class ImportsState(rx.State):
    """The import that a tab follows."""

    id: str = ""
    phase: str = ""
    percent: int = 0
    summary: str = ""
    notes: str = ""
    problems: list[str] = []
    rows: list[ImportRow] = []
    unlisted: int = 0
    can_begin: bool = False
    """Whether the file has anything new."""

    @rx.event(background=True)
    async def follow(self) -> None:
        """Show the import of this person until it ends or another one takes its place."""
        async with self:
            owner_id = owner_of(self)
        while True:
            current = services().imports.current(owner_id)
            async with self:
                self._show(current)
            if current is None or not current.is_running:
                return
            await current.changed(SECONDS)

    @rx.event
    async def received(self, id: str) -> Any:
        """Show the preview of a file that has arrived, in place of an earlier one."""
        update(self, id=identifier(id), phase=Phase.READING.value)
        return ImportsState.follow

    @rx.event
    def refused(self, text: str) -> Any:
        """Say why a file did not arrive."""
        return warn(text) if isinstance(text, str) else None

    @rx.event
    async def begin(self) -> AsyncIterator[Any]:
        """Import the file."""
        try:
            services().imports.begin(owner_of(self), self.id)
        except ImportRefused as problem:
            yield warn(problem)
        yield ImportsState.follow

    @rx.event
    async def cancel(self) -> Any:
        """Stop the import and show its report."""
        await services().imports.cancel(owner_of(self))
        return ImportsState.follow

    @rx.event
    async def dismiss(self) -> None:
        """Forget the file and its report."""
        await services().imports.dismiss(owner_of(self))
        self._show(None)

    def _show(self, current: Import | None) -> None:
        if current is None:
            update(self, id="", phase="", rows=[], problems=[])
            return
        report = current.progress.report
        listed = [] if current.is_running else _worth_listing(report)
        problems = [_why(entry) for entry in report.problems]
        if current.problem is not None:
            problems.append(shown(current.problem))
        update(
            self,
            id=current.id,
            phase=current.phase.value,
            percent=current.progress.percent,
            summary=_summary(current.phase, report),
            notes=noted(report.notes),
            problems=problems,
            rows=[_row(entry) for entry in listed[:MOST_ROWS]],
            unlisted=max(0, len(listed) - MOST_ROWS),
            can_begin=bool(
                report.counts[Outcome.IMPORTED] or report.counts[Outcome.GROWN] or report.assistants
            ),
        )


def _worth_listing(report: Report) -> list[Entry]:
    """What was skipped or is not as it was comes first."""
    return sorted(
        report.entries, key=lambda entry: (entry.outcome is not Outcome.SKIPPED, not entry.notes, entry.title)
    )


def _summary(phase: Phase, report: Report) -> str:
    found = counted(report.counts)
    if phase in (Phase.READING, Phase.PREVIEWED):
        new = report.counts[Outcome.IMPORTED]
        words = [ngettext("{count} new", "{count} new", new)] if new else []
        others = {name: number for name, number in report.counts.items() if name != Outcome.IMPORTED}
        words += [counted(others)] if any(others.values()) else []
        number = ngettext("{count} conversation", "{count} conversations", report.conversations)
        found = f"{number}: {', '.join(words) or t('nothing to import')}"
    ignored = report.ignored_files
    sentences = [f"{found[0].upper()}{found[1:]}."]
    if ignored:
        sentences.append(
            ngettext(
                "{count} other file in the archive cannot be imported.",
                "{count} other files in the archive cannot be imported.",
                ignored,
            )
        )
    if report.assistants:
        sentences.append(ngettext("{count} assistant, new.", "{count} assistants, new.", report.assistants))
    return " ".join(sentences)


def _row(entry: Entry) -> ImportRow:
    detail = _why(entry) if entry.reason else noted(entry.notes)
    return ImportRow(entry.title or t("Untitled"), t(OUTCOMES[entry.outcome]), detail)


def _why(entry: Entry) -> str:
    return shown(ImportProblem(entry.reason, **entry.details))
